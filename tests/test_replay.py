"""The replay: a player that knows the gold labels, the cost of its acts, and the result of each order."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from tiebreak.core.records import Difference, Span, Task


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """`benchmarks` can be imported, though it is not installed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


GOLD = [
    ("Ann met Bob", [(0, 3, "PER"), (8, 11, "PER")], [(0, 3, "PER")], [(0, 3, "ORG"), (8, 11, "PER")]),
    ("Rome fell", [(0, 4, "LOC")], [(0, 4, "LOC")], [(0, 4, "LOC")]),
    ("Acme in Rome", [(0, 4, "ORG"), (8, 12, "LOC")], [(8, 12, "LOC")], [(0, 4, "ORG")]),
    ("nothing here", [], [], [(0, 7, "PER")]),
]


def gold_file(path: Path, **changes: Any) -> str:
    """Write a file of texts with gold spans and the spans of two systems; each line with these `changes`."""

    def objects(spans: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
        return [{"start": start, "end": end, "label": label} for start, end, label in spans]

    lines = [
        {"text": text, "spans": objects(gold), "preds": {"left": objects(left), "right": objects(right)}} | changes
        for text, gold, left, right in GOLD
    ]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return str(path)


def replay(*arguments: str) -> int:
    """Run the replay in this process and return the exit status."""
    status: int = importlib.import_module("benchmarks.replay.__main__").main(arguments)
    return status


def test_a_replay_prices_what_a_player_does_who_knows_the_gold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = gold_file(tmp_path / "gold.jsonl")
    assert replay(path, "--between", "left,right", "--seeds", "2", "--json", "--without-keys") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["task"], found["texts"], found["differences"]) == ("ner", 4, 5)
    reading, looking, picking = 10 / 4, 5 * 1.0, 2 * 1.5
    assert found["minutes"] * 60 == pytest.approx(reading + looking + picking)
    assert found["first_reading_right"]["left"]["seeds"] == [0.6, 0.6]
    # 8 gold and predicted marks of the 10 are right before any answer, and all after a quarter of an hour
    assert found["f1"]["15 min"]["today"]["mean"] == found["f1"]["60 min"]["simulated Prodigy"]["least"] == 1.0
    assert 0.75 <= found["f1"]["10%"]["simulated Prodigy"]["mean"] < 1.0
    assert found["errors_fixed"]["oracle"]["mean"] == 0.5
    assert [*found["errors_fixed"]] == ["random", "disagreement", "count a second", "value", "oracle"]


def test_each_order_is_played_to_what_simulated_prodigy_has_after_an_hour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = gold_file(tmp_path / "gold.jsonl")
    assert replay(path, "--between", "left,right", "--seeds", "1", "--json", "--without-keys") == 0
    found = json.loads(capsys.readouterr().out)
    orders = ["by itself", "by itself, with the slice", "value", "disagreement"]
    assert [*found["f1"]["15 min"]][:4] == orders
    assert [found["f1"]["15 min"][order]["mean"] for order in orders] == [1.0] * 4
    reached = found["minutes_to_prodigys_hour"]
    assert all(0 < reached[order]["mean"] <= found["minutes_by_itself"]["mean"] * 1.2 for order in orders)
    assert {name: each["mean"] for name, each in found["offers"].items()} == {
        "added": 0,
        "added_right": None,
        "dropped": 0,
        "dropped_right": None,
    }


def test_the_moment_at_which_an_f1_is_reached_lies_between_two_looks() -> None:
    reaching = importlib.import_module("benchmarks.replay.reaching").Reaching(0.5)
    reaching.look(0.0, 0.2)
    assert not reaching.is_due(100.0, at_the_end=False)
    assert reaching.is_due(100.0, at_the_end=True)
    reaching.look(150.0, 0.4)
    reaching.look(350.0, 0.6)
    assert reaching.moment == pytest.approx(250.0)
    assert not reaching.is_due(900.0, at_the_end=True)


def test_an_offer_costs_a_look_and_a_pick_if_its_first_reading_does_not_hold() -> None:
    seconds = importlib.import_module("benchmarks.replay.prices").review_seconds
    stands: tuple[Span, ...] = ()
    offered = (Span(0, 4, "LOC"),)
    assert seconds(8, [([stands, offered], offered, offered)], 0, Task.NER) == 2.0 + 1.0
    assert seconds(8, [([stands, offered], offered, stands)], 0, Task.NER) == 2.0 + 1.0 + 1.5


def test_an_offer_is_right_if_what_it_adds_is_gold_or_what_it_drops_is_not() -> None:
    offers = importlib.import_module("benchmarks.replay.offers")
    rome, acme = (Span(0, 4, "LOC"),), (Span(8, 12, "ORG"),)
    unmarked = Difference(0, 4, "unmarked", {"left": (), "right": ()})
    agreed = Difference(8, 12, "agreed", {"left": acme, "right": acme})
    found = [offers.offered_at(unmarked, rome, gold) for gold in [rome] * 9 + [acme]]
    found += [offers.offered_at(agreed, (), gold) for gold in (rome, acme)]
    assert [each.is_right for each in found] == [True] * 9 + [False, True, False]
    figures = offers.offered_figures(found)
    assert figures == {"added": 10, "added_right": 0.9, "dropped": 2, "dropped_right": None}


def test_what_comes_next_is_shown_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = gold_file(tmp_path / "gold.jsonl")
    assert replay(path, "--between", "left,right", "--upcoming", "1") == 0
    orders, header, *texts, together = capsys.readouterr().out.splitlines()
    assert orders.split() == ["by", "disagreement", "by", "value"]
    assert header.split() == ["errors", "gold", "s", "text"] * 2
    assert len(texts) == 2
    assert together.count("together") == 2


def test_the_keys_of_a_replay_are_those_of_the_real_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = gold_file(tmp_path / "gold.jsonl")
    assert replay(path, "--between", "left,right", "--seeds", "1", "--json") == 0
    left = json.loads(capsys.readouterr().out)["keys"]["left"]
    assert [left[name]["seeds"] for name in ("texts", "differences", "given_up")] == [[3], [5], [0]]
    assert left["keys"]["mean"] == len(["tab", "right", "A"]) + len(["right", "A"]) + len(["A"])


def test_a_replay_takes_categories_spans_that_overlap_and_three_systems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"one": {"A": 0.9, "B": 0.2}, "two": {"A": 0.4, "B": 0.6}, "three": {"A": 0.7, "B": 0.1}}
    path = gold_file(tmp_path / "cats.jsonl", cats={"A": 1.0, "B": 0.0}, preds=said)
    assert replay(path, "--between", "one,two,three", "--seeds", "1", "--json") == 0
    cats = json.loads(capsys.readouterr().out)
    assert (cats["task"], cats["differences"], cats["keys"]) == ("textcat", 8, {})
    nested = [{"start": 0, "end": 3, "label": "A"}, {"start": 0, "end": 8, "label": "B"}]
    path = gold_file(tmp_path / "nested.jsonl", spans=nested, preds={"one": nested, "two": nested[:1]})
    assert replay(path, "--between", "one,two", "--seeds", "1", "--json", "--without-keys") == 0
    assert json.loads(capsys.readouterr().out)["task"] == "spancat"


@pytest.mark.parametrize(
    ("changes", "between", "says"),
    [
        ({}, "left", "two different systems"),
        ({}, "left,middle", "no system 'middle' in it; it has left, right"),
        ({"preds": None}, "left,right", ":1: no preds"),
        ({"spans": None}, "left,right", ":1: no spans"),
        ({"spans": [{"start": 0, "end": 99, "label": "PER"}]}, "left,right", ":1: spans that cannot be read"),
        ({"text": 3}, "left,right", ":1: not a JSON object with a text"),
        ({"preds": {"left": [], "right": []}}, "left,right", "left, right never differ"),
    ],
)
def test_a_file_that_cannot_be_replayed_gets_one_message(
    changes: dict[str, Any], between: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = gold_file(tmp_path / "gold.jsonl", **changes)
    assert replay(path, "--between", between) == 1
    message = capsys.readouterr().err
    assert says in message
    assert message.count("\n") == 1

"""The player of the keys saves the gold, and counts each key that it presses."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stores import create_store

from tiebreak.core.records import Difference, Learned, LearnedPlace, Likely, Offer, Record, Span, Task
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels_in_order
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.text.tokens import tokenize
from tiebreak.tui.commands import EDIT, MARK, REVIEW
from tiebreak.tui.text.layout import TextLayout

if TYPE_CHECKING:
    from benchmarks.player_keys.playing import GoldText, Played

ROOT = Path(__file__).parents[1]
DATA = ROOT / "benchmarks" / "data"
LABELS = ["LOC", "ORG", "PER"]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """`benchmarks` can be imported, though it is not installed."""
    monkeypatch.syspath_prepend(str(ROOT))


def playing() -> Any:
    return importlib.import_module("benchmarks.player_keys.playing")


def check(store: Store, texts: Sequence[GoldText], played: Played) -> None:
    """Check that the gold is saved, and that the answers keep as many keys as the player counted."""
    assert not played.given_up
    names = dict(store.execute("SELECT id, text FROM examples").fetchall())
    answers = {names[each.example_id]: each for each in answers_in_force(store, ["accept"])}
    assert {text: answer.spans for text, answer in answers.items()} == {each.text: each.gold for each in texts}
    counted = {each.text: each.purposes.total() for each in played.texts}
    assert {text: answer.keys for text, answer in answers.items()} == counted


@pytest.mark.parametrize("way", ["scratch", "one"])
def test_the_answers_are_the_gold_and_every_key_is_counted(way: str) -> None:
    texts = playing().read_texts(DATA / "wikigold_pairs.jsonl", 10)
    models, plan = ((), "_plan_marking") if way == "scratch" else (("spacy",), "_plan_correcting")
    with playing().filled(texts, models) as store:
        played = playing()._play(store, texts, getattr(playing(), plan), proposals=False)
        check(store, texts, played)


def test_what_is_proposed_is_taken_dropped_and_changed(tmp_path: Path) -> None:
    text = "Uber met Ada Lovelace and Acme Corp in New York"
    proposed = [("Uber", "ORG"), ("met", "PER"), ("Ada", "PER"), ("Acme Corp", "LOC")]
    gold = [("Uber", "ORG"), ("Ada Lovelace", "PER"), ("Acme Corp", "ORG"), ("New York", "LOC")]
    store = create_store(tmp_path / "store.db", Task.NER)
    [example_id], _ = add_examples(store, [Record(text)], "test")
    add_labels_in_order(store, LABELS)
    offers = []
    for words, label in proposed:
        span = span_of(text, words, label)
        likely = (Likely((span,), 0.9), Likely((), 0.1))
        offers.append(Offer(Difference(*span[:2], "unmarked", {}), LearnedPlace(likely, 0.0)))
    save_learned(store, [LearnedRow(example_id, basis_of(()), Learned(9, (), tuple(offers)))], ShortWrites(store))
    texts = [playing().GoldText(text, tuple(sorted(span_of(text, *each) for each in gold)), {})]
    played = playing()._play(store, texts, playing()._plan_marking, proposals=True)
    check(store, texts, played)
    # tab d . tab 2 at the proposals, then the last word, B and its digit, and A, which takes Uber
    assert played.texts[0].purposes.total() <= 10


def span_of(text: str, words: str, label: str) -> Span:
    return Span(text.index(words), text.index(words) + len(words), label)


def keys_for(text: str, marked: Sequence[tuple[str, str]], gold: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the keys with which the player marks a text."""
    marking, moves, standing = (
        importlib.import_module(f"benchmarks.player_keys.{name}") for name in ("marking", "text_moves", "standing")
    )
    tokens = tokenize(text)
    spans = [span_of(text, *each) for each in marked]
    stands = standing.Standing(SpanEditor(text, tokens, spans, Task.NER), LABELS, {}, marks=True)
    wanted = [span_of(text, *each) for each in gold]
    keys: tuple[str, ...] = marking.plan(stands, moves.TextMoves(TextLayout(text, 77), tokens, Task.NER), wanted)
    return keys


@pytest.mark.parametrize(
    ("text", "marked", "gold", "keys"),
    [
        ("nothing here", [], [], "a"),
        ("Rome fell", [], [("Rome", "LOC")], "1 a"),
        ("Ada Lovelace wrote", [], [("Ada Lovelace", "PER")], "L 3 a"),
        ("we saw Rome", [], [("Rome", "LOC")], "G 1 a"),
        ("in the end Ada Lovelace", [], [("Ada Lovelace", "PER")], "G H 3 a"),
        ("Rome fell", [("Rome fell", "PER")], [("Rome", "PER")], "comma a"),
        ("Rome fell", [("Rome", "PER")], [("Rome", "LOC")], "1 a"),
        ("Rome fell", [("fell", "PER")], [], "tab d a"),
    ],
)
def test_the_player_finds_the_fewest_keys(
    text: str, marked: list[tuple[str, str]], gold: list[tuple[str, str]], keys: str
) -> None:
    assert len(keys_for(text, marked, gold)) == len(keys.split())


def test_the_same_words_are_labelled_at_once() -> None:
    text = "Rome saw Rome, and Rome again"
    gold = tuple(Span(at, at + 4, "LOC") for at in (0, 9, 19))
    marking, moves, standing = (
        importlib.import_module(f"benchmarks.player_keys.{name}") for name in ("marking", "text_moves", "standing")
    )
    tokens = tokenize(text)
    stands = standing.Standing(SpanEditor(text, tokens, (), Task.NER), LABELS, {}, marks=True)
    keys = marking.plan(stands, moves.TextMoves(TextLayout(text, 77), tokens, Task.NER), gold)
    assert keys == ("1", "asterisk", "a")


@pytest.mark.parametrize(
    ("place", "keys", "purposes"),
    [
        (MARK, "w W 1 enter d full_stop A", "move select label take drop bounds accept"),
        (MARK, "slash o w enter 1 a", "move move move move label accept"),
        (REVIEW, "tab 0 e right H 2 enter 1 a", "move drop edit_mode move select label edit_mode label accept"),
        (EDIT, "t o enter d enter", "label label label drop edit_mode"),
    ],
)
def test_each_key_has_its_purpose(place: Any, keys: str, purposes: str) -> None:
    found, edited = importlib.import_module("benchmarks.player_keys.purposes").counted(keys.split(), place)
    wanted = [each.replace("_", " ") for each in purposes.split()]
    assert found == {each: wanted.count(each) for each in wanted}
    assert edited == (0 if place is MARK else 5)


def test_the_figures_are_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [
        {"text": "Ann met Bob", "spans": [{"start": 0, "end": 3, "label": "PER"}], "preds": {"only": []}},
        {"text": "Rome fell", "spans": [{"start": 0, "end": 4, "label": "LOC"}], "preds": {"only": []}},
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    main = importlib.import_module("benchmarks.player_keys.__main__").main
    assert main(["one", str(path), "--models", "only", "--no-proposals", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    marked, corrected = (found["runs"][name]["all"] for name in ("scratch, nothing learned", "nothing learned"))
    assert (marked["keys"], marked["each"], marked["each_without_accepting"]) == (4, 2, 1)
    assert (corrected["keys"], corrected["purposes"]["edit mode"]) == (6, 1)
    assert found["ratios"][0]["ratio"] == 1.5


def test_two_models_are_settled_by_the_same_player(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {"left": [], "right": [{"start": 0, "end": 3, "label": "ORG"}]}
    record = {"text": "Ann met Bob", "spans": [{"start": 0, "end": 3, "label": "PER"}], "preds": said}
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(record), "utf-8")
    main = importlib.import_module("benchmarks.player_keys.__main__").main
    assert main(["two", str(path), "--models", "left,right", "--task", "ner", "--no-proposals"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split()[:4] == ["texts", "differences", "keys", "a"]
    figures = "2.00 1.00 0.00 0.00 0.00 1.00 0.00 0.00 0.00 0.00 1.00"
    assert lines[-1].split() == f"nothing learned all 1 1 {figures}".split()


def test_who_goes_through_the_rows_needs_no_tab_where_a_choice_goes_on(tmp_path: Path) -> None:
    habits = importlib.import_module("benchmarks.player_keys.habit").Habits
    texts = playing().read_texts(DATA / "neurotrial.jsonl", 6, Task.SPANCAT)
    plain, quick = (
        playing().play_rows(texts, ["biobert-v1.1", "gpt-4"], Task.SPANCAT, habits(on, on, on)) for on in (False, True)
    )
    assert not plain.given_up
    assert not quick.given_up
    assert sum(each.differences for each in plain.texts) == sum(each.differences for each in quick.texts)
    assert sum(each.purposes.total() for each in quick.texts) < sum(each.purposes.total() for each in plain.texts)

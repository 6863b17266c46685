"""Comparing two files: counts, scores, confusions, and laws for any two files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files import write_jsonl
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import tiebreak.tui.cli.diff  # noqa: F401  adds its command
from tiebreak.core.errors import ConfigError, SourceError
from tiebreak.core.insight.file_diff import NONE, FileDiff, MatchCounts, diff_files
from tiebreak.core.label_map import LabelMap
from tiebreak.core.records import Category, Task
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.json_objects import diff_object

Diff = Callable[..., FileDiff]
TEXT = "Ada met Bob in New York"


def spans(*triples: tuple[int, int, str]) -> list[dict[str, Any]]:
    return [{"start": start, "end": end, "label": label} for start, end, label in triples]


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    """A function that compares records as two files."""

    def diff(a: list[Any], b: list[Any], task: Task | None = None, **more: Any) -> FileDiff:
        return diff_files(
            str(write_jsonl(tmp_path / "a.jsonl", a)), str(write_jsonl(tmp_path / "b.jsonl", b)), task, **more
        )

    return diff


A: list[dict[str, Any]] = [
    {"text": TEXT, "spans": spans((0, 3, "PERSON"), (15, 18, "GPE"))},
    {"text": "only a", "spans": []},
    {"text": "same", "spans": spans((0, 4, "X"))},
]
B: list[dict[str, Any]] = [
    {"text": "same", "spans": spans((0, 4, "X"))},
    {"text": TEXT, "spans": spans((0, 3, "ORG"), (8, 11, "PERSON"), (15, 23, "GPE"))},
    {"text": "only b"},
]


def test_texts_are_matched_whatever_their_order(diff: Diff) -> None:
    found = diff(A, B)
    assert (found.task, found.same, found.only_in_a, found.only_in_b) == (Task.NER, 1, ("only a",), ("only b",))
    [differing] = found.differing
    assert (differing.text, differing.score) == (TEXT, 1.0)
    assert [(each.start, each.end, each.kind) for each in differing.differences] == [
        *((0, 3, "label"), (8, 11, "missing"), (15, 23, "boundary")),
    ]
    assert not found.is_same


def test_scores_take_b_as_gold(diff: Diff) -> None:
    found = diff(A, B)
    assert found.exact == MatchCounts(a=3, b=4, found=1, covered=1)
    assert (found.exact.precision, found.exact.recall) == (1 / 3, 1 / 4)
    assert found.exact.f1 == pytest.approx(2 / 7)
    assert found.partial == MatchCounts(a=3, b=4, found=2, covered=2)
    assert found.labels == {
        "GPE": MatchCounts(1, 1, 0, 0),
        "ORG": MatchCounts(0, 1, 0, 0),
        "PERSON": MatchCounts(1, 1, 0, 0),
        "X": MatchCounts(1, 1, 1, 1),
    }
    assert found.labels["ORG"].precision == 1.0
    assert found.labels["ORG"].f1 == 0.0


def test_labels_are_confused_on_the_same_bounds(diff: Diff) -> None:
    assert diff(A, B).confusion == {
        ("PERSON", "ORG"): 1,
        (NONE, "PERSON"): 1,
        ("GPE", NONE): 1,
        (NONE, "GPE"): 1,
        ("X", "X"): 1,
    }


def test_several_spans_of_one_may_touch_one_of_the_other(diff: Diff) -> None:
    found = diff(
        [{"text": TEXT, "spans": spans((0, 3, "A"), (4, 7, "A"))}], [{"text": TEXT, "spans": spans((0, 7, "A"))}]
    )
    assert found.partial == MatchCounts(a=2, b=1, found=2, covered=1)
    assert found.partial.f1 == 1.0


@pytest.mark.parametrize(
    ("a", "b", "task"),
    [
        ({"spans": spans((0, 3, "A"))}, {"cats": {"A": 1.0}}, Task.NER),
        ({"spans": spans((0, 3, "A"), (0, 7, "B"))}, {}, Task.SPANCAT),
        ({"cats": {"A": 0.3, "B": 0.7}}, {"options": [{"id": "A"}], "accept": ["A"]}, Task.TEXTCAT),
        ({"cats": {"A": 0.3, "B": 0.7}}, {"cats": {"A": 0.0, "B": 0.0}}, Task.TEXTCAT_MULTILABEL),
        ({"cats": {"A": 1.0, "B": 1.0}, "spans": []}, {}, Task.TEXTCAT_MULTILABEL),
        ({"label": "A", "answer": "reject"}, {"label": "A"}, Task.TEXTCAT_MULTILABEL),
        ({}, {}, Task.NER),
    ],
)
def test_which_task_it_is_without_a_word(diff: Diff, a: dict[str, Any], b: dict[str, Any], task: Task) -> None:
    assert diff([{"text": TEXT, **a}], [{"text": TEXT, **b}]).task is task


def test_categories_are_compared_by_what_they_decide(diff: Diff) -> None:
    a = [{"text": "x", "cats": {"A": 0.9, "B": 0.1}}, {"text": "y", "cats": {"A": 0.2, "B": 0.8}}]
    b = [{"text": "x", "cats": {"A": 0.6, "B": 0.4}}, {"text": "y", "cats": {"A": 0.7, "B": 0.3}}]
    found = diff(a, b)
    assert (found.same, found.partial, found.confusion) == (1, None, {("A", "A"): 1, ("B", "A"): 1})
    assert (found.differing[0].a, found.differing[0].b) == ((Category("B"),), (Category("A"),))
    several = diff(a, b, Task.TEXTCAT_MULTILABEL)
    assert several.confusion == {("A", "A"): 1, ("B", NONE): 1, (NONE, "A"): 1}


def test_of_rivals_the_last_counts_and_those_that_say_something_else_give_way(diff: Diff) -> None:
    a = [{"text": "same", "spans": [], "_annotator_id": "sam"}, A[2], {**A[2], "_annotator_id": "kim"}]
    found = diff(a, B[:1])
    assert (found.is_same, found.repeated_a, found.repeated_b) == (True, 1, 0)


def test_what_was_rejected_is_left_out_but_not_a_label(diff: Diff) -> None:
    found = diff([{"text": "x", "spans": spans((0, 1, "A")), "answer": "ignore"}], [{"text": "x", "spans": []}])
    assert (found.left_out, found.same, found.exact) == (1, 0, MatchCounts())
    found = diff([{"text": "x", "label": "A", "answer": "reject"}], [{"text": "x", "label": "A", "answer": "accept"}])
    assert (found.left_out, len(found.differing)) == (0, 1)


def test_the_label_map_is_for_a(diff: Diff) -> None:
    a = [{"text": "Ada", "spans": spans((0, 3, "PER"))}]
    b = [{"text": "Ada", "spans": spans((0, 3, "PERSON"))}]
    assert diff(a, b, label_map=LabelMap.parse("PER:PERSON")).is_same
    assert not diff(a, b).is_same


def test_bad_lines_are_reported_with_their_file(diff: Diff, tmp_path: Path) -> None:
    found = diff([{"text": ""}, *A], [*B, {"text": "x", "cats": {"A": 7}}])
    assert found.bad == (f"{tmp_path}/a.jsonl:1: no text: it is empty",)
    found = diff([{"text": "x", "cats": {"A": 7}}], [{"text": "x", "cats": {"A": 1}}])
    assert found.bad == (f"{tmp_path}/a.jsonl:1: cats: the score of 'A' is 7, not between 0 and 1",)
    assert found.only_in_b == ("x",)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        diff_files(str(tmp_path / "none.jsonl"), str(tmp_path / "none.jsonl"))


def test_the_strongest_disagreement_is_first(diff: Diff) -> None:
    a = [{"text": text, "spans": spans((0, 1, "A"), (2, 3, "A"))} for text in ("one", "two", "three")]
    b = [
        {"text": "one", "spans": spans((0, 1, "A"))},
        {"text": "two", "spans": []},
        {"text": "three", "spans": spans((0, 1, "A"), (2, 3, "B"))},
    ]
    assert [each.text for each in diff(a, b).differing] == ["two", "three", "one"]


def test_the_object_is_json(diff: Diff) -> None:
    printed = json.loads(json.dumps(diff_object(diff(A, B), 20)))
    assert printed["exact"] == {
        "a": 3,
        "b": 4,
        "found": 1,
        "covered": 1,
        "precision": 0.3333,
        "recall": 0.25,
        "f1": 0.2857,
    }
    assert printed["confusion"][0] == {"a": NONE, "b": "GPE", "count": 1}
    assert printed["differing"][0]["differences"][0]["readings"]["a"] == spans((0, 3, "PERSON"))


LABELS = st.sampled_from("ABC")


@st.composite
def record(draw: Any, kind: str) -> dict[str, Any]:
    made: dict[str, Any] = {"text": draw(st.sampled_from(["aaaa", "bbbb", "cccc"]))}
    if draw(st.booleans()):
        made["answer"] = draw(st.sampled_from(["accept", "ignore"]))
    if kind == "spans":
        pairs = st.tuples(st.integers(0, 4), st.integers(0, 4), LABELS)
        made["spans"] = spans(*(each for each in draw(st.lists(pairs, max_size=4)) if each[0] < each[1]))
    else:
        made["cats"] = draw(st.dictionaries(LABELS, st.sampled_from([0.0, 0.25, 0.75, 1.0]), max_size=3))
    return made


FILES = st.sampled_from(["spans", "cats"]).flatmap(lambda kind: st.tuples(*[st.lists(record(kind), max_size=5)] * 2))


@given(FILES)
def test_a_file_does_not_differ_from_itself(diff: Diff, files: tuple[list[Any], list[Any]]) -> None:
    found = diff(files[0], files[0])
    assert found.is_same
    assert (found.exact.f1, found.repeated_a) == (1.0, found.repeated_b)
    assert all(ours == theirs for ours, theirs in found.confusion)
    assert found.partial is None or found.partial.f1 == 1.0


def mirrored(match: MatchCounts | None) -> MatchCounts | None:
    return match and MatchCounts(match.b, match.a, match.covered, match.found)


@given(FILES)
def test_the_other_way_round_it_is_its_mirror(diff: Diff, files: tuple[list[Any], list[Any]]) -> None:
    there, back = diff(*files), diff(*reversed(files))
    assert (there.task, there.same, there.left_out) == (back.task, back.same, back.left_out)
    assert (there.only_in_a, there.repeated_a) == (back.only_in_b, back.repeated_b)
    assert (there.exact, there.partial) == (mirrored(back.exact), mirrored(back.partial))
    assert there.exact.f1 == pytest.approx(back.exact.f1)
    assert there.labels == {label: mirrored(match) for label, match in back.labels.items()}
    assert there.confusion == {(ours, theirs): count for (theirs, ours), count in back.confusion.items()}
    assert [(each.text, each.a, each.b) for each in there.differing] == [
        (each.text, each.b, each.a) for each in back.differing
    ]


@pytest.mark.full
@given(FILES)
def test_every_text_is_counted_once(diff: Diff, files: tuple[list[Any], list[Any]]) -> None:
    found = diff(*files)
    [ours, theirs] = [{each["text"] for each in file} for file in files]
    assert found.same + len(found.differing) + found.left_out == len(ours & theirs)
    assert (set(found.only_in_a), set(found.only_in_b)) == (ours - theirs, theirs - ours)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["diff", *arguments])


def test_the_command_prints_a_table_and_the_differing_texts(tmp_path: Path) -> None:
    a, b = str(write_jsonl(tmp_path / "a.jsonl", [{"text": ""}, *A])), str(write_jsonl(tmp_path / "b.jsonl", B))
    result = run(a, b)
    assert result.exit_code == 0
    for line in (
        "    differing  1",
        "label          A  B  both  precision  recall     F1",
        "(all)          3  4     1      0.333   0.250  0.286",
        "(all, partly)  3  4     2      0.667   0.500  0.571",
        "     1 × PERSON → ORG",
        f"1.00  {TEXT}",
        "        B  GPE New York",
    ):
        assert f"{line}\n" in result.stdout
    assert result.stderr == f"{a}:1: no text: it is empty\n"


def test_the_command_ends_with_1_only_where_it_is_asked_to(tmp_path: Path) -> None:
    a, b = str(write_jsonl(tmp_path / "a.jsonl", A)), str(write_jsonl(tmp_path / "b.jsonl", B))
    assert [run(*arguments).exit_code for arguments in ((a, b), (a, b, "--exit-code"), (a, a, "--exit-code"))] == [
        0,
        1,
        0,
    ]


def test_the_command_shows_no_more_than_the_limit(tmp_path: Path) -> None:
    a = str(write_jsonl(tmp_path / "a.jsonl", [{"text": f"{n}", "spans": spans((0, 1, "A"))} for n in range(5)]))
    b = str(write_jsonl(tmp_path / "b.jsonl", [{"text": f"{n}"} for n in range(5)]))
    assert "3 more differing texts; show more with --limit N" in run(a, b, "--limit", "2").stdout
    printed = json.loads(run(a, b, "--limit", "2", "--json").stdout)
    assert (printed["differing_count"], len(printed["differing"])) == (5, 2)


def test_nothing_from_outside_acts_on_the_terminal(tmp_path: Path) -> None:
    hostile = "\x1b[2J\u202e"
    a = str(
        write_jsonl(
            tmp_path / "a.jsonl",
            [{"text": hostile, "spans": spans((0, 1, hostile))}, {"text": hostile * 2, "spans": 3}],
        )
    )
    b = str(write_jsonl(tmp_path / "b.jsonl", [{"text": hostile, "spans": spans((0, 1, f"B{hostile}"))}]))
    result = run(a, b)
    assert "1 × ␛[2J� → B␛[2J�" in result.stdout
    assert not {"\x1b", "\u202e"} & set(result.output)


@pytest.mark.parametrize("arguments", [("-", "-"), ("a.jsonl", "b.jsonl", "--format-b", "docx")])
def test_the_command_refuses_what_cannot_be(arguments: tuple[str, ...]) -> None:
    assert isinstance(run(*arguments).exception, ConfigError)

"""Differences for a spreadsheet: the content of a row, and that no cell runs as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiebreak.core.compare.cats import find_category_differences
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.formats import differences_csv
from tiebreak.core.formats.differences_csv import safe_cell
from tiebreak.core.records import (
    Answer,
    Categories,
    Category,
    CurrentPrediction,
    Difference,
    Example,
    QueueItem,
    SettledDifference,
    Span,
)

TEXT = "Ada met Bob"


def item(text: str, readings: Mapping[str, tuple[Span, ...]], score: float = 0.5, number: int = 1) -> QueueItem:
    predictions = {name: CurrentPrediction(name, spans) for name, spans in readings.items()}
    return QueueItem(Example(number, text, 0), score, find_differences(readings), predictions)


def answer(number: int, annotator: str, spans: tuple[Span, ...], kind: Any = "accept", **more: Any) -> Answer:
    return Answer(number, annotator, "s", kind, spans, **more)


def written(
    items: Sequence[QueueItem], answers: Mapping[int, Sequence[Answer]] | None = None, **more: Any
) -> list[list[Any]]:
    stream = io.BytesIO()
    differences_csv.write(items, answers or {}, stream, **more)
    content = stream.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), quoting=csv.QUOTE_NONNUMERIC))


def test_a_row_is_a_difference_with_each_reading_and_the_answer() -> None:
    one, other = Span(0, 3, "PERSON"), Span(0, 3, "ORG")
    bob = Span(8, 11, "PERSON")
    rows = written(
        [item(TEXT, {"left": (one, bob), "right": (other,)}), item("same", {"left": (), "right": ()}, 0.0, 2)],
        {1: [answer(1, "sam", (other, bob)), answer(1, "kim", (), "ignore")]},
    )
    assert rows == [
        [
            *("example_id", "text", "score", "kind", "start", "end", "covered text"),
            *("left", "right", "answer", "annotator", "final reading"),
        ],
        [1, TEXT, 0.5, "label", 0, 3, "Ada", "PERSON:Ada", "ORG:Ada", "accept / ignore", "sam / kim", "ORG:Ada / –"],
        [1, TEXT, 0.5, "missing", 8, 11, "Bob", "PERSON:Bob", "–", "accept / ignore", "sam / kim", "PERSON:Bob / –"],
    ]


def test_the_final_reading_is_what_was_chosen_at_the_place() -> None:
    nested = {"left": (Span(0, 3, "A"), Span(0, 7, "B")), "right": (Span(0, 7, "B"),)}
    choice = SettledDifference(Difference(0, 3, "missing", {}), "left", (Span(0, 3, "A"),))
    saved = answer(1, "sam", (Span(0, 3, "A"), Span(0, 7, "B")), choices=(choice,))
    assert written([item(TEXT, nested)], {1: [saved]})[1][-1] == "A:Ada"


def test_spans_of_one_reading_stand_beside_each_other() -> None:
    readings = {"left": (Span(0, 3, "A"), Span(4, 7, "B")), "right": (Span(0, 7, "C"),)}
    assert written([item(TEXT, readings)])[1][7:9] == ["A:Ada | B:met", "C:Ada met"]


def test_categories_are_yes_or_no_with_their_scores() -> None:
    readings: dict[str, Categories] = {"left": (Category("SPORT"),), "right": ()}
    predictions = {
        name: CurrentPrediction(name, readings[name], cats={"SPORT": score})
        for name, score in (("left", 0.75), ("right", 0.25))
    }
    queued = QueueItem(Example(1, TEXT, 0), 1.0, find_category_differences(readings), predictions)
    rows = written([queued], {1: [answer(1, "sam", (), cats={"SPORT": 1.0})]})
    assert rows[1][3:] == ["category SPORT", 0, 0, "", "yes 0.75", "no 0.25", "accept", "sam", "yes"]


def test_predictors_that_are_given_are_the_columns() -> None:
    rows = written([item(TEXT, {"left": (Span(0, 3, "A"),), "right": ()})], predictors=["right", "other"])
    assert rows[0][7:9] == ["right", "other"]
    assert rows[1][7:9] == ["–", ""]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "\\t=1"),
        ("\r\n", "\\r\\n"),
        ("＝1", "'＝1"),
        ("﹢1", "'﹢1"),
        ("\u00a0＠x", "'\u00a0＠x"),
        ("a=1", "a=1"),
        ("\x1b[2J\u202e\u2028", "\\x1b[2J\\u202e\\u2028"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("", ""),
    ],
)
def test_no_cell_acts_and_nothing_is_unseen(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


def test_a_cell_that_no_spreadsheet_takes_is_cut_and_reported() -> None:
    stream = io.BytesIO()
    text = "x" * 40_000
    summary = differences_csv.write([item(text, {"left": (Span(0, 3, "A"),), "right": ()})], {}, stream)
    assert (summary.records, summary.spans) == (1, 1)
    assert list(summary.notes.values()) == [1]
    assert "x" * 31_999 + "…" in stream.getvalue().decode()


HOSTILE = st.text(st.sampled_from("=+-@\t\r\n ＝﹣\"',;|a") | st.characters(codec="utf-8"), min_size=1, max_size=8)


@given(HOSTILE, HOSTILE, st.lists(HOSTILE, min_size=2, max_size=2, unique=True))
@example("=cmd|' /C calc'!A0", "=1", ["@a", "+b"])
def test_no_cell_begins_as_a_formula_does(text: str, label: str, names: list[str]) -> None:
    readings = dict(zip(names, [(Span(0, 1, label),), ()], strict=True))
    rows = written([item(text, readings)], {1: [answer(1, names[0], (Span(0, 1, label),))]})
    assert len(rows) == 2
    for cell in (cell for row in rows for cell in row if isinstance(cell, str)):
        assert not unicodedata.normalize("NFKC", cell.lstrip()[:1]).startswith(("=", "+", "-", "@", "\t", "\r"))
        assert not any(unicodedata.category(character) == "Cc" for character in cell)
    assert all(isinstance(number, float) for number in (rows[1][0], rows[1][2], rows[1][4], rows[1][5]))

"""Text from outside is harmless on screen, and lanes stand under the words that they mark."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tiebreak.core.records import Span
from tiebreak.tui.text import cell_widths
from tiebreak.tui.text.labels import short_labels
from tiebreak.tui.text.lanes import SEAM, SpanIndex, lane_pieces, lane_rows
from tiebreak.tui.text.layout import Line, TextLayout
from tiebreak.tui.text.render import fit, visible

LABELS = ("PERSON", "PERSON_LAST", "ORG", "ORGANISATION", "地点", "地点_城市")
texts = st.text(st.characters(codec="utf-8"), max_size=200)


@given(texts)
def test_nothing_that_a_terminal_acts_on_is_ever_shown(text: str) -> None:
    shown = visible(text)
    assert len(shown) == sum(bool(visible(character)) for character in text)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in shown)


@pytest.mark.parametrize("hostile", ["\x1b", "\x9b", "\x00", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028"])
def test_hostile_characters_have_a_visible_stand_in(hostile: str) -> None:
    assert cell_len(visible(hostile)) == 1
    assert visible(hostile) != hostile


def lines_of(layout: TextLayout) -> list[Line]:
    return [layout.line(number) for number in range(layout.line_count)]


@given(texts, st.integers(2, 60))
def test_lines_cover_the_text_in_order_and_fit(text: str, width: int) -> None:
    layout = TextLayout(text, width)
    lines = lines_of(layout)
    assert [line.start for line in lines] == [0, *(line.end for line in lines[:-1])]
    assert lines[-1].end == len(text)
    for line in lines:
        assert cell_len(layout.draw(line.start, line.end).rstrip(" \u3000")) <= layout.width


@given(texts)
def test_what_is_drawn_is_as_wide_as_the_layout_says(text: str) -> None:
    layout = TextLayout(text, 20)
    for line in lines_of(layout):
        assert cell_len(layout.draw(line.start, line.end)) == layout.column(line.end, line)


@given(texts.filter(bool), st.data())
def test_a_lane_starts_under_its_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))), "LABEL")
    layout = TextLayout(text, 40)
    line = layout.line(layout.line_at(start))
    piece = lane_pieces(layout, line, [span], lambda span: "━", rows_for_labels=True)[0][0]
    assert piece.first == layout.cells(span.start, span.end, line)[0]
    assert piece.text


@pytest.mark.parametrize(
    ("text", "drawn", "cells"),
    [
        ("❤️", "❤", 1),
        ("👍🏽", "👍▒", 3),
        ("🇫🇷", "ⒻⓇ", 2),
        ("👨‍👩", "👨¦👩", 5),
        ("का", "का", 2),
        ("e\u0301", "e\u0301", 1),
        ("\u0301", "◌\u0301", 1),
        ("优", "优", 2),
    ],
)
def test_what_terminals_disagree_on_is_drawn_with_one_width(text: str, drawn: str, cells: int) -> None:
    layout = TextLayout(text, 40)
    assert layout.draw(0, len(text)) == drawn
    assert cell_len(drawn) == layout.column(len(text), layout.line(0)) == cells


def test_a_terminal_that_gives_spacing_marks_no_cell_is_believed() -> None:
    assert cell_widths.learn(column=1)
    try:
        assert cell_len("का") == 1
        assert not cell_widths.learn(column=1)
    finally:
        cell_widths.set_spacing_mark_width(1)
    assert cell_len("का") == 2


def test_a_mark_is_not_parted_from_its_character() -> None:
    assert TextLayout("cafe\u0301!", 40).cluster(4, 5) == (3, 5)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=20))
def test_spans_in_one_row_of_a_lane_never_overlap(bounds: list[tuple[int, int]]) -> None:
    spans = SpanIndex({Span(start, start + length, "A") for start, length in bounds}).spans
    rows = [[span for span, _, _ in row] for row in lane_rows(spans)]
    assert sorted(span for row in rows for span in row) == sorted(spans)
    for row in rows:
        assert all(one.end <= other.start for one, other in pairwise(row))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12), st.sampled_from(LABELS)), max_size=12),
    st.text("ab好 e\u0301שا\u093e", min_size=42, max_size=42),
    st.integers(8, 40),
    st.booleans(),
)
def test_no_label_is_drawn_over_another_or_a_stroke_and_adjacent_spans_have_a_seam(
    bounds: list[tuple[int, int, str]], text: str, width: int, rows_for_labels: bool
) -> None:
    spans = SpanIndex({Span(start, start + length, label) for start, length, label in bounds})
    layout = TextLayout(text, width)
    short = short_labels(LABELS, width=80)
    shown = {*LABELS, *short.values()}
    for line in lines_of(layout):
        here = spans.between(line.start, line.end)
        rows = lane_pieces(layout, line, here, lambda span: "━", rows_for_labels=rows_for_labels, short=short)
        for row in rows:
            for one, other in pairwise(row):
                end = one.first + cell_len(one.text)
                assert end <= other.first - (0 if one.is_stroke and other.is_stroke else not one.is_stroke)
                if one.is_stroke and other.is_stroke and end == other.first:
                    assert other.text.startswith(SEAM)
            for piece in row:
                assert piece.first + cell_len(piece.text) <= max(layout.width, piece.first + 1)
                assert piece.text.strip("━" + SEAM) in ("", *shown)


@given(texts, st.integers(1, 30))
def test_fit_fills_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit(visible(text), width)) == width

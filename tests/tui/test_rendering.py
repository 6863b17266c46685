"""Text from outside is shown harmlessly, and lanes stand under what they mark."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tiebreak.core.records import Span
from tiebreak.tui.layout import TextLayout, lane_rows, lane_segments
from tiebreak.tui.render import DARK, fit, visible

texts = st.text(st.characters(codec="utf-8"), max_size=200)


@given(texts)
def test_nothing_that_a_terminal_acts_on_is_ever_shown(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in shown)


@pytest.mark.parametrize("hostile", ["\x1b", "\x9b", "\x00", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028"])
def test_hostile_characters_have_a_visible_stand_in(hostile: str) -> None:
    assert cell_len(visible(hostile)) == 1
    assert visible(hostile) != hostile


@given(texts, st.integers(2, 60))
def test_lines_cover_the_text_in_order_and_fit(text: str, width: int) -> None:
    layout = TextLayout(text, width)
    assert [line.start for line in layout.lines] == [0, *(line.end for line in layout.lines[:-1])]
    assert layout.lines[-1].end == len(text)
    for line in layout.lines:
        assert cell_len(layout.shown[line.start : line.end].rstrip(" ")) <= layout.width


@given(texts.filter(bool), st.data())
def test_a_lane_starts_under_its_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))), "LABEL")
    layout = TextLayout(text, 40)
    line = layout.lines[layout.line_at(start)]
    [(first, stroke, _)] = lane_segments(layout, line, [span], DARK.line(0))
    assert first == layout.column(start, line)
    assert stroke


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=20))
def test_spans_in_one_row_of_a_lane_never_overlap(bounds: list[tuple[int, int]]) -> None:
    spans = tuple({Span(start, start + length, "A") for start, length in bounds})
    rows = lane_rows(spans)
    assert sorted(span for row in rows for span in row) == sorted(spans)
    for row in rows:
        assert all(one.end <= other.start for one, other in pairwise(row))


@given(texts, st.integers(1, 30))
def test_fit_fills_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit(visible(text), width)) == width

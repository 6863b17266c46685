"""Spans as strokes in lanes under a line of text: stacked where they overlap, with their labels where there is room."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from tiebreak.core.records import Span
from tiebreak.tui.text.layout import Line, TextLayout
from tiebreak.tui.text.render import fit, visible


class SpanIndex:
    """Spans in text order, to be asked for those of one line."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = sorted(spans, key=lambda span: (span.start, -span.end, span.label))
        self._starts = [span.start for span in self.spans]
        self._ends = list(accumulate((span.end for span in self.spans), max))  # the furthest end so far

    def between(self, start: int, end: int) -> list[Span]:
        """The spans that overlap `start` to `end`."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return [span for span in self.spans[first:last] if span.end > start]

    def starting(self, start: int, end: int) -> int:
        """How many spans start in `start` to `end`."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)


class Piece(NamedTuple):
    """A stroke, or a label that stands under or beside one, from the cell `first` on."""

    first: int
    text: str
    span: Span
    is_stroke: bool = True


def lane_rows(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans in text order, in as few rows as it takes for none to overlap in a row: nested and crossing ones stack."""
    rows: list[list[Span]] = []
    for span in spans:
        for row in rows:
            if row[-1].end <= span.start:
                row.append(span)
                break
        else:
            rows.append([span])
    return rows


def lane_pieces(
    layout: TextLayout, line: Line, spans: Sequence[Span], stroke_of: Callable[[Span], str], *, rows_for_labels: bool
) -> list[list[Piece]]:
    """What stands in the rows of one lane under `line`, each row from left to right; `spans` are those of the line.

    A label stands in its stroke where it fits, else beside it, else, with `rows_for_labels`, in a row under it; where
    there is no room, it is cut off in its stroke.
    """
    rows: list[list[Piece]] = []
    for row in lane_rows(spans):
        places = [layout.cells(span.start, span.end, line) for span in row]
        edges = [first - 1 for first, _ in places[1:]] + [layout.width]
        strokes: list[Piece] = []
        under: list[Piece] = []
        for span, (first, last), edge in zip(row, places, edges, strict=True):
            label, stroke, width = visible(span.label), stroke_of(span), last - first
            drawn = _stroke_with_label(label, stroke, width)
            if drawn is not None:
                strokes.append(Piece(first, drawn, span))
            elif last + 1 + cell_len(label) <= edge:
                strokes += Piece(first, stroke * width, span), Piece(last + 1, label, span, is_stroke=False)
            elif rows_for_labels and (at := _room_under(label, first, layout.width, under)) is not None:
                strokes.append(Piece(first, stroke * width, span))
                under.append(Piece(at, label, span, is_stroke=False))
            else:
                strokes.append(Piece(first, fit(label, width) if width > 1 else set_cell_size(label[:1], 1), span))
        rows += [strokes, under] if under else [strokes]
    return rows


def _stroke_with_label(label: str, stroke: str, width: int) -> str | None:
    """A stroke of `width` cells with the label in it; None where it does not fit."""
    size = cell_len(label)
    if size > width:
        return None
    left = (width - size) // 2
    return stroke * left + label + stroke * (width - size - left)


def _room_under(label: str, first: int, width: int, under: Sequence[Piece]) -> int | None:
    """The cell for a label in the row under its stroke: below it, or as far left as it takes to end in the line."""
    size = cell_len(label)
    at = min(first, width - size)
    free = under[-1].first + cell_len(under[-1].text) + 1 if under else 0
    return at if at >= free else None

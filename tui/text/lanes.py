"""Spans as strokes in lanes under a line of text: stacked where they overlap, with their labels where there is room."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.cells import cell_len

from tiebreak.core.records import Span
from tiebreak.tui.text.cutting import cut_end
from tiebreak.tui.text.layout import Line, TextLayout
from tiebreak.tui.text.render import visible

SEAM = "│"
_CUT_LABEL = 4  # cells


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


def _bounds(span: Span) -> tuple[int, int]:
    return span.start, span.end


def lane_rows(
    spans: Sequence[Span], place_of: Callable[[Span], tuple[int, int]] = _bounds
) -> list[list[tuple[Span, int, int]]]:
    """Spans in text order, in as few rows as it takes for none to overlap in a row: nested and crossing ones stack.

    Each stands with its place, first and end, which `place_of` says.
    """
    rows: list[list[tuple[Span, int, int]]] = []
    for span in spans:
        first, end = place_of(span)
        for row in rows:
            if row[-1][2] <= first:
                row.append((span, first, end))
                break
        else:
            rows.append([(span, first, end)])
    return rows


def lane_pieces(
    layout: TextLayout,
    line: Line,
    spans: Sequence[Span],
    stroke_of: Callable[[Span], str],
    *,
    rows_for_labels: bool,
    short: Mapping[str, str] | None = None,
) -> list[list[Piece]]:
    """What stands in the rows of one lane under `line`, each row from left to right; `spans` are those of the line.

    A label stands in its stroke where it fits, else beside it, else, with `rows_for_labels`, in a row under it. Where
    there is no room it is called as in `short`, and left out where that has none either. `SEAM` begins a stroke that
    goes on from another one.
    """
    rows: list[list[Piece]] = []

    def cells(span: Span) -> tuple[int, int]:
        first, end = layout.cells(span.start, span.end, line)
        return first, max(first + 1, min(end, layout.width))  # blanks at the end of a line may lie behind its width

    for row in lane_rows(spans, cells):
        edges = [first - 1 for _, first, _ in row[1:]] + [layout.width]
        strokes: list[Piece] = []
        under: list[Piece] = []
        at = -1
        for (span, first, end), edge in zip(row, edges, strict=True):
            stroke, at = _Stroke(span, first, end, stroke_of(span), SEAM if first == at else ""), end
            label = visible(span.label)
            called = (short or {}).get(span.label, cut_end(label, _CUT_LABEL))
            strokes += (
                stroke.with_label(label)
                or stroke.beside(label, edge)
                or (rows_for_labels and stroke.above(label, layout.width, under))
                or stroke.with_label(called)
                or stroke.beside(called, edge)
                or stroke.alone
            )
        rows += [strokes, under] if under else [strokes]
    return rows


class _Stroke(NamedTuple):
    """The stroke of a span from the cell `first` to `end` (exclusive), of `sign`; `seam` is its first cell, if any."""

    span: Span
    first: int
    end: int
    sign: str
    seam: str

    @property
    def alone(self) -> list[Piece]:
        return [Piece(self.first, self.seam + self.sign * (self.end - self.first - len(self.seam)), self.span)]

    def with_label(self, label: str) -> list[Piece]:
        """The stroke with the label in it; [] where it does not fit."""
        size, width = cell_len(label), self.end - self.first - len(self.seam)
        if size > width:
            return []
        left = (width - size) // 2
        drawn = f"{self.seam}{self.sign * left}{label}{self.sign * (width - size - left)}"
        return [Piece(self.first, drawn, self.span)]

    def beside(self, label: str, edge: int) -> list[Piece]:
        """The stroke and the label behind it; [] where that does not end before `edge`."""
        if self.end + 1 + cell_len(label) > edge:
            return []
        return [*self.alone, Piece(self.end + 1, label, self.span, is_stroke=False)]

    def above(self, label: str, width: int, under: list[Piece]) -> list[Piece]:
        """The stroke, with the label put `under` it; [] where it has no room there."""
        at = _room_under(label, self.first, width, under)
        if at is None:
            return []
        under.append(Piece(at, label, self.span, is_stroke=False))
        return self.alone


def _room_under(label: str, first: int, width: int, under: Sequence[Piece]) -> int | None:
    """The cell for a label in the row under its stroke: below it, or as far left as it takes to end in the line."""
    size = cell_len(label)
    at = min(first, width - size)
    free = under[-1].first + cell_len(under[-1].text) + 1 if under else 0
    return at if at >= free else None

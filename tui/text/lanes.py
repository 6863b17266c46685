"""Spans as strokes in lanes under a line of text: stacked if they overlap, with their labels if there is room."""

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
_CUT_LABEL = 4  # cells; a label without room or a short form is cut to this


class SpanIndex:
    """Spans in text order, with quick access to those of one line."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = sorted(spans, key=lambda span: (span.start, -span.end, span.label))
        self._starts = [span.start for span in self.spans]
        self._ends = list(accumulate((span.end for span in self.spans), max))  # the furthest end so far

    def between(self, start: int, end: int) -> list[Span]:
        """Return the spans that overlap `start` to `end`."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return [span for span in self.spans[first:last] if span.end > start]

    def starting(self, start: int, end: int) -> int:
        """Return how many spans start in `start` to `end`."""
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
    """Return spans (in text order) in rows in which none overlap; nested and crossing spans stack.

    Each span comes with its place, first and end, from `place_of`.
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
    """Return the rows of one lane under `line`, each with its pieces from left to right; `spans` are the line's.

    A label stands in its stroke if it fits, else beside it, else, with `rows_for_labels`, in a row under it. Without
    room for any of these it is as in `short`, or left out if that does not fit either. `SEAM` begins a stroke that
    touches the stroke before it.
    """
    rows: list[list[Piece]] = []

    def cells(span: Span) -> tuple[int, int]:
        first, end = layout.cells(span.start, span.end, line)
        return first, max(first + 1, min(end, layout.width))  # blanks at the end of a line may lie beyond its width

    for row in lane_rows(spans, cells):
        edges = [first - 1 for _, first, _ in row[1:]] + [layout.width]
        strokes: list[Piece] = []
        under: list[Piece] = []
        at = -1
        for (span, first, end), edge in zip(row, edges, strict=True):
            stroke, at = _Stroke(span, first, end, stroke_of(span), SEAM if first == at else ""), end
            label = visible(span.label)
            short_label = (short or {}).get(span.label, cut_end(label, _CUT_LABEL))
            strokes += (
                stroke.with_label(label)
                or stroke.beside(label, edge)
                or (rows_for_labels and stroke.above(label, layout.width, under))
                or stroke.with_label(short_label)
                or stroke.beside(short_label, edge)
                or stroke.alone
            )
        rows += [strokes, under] if under else [strokes]
    return rows


class _Stroke(NamedTuple):
    """The stroke of a span from the cell `first` to `end` (exclusive), drawn with `sign`; `seam` replaces its first."""

    span: Span
    first: int
    end: int
    sign: str
    seam: str

    @property
    def alone(self) -> list[Piece]:
        return [Piece(self.first, self.seam + self.sign * (self.end - self.first - len(self.seam)), self.span)]

    def with_label(self, label: str) -> list[Piece]:
        """Return the stroke with the label in it, or [] if the label does not fit."""
        size, width = cell_len(label), self.end - self.first - len(self.seam)
        if size > width:
            return []
        left = (width - size) // 2
        drawn = f"{self.seam}{self.sign * left}{label}{self.sign * (width - size - left)}"
        return [Piece(self.first, drawn, self.span)]

    def beside(self, label: str, edge: int) -> list[Piece]:
        """Return the stroke and the label after it, or [] if the label would pass `edge`."""
        if self.end + 1 + cell_len(label) > edge:
            return []
        return [*self.alone, Piece(self.end + 1, label, self.span, is_stroke=False)]

    def above(self, label: str, width: int, under: list[Piece]) -> list[Piece]:
        """Return the stroke, and add the label to the row `under` it; return [] if it has no room there."""
        at = _room_under(label, self.first, width, under)
        if at is None:
            return []
        under.append(Piece(at, label, self.span, is_stroke=False))
        return self.alone


def _room_under(label: str, first: int, width: int, under: Sequence[Piece]) -> int | None:
    """Return the cell for a label in the row under its stroke: below it, or far enough left to end in the line."""
    size = cell_len(label)
    at = min(first, width - size)
    free = under[-1].first + cell_len(under[-1].text) + 1 if under else 0
    return at if at >= free else None

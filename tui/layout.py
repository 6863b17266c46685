"""Where each character of a text stands on the screen: wrapped lines, and lanes of spans under them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, split_graphemes

from tiebreak.core.records import Span, Spans
from tiebreak.tui.render import visible


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the screen: code points `start` to `end`."""

    start: int
    end: int


class TextLayout:
    """A text wrapped to `width` cells. `shown` is the text as drawn, code point for code point."""

    def __init__(self, text: str, width: int, newline: str = "⏎") -> None:
        self.shown = visible(text).replace("⏎", newline)
        self.width = max(width, 2)
        self._columns = _columns(self.shown)
        self.lines = self._wrap(text)

    def column(self, position: int, line: Line) -> int:
        """The cell of `position` in `line`, from 0."""
        return self._columns[position] - self._columns[line.start]

    def line_at(self, position: int) -> int:
        """The number of the line that holds `position`."""
        return max(0, bisect_right([line.start for line in self.lines], position) - 1)

    def _wrap(self, text: str) -> list[Line]:
        lines: list[Line] = []
        start = 0
        while start < len(text):
            newline = text.find("\n", start)
            end = len(text) if newline < 0 else newline + 1
            while start < end:
                stop = self._line_end(start, end)
                lines.append(Line(start, stop))
                start = stop
        return lines or [Line(0, 0)]

    def _line_end(self, start: int, end: int) -> int:
        """Where a line from `start` ends: after its last space that fits, or in the middle of a long word."""
        columns = self._columns
        limit = columns[start] + self.width
        if columns[end] <= limit:
            return end
        stop = max(bisect_right(columns, limit, start, end + 1) - 1, start + 1)
        space = self.shown.rfind(" ", start, stop + 1)
        return space + 1 if space >= start and columns[space] <= limit else stop


def _columns(shown: str) -> list[int]:
    """The cell at which each code point begins, and the one after the last; a mark begins where its sign ends."""
    if shown.isascii():
        return list(range(len(shown) + 1))
    columns = [0]
    for start, end, width in split_graphemes(shown)[0]:
        columns += [columns[-1] + width] * (end - start)
    return columns


def lane_rows(spans: Spans) -> list[list[Span]]:
    """Spans in as few rows as it takes for none to overlap in a row: nested and crossing spans stack."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, span.label)):
        for row in rows:
            if row[-1].end <= span.start:
                row.append(span)
                break
        else:
            rows.append([span])
    return rows


def lane_segments(layout: TextLayout, line: Line, row: Sequence[Span], stroke: str) -> list[tuple[int, str, Span]]:
    """What stands in one lane under `line`: (first cell, drawn text, its span), from left to right.

    The label stands in its stroke where it fits, beside it where there is room, and is cut off otherwise.
    """
    here = [span for span in row if span.start < line.end and line.start < span.end]
    segments: list[tuple[int, str, Span]] = []
    for index, span in enumerate(here):
        first = layout.column(max(span.start, line.start), line)
        last = max(layout.column(min(span.end, line.end), line), first + 1)
        room = layout.column(max(here[index + 1].start, line.start), line) if index + 1 < len(here) else layout.width
        segments.append((first, _stroke(span, last - first, room - first, stroke), span))
    return segments


def _stroke(span: Span, width: int, room: int, line: str) -> str:
    label = visible(span.label)
    size = cell_len(label)
    if size + 2 <= width:
        left = (width - size) // 2
        return line * left + label + line * (width - size - left)
    if width + 1 + size < room:
        return f"{line * width} {label}"
    if size == width or (size < width):
        return label + line * (width - size)
    cut = label[: max(width - 1, 1)]
    return (cut if width == 1 else cut + "…") if cell_len(cut) <= width else line * width

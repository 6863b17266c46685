"""The place of each character of a text on the screen: its drawing, its cells, and the wrapped lines."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import cell_len

from tiebreak.tui.text.render import visible

_MARKS_ON_ONE = 8  # combining marks; more on one character are drawn on a dotted circle of their own


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the screen: code points `start` to `end`."""

    start: int
    end: int


class TextLayout:
    """A text wrapped to `width` cells.

    A code point may be drawn as several: a mark without a character stands on a dotted circle. A variation selector is
    not drawn at all. So take drawings from `draw`, and cells from `cells`.
    """

    def __init__(self, text: str, width: int, newline: str = "⏎") -> None:
        self.text = text
        self.width = max(width, 2)
        self._newline = newline
        self._pieces: list[str] | None = None
        self._columns = self._measure()
        self._starts = self._wrap()

    @property
    def line_count(self) -> int:
        return len(self._starts) - 1

    def line(self, number: int) -> Line:
        """Return the line of this number, from 0."""
        return Line(self._starts[number], self._starts[number + 1])

    def draw(self, start: int, end: int) -> str:
        """Return the drawing of the code points `start` to `end`."""
        shown = visible(self.text[start:end]) if self._pieces is None else "".join(self._pieces[start:end])
        return shown if self._newline == "⏎" else shown.replace("⏎", self._newline)

    def column(self, position: int, line: Line) -> int:
        """Return the cell of `line`, from 0, at which the text before `position` ends."""
        return self._columns[position] - self._columns[line.start]

    def cells(self, start: int, end: int, line: Line) -> tuple[int, int]:
        """Return the cells, first and end, of the part of `start` to `end` that lies in `line`; at least one cell.

        A mark that has no cell of its own has the cell of the character it stands on.
        """
        start, end = max(start, line.start), min(end, line.end)
        first = start
        while first > line.start and self._columns[first] == self._columns[min(first + 1, end)]:
            first -= 1
        left = self.column(first, line)
        return left, max(self.column(end, line), left + 1)

    def cluster(self, start: int, end: int) -> tuple[int, int]:
        """Return `start` and `end` moved outwards until no combining mark is parted from its character."""
        text = self.text
        if text.isascii():
            return start, end
        while start > 0 and start < len(text) and self._is_joined(start):
            start -= 1
        while 0 < end < len(text) and self._is_joined(end):
            end += 1
        return start, end

    def line_at(self, position: int) -> int:
        """Return the number of the line that holds `position`."""
        return max(0, bisect_right(self._starts, position, 0, self.line_count) - 1)

    def position_at(self, number: int, cell: int) -> int:
        """Return the code point drawn at `cell` of the line `number`, or the nearest in that line."""
        line = self.line(number)
        if line.start == line.end:
            return line.start
        column = self._columns[line.start] + max(cell, 0)
        found = bisect_right(self._columns, column, line.start, line.end) - 1
        return self.cluster(min(max(found, line.start), line.end - 1), line.end)[0]

    def _is_joined(self, position: int) -> bool:
        """Return whether the code point at `position` is drawn on the one before it."""
        if self.text[position].isascii() or self._columns[position] < self._columns[position + 1]:
            return unicodedata.category(self.text[position]) == "Mc"
        return True

    def _measure(self) -> Sequence[int]:
        """Return the column of each code point in a line without end, and the column after the last."""
        text = self.text
        if text.isascii():
            return range(len(text) + 1)
        signs = {character: visible(character) for character in set(text)}
        sizes = {character: cell_len(sign) for character, sign in signs.items()}
        without = "".join(re.escape(character) for character, size in sizes.items() if not size)
        widths = [sizes[character] for character in text]
        if without:
            self._pieces = [signs[character] for character in text]
            for position in _unsupported(text, without):
                self._pieces[position] = f"◌{self._pieces[position]}"
                widths[position] = 1
        return list(accumulate(widths, initial=0))

    def _wrap(self) -> list[int]:
        """Return where each line starts, and where the last line ends."""
        columns, width, text = self._columns, self.width, self.text
        starts = [0]
        start = 0
        while start < len(text):
            newline = text.find("\n", start)
            end = len(text) if newline < 0 else newline + 1
            while columns[end] - columns[start] > width:
                start = self._line_end(start, end)
                starts.append(start)
            if start < end:
                starts.append(end)
            start = end
        return starts if len(starts) > 1 else [0, 0]

    def _line_end(self, start: int, end: int) -> int:
        """Return where a line from `start` ends: after its last space that fits, or in the middle of a long word."""
        columns, text = self._columns, self.text
        limit = columns[start] + self.width
        stop = max(bisect_right(columns, limit, start, end + 1) - 1, start + 1)
        if stop < end and self._is_wide(stop) and self._is_wide(stop - 1):
            return stop  # scripts of wide characters may break anywhere
        blank = max(text.rfind(" ", start, stop + 1), text.rfind("\u3000", start, stop + 1))
        blank = max(blank, text.rfind("\t", start, stop))  # drawn as a sign, so it has to fit
        if blank >= start:
            return blank + 1
        inside = stop
        while inside > start + 1 and inside > stop - _MARKS_ON_ONE and self._is_joined(inside):
            inside -= 1
        return stop if self._is_joined(inside) else max(inside, start + 1)

    def _is_wide(self, position: int) -> bool:
        return self._columns[position + 1] - self._columns[position] == 2


def _unsupported(text: str, marks: str) -> Iterator[int]:
    """Yield the places of marks without a character to stand on: at the start of a line, and after too many others.

    `marks` are the code points of `text` without a cell, escaped for a character class.
    """
    for run in re.finditer(f"[{marks}]+", text):
        start, end = run.span()
        alone = start == 0 or text[start - 1] == "\n"
        yield from range(start if alone else start + _MARKS_ON_ONE, end, _MARKS_ON_ONE)

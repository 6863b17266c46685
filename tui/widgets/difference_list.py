"""The differences of an example, a row each: kind, place, the readings, and the choice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tiebreak.tui.text.cutting import cut_apart
from tiebreak.tui.text.render import Palette, fit
from tiebreak.tui.widgets.lines import LinesWidget

_MARKS = 4  # cells of the marks, left of the kind
_KIND = 9  # cells of the kind; more for long kinds, such as labels
_GAP = 2  # cells between readings
_LINES = 3  # lines; so many may the focused row take
_LEAST = 8  # cells of a reading that is cut


@dataclass(frozen=True, slots=True)
class ReadingCell:
    """One distinct reading: the letters of its predictors, its text, and the number of the first of them.

    The number is None if all predictors have the reading, and -1 if none has: then it is an offer. `short` returns the
    text with shorter labels.
    """

    letters: str
    text: str
    number: int | None
    chosen: bool
    short: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference as the list shows it.

    `outcome` is the choice in words if it is not a reading. `strength` is the sign for how sure the choice is, None if
    nothing was learned of the example. `reason` says why, in shorter and shorter wordings.
    """

    kind: str
    readings: Sequence[ReadingCell]
    outcome: str
    confirmed: bool
    strength: str | None = None
    reason: Sequence[str] = ()


class _Cell(NamedTuple):
    """A reading as drawn, in `width` cells; `reading` is its index, None for an outcome that is no reading."""

    sign: str
    said: str
    style: Style
    reading: int | None
    width: int = 0

    @property
    def wanted(self) -> int:
        """The cells that all of it takes."""
        return cell_len(self.sign) + cell_len(self.said)

    @property
    def room(self) -> int:
        """The cells for its text."""
        return max(self.width - cell_len(self.sign), 0)


class DifferenceList(LinesWidget):
    """Draws the rows, and keeps the focused one in sight: it takes as many lines as its readings need, up to three."""

    DEFAULT_CSS = """
    DifferenceList { height: 6; }
    """

    class Chosen(Message):
        """The row `index` was clicked, at its distinct reading `reading`, or beside its readings."""

        def __init__(self, index: int, reading: int | None) -> None:
            super().__init__()
            self.index = index
            self.reading = reading

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[DifferenceRow] = ()
        self._focus = 0
        self._empty = ""
        self._top = 0
        self._indent = _MARKS + _KIND  # cells left of the readings
        self._places: list[tuple[int, list[_Cell]]] = []  # of each line drawn: its row, its readings

    def show(self, rows: Sequence[DifferenceRow], focus: int, empty: str = "") -> None:
        """Draw `rows` with `focus` marked; without rows, draw the sentence `empty`."""
        before, self._rows, self._focus, self._empty = self._rows, rows, focus, empty
        self.redraw(whole_lines=_readings(rows) != _readings(before))  # another example, which keeps few cells

    def draw_lines(self, width: int, height: int) -> list[list[Segment]]:
        if not self._rows:
            self._places = []
            return [[Segment(f"  {self._empty}", Style(dim=True))]]
        longest = max(cell_len(row.kind) for row in self._rows) + 1
        kind = max(_KIND, min(longest, width // 3))
        self._indent = _MARKS + (self._rows[0].strength is not None) + kind
        focused = self._focused_lines(self._rows[self._focus], width, min(_LINES, max(height - 1, 1)))
        self._scroll(height, len(focused))
        places: list[tuple[int, list[_Cell]]] = []
        for number in range(self._top, len(self._rows)):
            lines = focused if number == self._focus else self._row_lines(self._rows[number], width, 1)
            places += [(number, line) for line in lines]
            if len(places) >= height:
                break
        self._places = _cut(places[:height])
        return self._drawn()

    def _drawn(self) -> list[list[Segment]]:
        lines: list[list[Segment]] = []
        before = -1
        for number, cells in self._places:
            more = "↑" if not lines and number else " "
            lines.append([*self._marks(self._rows[number], number, more, number != before), *_segments(cells)])
            before = number
        if self._places[-1][0] < len(self._rows) - 1:
            lines[-1][1] = Segment("↓", lines[-1][1].style)
        return lines

    def _scroll(self, height: int, focused: int) -> None:
        """Keep the row below the focused one in sight; if it is not, show the one before, too, if there is room."""
        below = min(len(self._rows) - 1 - self._focus, height - focused, 1)
        if not self._top <= self._focus <= self._top + height - focused - below:
            self._top = self._focus - (1 if height > focused + below else 0)
        self._top = max(0, min(self._top, len(self._rows) - 1 + focused - height))

    def _marks(self, row: DifferenceRow, number: int, more: str, first: bool) -> list[Segment]:
        """Return the signs left of the readings: the focus, further rows, the state, the kind."""
        here = number == self._focus
        bold = Style(bold=here)
        if not first:
            return [Segment(" ", bold), Segment(more, bold), Segment(" " * (self._indent - 2))]
        settled = Style(bold=here, color=self.palette.agreed if row.confirmed else None)
        sure = "" if row.strength is None else row.strength or " "
        return [
            Segment("▶" if here else " ", bold),
            Segment(more, bold),
            Segment(f"{'✓' if row.confirmed else '?'}{sure} ", settled),
            Segment(fit(row.kind, self._indent - _MARKS - len(sure)), bold + Style(dim=not here)),
        ]

    def _focused_lines(self, row: DifferenceRow, width: int, most: int) -> list[list[_Cell]]:
        """Return the readings of the focused row, and the reason in a line of its own, or behind them if no line is
        left.

        The line stays if the choice changes, so that the rows below it do not move.
        """
        lines = self._row_lines(row, width, most)
        if not row.reason:
            return lines
        room = max(width - self._indent, _LEAST)
        if len(lines) < most:
            return [*lines, _reason(row, room)]
        *before, last = lines[-1]
        last = last._replace(width=min(last.width, last.wanted))
        left = room - sum(cell.width + _GAP for cell in (*before, last))
        return [*lines[:-1], [*before, last, *_reason(row, left)]]

    def _row_lines(self, row: DifferenceRow, width: int, most: int) -> list[list[_Cell]]:
        """Return the readings in at most `most` lines: in columns if they fit, else each in its own width.

        If that is too wide, labels are shortened; if it still is, the widest readings are cut.
        """
        room = max(width - self._indent, _LEAST)
        for shorter in (False, True):
            cells = _cells(row, self.palette, shorter=shorter)
            share = room // max(len(cells), 1) - _GAP
            if all(cell.wanted <= share for cell in cells):
                return [[cell._replace(width=share) for cell in cells]]
            if all(cell.wanted <= room for cell in cells) and len(lines := _flow(cells, room, room)) <= most:
                return lines
        too_wide = bisect_left(range(_LEAST, room + 1), 1, key=lambda widest: len(_flow(cells, room, widest)) > most)
        return _flow(cells, room, _LEAST + max(too_wide - 1, 0))[:most]

    def on_click(self, event: events.Click) -> None:
        if not 0 <= event.y < len(self._places):
            return
        row, cells = self._places[event.y]
        at = self._indent
        for cell in cells:
            end = at + cell.width
            if at <= event.x < end:
                self.post_message(self.Chosen(row, cell.reading))
                return
            at = end + _GAP
        self.post_message(self.Chosen(row, None))


def _readings(rows: Sequence[DifferenceRow]) -> list[list[str]]:
    return [[reading.text for reading in row.readings] for row in rows]


def _cells(row: DifferenceRow, palette: Palette, *, shorter: bool) -> list[_Cell]:
    cells = [
        _Cell(
            f"{'●' if reading.chosen else '○'}{reading.letters} ",
            reading.short() if shorter and reading.short is not None else reading.text,
            palette.style(reading.number, bold=reading.chosen, dim=not reading.chosen),
            index,
        )
        for index, reading in enumerate(row.readings)
    ]
    if row.outcome:
        cells.append(_Cell("●→ ", row.outcome, Style(color=palette.human, bold=True), None))
    return cells


def _reason(row: DifferenceRow, room: int) -> list[_Cell]:
    """Return the longest wording of the reason that fits into `room` cells, if any does."""
    fitting = [words for words in row.reason if cell_len(words) <= room]
    return [_Cell("", words, Style(italic=True), None, cell_len(words)) for words in fitting[:1]]


def _flow(cells: Sequence[_Cell], room: int, widest: int) -> list[list[_Cell]]:
    """Return the cells in lines of `room` cells, none wider than `widest`."""
    lines: list[list[_Cell]] = []
    left = 0
    for cell in cells:
        size = min(cell.wanted, widest)
        if not lines or size > left:
            lines.append([])
            left = room
        lines[-1].append(cell._replace(width=size))
        left -= size + _GAP
    return lines


def _cut(places: Sequence[tuple[int, list[_Cell]]]) -> list[tuple[int, list[_Cell]]]:
    """Return the lines, cut to the room of their cells: different readings look different in all of them."""
    cells = [cell for _, line in places for cell in line]
    said = iter(cut_apart([cell.said for cell in cells], [cell.room for cell in cells]))
    return [(number, [cell._replace(said=next(said)) for cell in line]) for number, line in places]


def _segments(line: Sequence[_Cell]) -> list[Segment]:
    segments = []
    for cell in line:
        segments += [Segment(set_cell_size(cell.sign + cell.said, cell.width), cell.style), Segment(" " * _GAP)]
    return segments

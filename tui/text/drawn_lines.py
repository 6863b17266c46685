"""Moving a cursor over a text as it is drawn: a line up or down, and to the ends of a line."""

from __future__ import annotations

from tiebreak.core.text.units import Units
from tiebreak.tui.text.layout import Line, TextLayout


def line_ends(layout: TextLayout, units: Units, cursor: int) -> tuple[int, int]:
    """Return where the first and the last unit begin in the line of the unit `cursor`."""
    line = layout.line(layout.line_at(units.starts[cursor]))
    first, last = _units_of(line, units)
    return units.starts[first], units.starts[last]


def column_of(layout: TextLayout, units: Units, cursor: int) -> int:
    """Return the cell at which the unit `cursor` begins in its line."""
    start = units.starts[cursor]
    return layout.column(start, layout.line(layout.line_at(start)))


def line_away(layout: TextLayout, units: Units, cursor: int, step: int, column: int) -> int | None:
    """Return where the unit nearest to `column` begins in the next (`step` 1) or previous (-1) line, or None.

    Lines in which no unit begins are passed over.
    """
    start, end = units[cursor]
    if step > 0:
        past = layout.line(layout.line_at(max(end - 1, start))).end
        index = units.up_to(past - 1) + 1
        if past <= start or index >= len(units):
            return None
    else:
        index = units.up_to(layout.line(layout.line_at(start)).start - 1)
        if units.starts[index] >= layout.line(layout.line_at(start)).start:
            return None
    line = layout.line(layout.line_at(units.starts[index]))
    first, last = _units_of(line, units)
    places = [layout.column(units.starts[number], line) for number in range(first, last + 1)]
    return units.starts[first + min(range(len(places)), key=lambda number: abs(places[number] - column))]


def _units_of(line: Line, units: Units) -> tuple[int, int]:
    """Return the first and the last unit that begin in `line`; at least one unit does."""
    first = units.up_to(line.start)
    if units.starts[first] < line.start:
        first += 1
    return first, max(units.up_to(line.end - 1), first)

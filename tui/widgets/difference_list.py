"""The differences of an example, a row each: kind, place, the readings, and what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tiebreak.tui.render import Palette, fit, palette_of


@dataclass(frozen=True, slots=True)
class ReadingCell:
    """One distinct reading: the letters of the predictors that have it, what it says, the first one's number."""

    letters: str
    text: str
    number: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference as the list shows it. `outcome` says what is chosen where no reading is."""

    kind: str
    readings: Sequence[ReadingCell]
    outcome: str
    confirmed: bool


class DifferenceList(Widget, can_focus=False):
    """Draws the rows, and keeps the focused one in sight."""

    DEFAULT_CSS = """
    DifferenceList { height: 6; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[DifferenceRow] = ()
        self._focus = 0
        self._empty = ""

    def show(self, rows: Sequence[DifferenceRow], focus: int, empty: str = "") -> None:
        """Draw `rows` with `focus` marked; `empty` is said where there are none."""
        self._rows, self._focus, self._empty = rows, focus, empty
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        number = y + self._top
        if not self._rows and y == 0:
            segments = [Segment(f"  {self._empty}", Style(dim=True))]
        elif number >= len(self._rows):
            segments = []
        else:
            segments = self._row_segments(self._rows[number], number == self._focus, width)
            if (y == self.size.height - 1 and number < len(self._rows) - 1) or (y == 0 and number > 0):
                segments[0] = Segment("… " if number != self._focus else "▶…", segments[0].style)
        return Strip(segments).adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)

    @property
    def palette(self) -> Palette:
        return palette_of(self.app)

    @property
    def _top(self) -> int:
        """The first row drawn: the focused one stays in the middle of a list that is too long."""
        height = self.size.height
        return max(0, min(self._focus - height // 2, len(self._rows) - height))

    def _kind_width(self, width: int) -> int:
        """Cells of the kind (or label) in a row of `width`."""
        longest = max(cell_len(row.kind) for row in self._rows) + 1
        return max(9, min(longest, width // 3))

    def _row_segments(self, row: DifferenceRow, focused: bool, width: int) -> list[Segment]:
        bold, palette = Style(bold=focused), self.palette
        segments = [
            Segment("▶ " if focused else "  ", bold),
            Segment("✓ " if row.confirmed else "? ", bold + Style(color=palette.agreed if row.confirmed else None)),
            Segment(fit(row.kind, self._kind_width(width)), bold + Style(dim=not focused)),
        ]
        outcome = 22 if any(each.outcome for each in self._rows) else 0
        share = max((width - 4 - self._kind_width(width) - outcome) // max(len(row.readings), 1) - 1, 4)
        for reading in row.readings:
            style = self.palette.style(reading.number, bold=reading.chosen, dim=not reading.chosen)
            mark = "●" if reading.chosen else "○"
            cell = fit(f"{mark}{reading.letters} {reading.text}", share)
            segments += [Segment(cell, style), Segment(" ")]
        if row.outcome:
            segments.append(Segment(f"●→ {row.outcome}", Style(color=self.palette.human, bold=True)))
        return segments

"""The base of the widgets that draw lines: it sends to the terminal only the cells that changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import repeat, zip_longest
from typing import ClassVar

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tiebreak.tui.text.render import Palette, palette_of

_NEAR = 12  # cells; two changes no further apart are sent as one, which costs less than a move of the cursor
_NARROW = re.compile("[\x00-\x7f®-ʯ●○✓…→▁▄█]*")  # each a character of its own, one cell wide
Cell = tuple[str, Style | None] | None  # a character with its marks; None: the cell belongs to the one before


class LinesWidget(Widget, can_focus=False):
    """Draws the segments of `draw_lines`, one list for each line."""

    ALLOW_SELECT = False
    WHOLE_LINES: ClassVar[bool] = False  # whether a change sends its whole line

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[list[Segment]] = []  # as `draw_lines` gave them
        self._strips: list[Strip] = []  # the same as they go to the terminal
        self._drawn_with: tuple[object, ...] = ()
        self._paint: Callable[[list[Segment]], Strip] | None = None
        self._painted_with: tuple[object, ...] = ()

    def draw_lines(self, width: int, height: int) -> Sequence[list[Segment]]:
        """Return the lines to draw. The widget cuts long lines, and leaves missing lines blank."""
        raise NotImplementedError

    @property
    def palette(self) -> Palette:
        return palette_of(self.app)

    @property
    def plain_lines(self) -> list[str]:
        """The lines on screen, without style."""
        self._draw()
        return [strip.text.rstrip() for strip in self._strips]

    def redraw(self, *, whole: bool = False, whole_lines: bool = False) -> None:
        """Draw again, and send the cells that changed; with `whole_lines` their lines, with `whole` everything."""
        before = self._strips
        if whole or self._drawn_with != self._drawing_with() or not before:
            self._drawn_with = ()
            self.refresh()
            return
        self._drawn_with = ()
        self._draw()
        width, whole_lines = self.outer_size.width, whole_lines or self.WHOLE_LINES
        regions = [
            Region(first, y, end - first, 1)
            for y, (old, new) in enumerate(zip(before, self._strips, strict=True))
            if old is not new
            for first, end in (((0, width),) if whole_lines else changed_cells(old, new))
        ]
        if regions:
            self.refresh(*regions)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn_with = ()
        self._paint = None

    def render_line(self, y: int) -> Strip:
        self._draw()
        return self._strips[y]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the strips as they are: nothing has a border or padding here, for which Textual would copy each."""
        self._draw()
        strips = self._strips[crop.y : crop.bottom]
        if crop.column_span == (0, self.outer_size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _drawing_with(self) -> tuple[object, ...]:
        return self.outer_size, self.palette  # with no border around it, `size` is the same and takes longer

    def _draw(self) -> None:
        """Bring the strips up to date, if they are not."""
        drawing_with = self._drawing_with()
        if self._drawn_with == drawing_with:
            return
        if self._paint is None or self._painted_with != drawing_with:
            self._paint, self._painted_with, self._lines = self._painter(), drawing_with, []
        width, height = self.outer_size
        drawn = self.draw_lines(width, height) if width and height else ()
        lines = [segments or [] for segments, _ in zip_longest(drawn[:height], range(height))]
        # An unchanged line keeps its strip, and with it the output that Textual has rendered for the terminal.
        before = zip(self._lines, self._strips, strict=False)
        self._strips = [
            known[1] if known and known[0] == segments else self._paint(segments)
            for segments, known in zip_longest(lines, before)
        ]
        self._lines = lines
        self._drawn_with = drawing_with

    def _painter(self) -> Callable[[list[Segment]], Strip]:
        """Return the function that makes a line into a strip, in the colours of the widget."""
        width = self.outer_size.width
        style, filters, background = self.rich_style, self.get_line_filters(), self.background_colors[1]

        @cache
        def painted(own: Style | None) -> Style | None:
            segments = [Segment(" ", style + own)]
            for each in filters:  # each goes by the style alone
                segments = each.apply(segments, background)
            return segments[0].style

        def paint(segments: list[Segment]) -> Strip:
            joined: list[Segment] = []
            texts: list[str] = []
            before = None
            for text, own, _ in Strip(segments).adjust_cell_length(width):
                now = painted(own)
                if texts and now is not before and now != before:
                    joined.append(Segment("".join(texts), before))
                    texts.clear()
                texts.append(text)
                before = now
            if texts:
                joined.append(Segment("".join(texts), before))
            return Strip(joined, width)

        return paint


def changed_cells(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """Yield the stretches of cells, `end` exclusive, in which two strips differ; none cuts a character in two."""
    if old == new:
        return
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        yield 0, len(after)
        return
    first = end = -1
    for at, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other and not (one is None and end == at):
            continue
        start = at
        while start and (before[start] is None or after[start] is None):
            start -= 1
        if end < 0 or start - end > _NEAR:
            if end >= 0:
                yield first, end
            first = start
        end = at + 1
    if end >= 0:
        yield first, end


def _cells(strip: Strip) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, _ in strip:
        if _NARROW.fullmatch(text):
            cells += zip(text, repeat(style))
            continue
        for character in text:
            size = get_character_cell_size(character)
            if cells and (not size or unicodedata.category(character) == "Mc"):
                at = len(cells) - 1
                while cells[at] is None:
                    at -= 1
                under = cells[at]
                assert under is not None
                cells[at] = (under[0] + character, under[1])
                cells += [None] * size
            else:
                cells += [(character, style), *([None] * (size - 1))]
    return cells


def set_height(widget: Widget, rows: int) -> None:
    """Give `widget` so many rows, unless it has them: a new layout costs as much as everything else after a key."""
    height = widget.styles.height
    if height is None or not height.is_cells or height.value != rows:
        widget.styles.height = rows

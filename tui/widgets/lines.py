"""The base of the widgets that draw lines: it sends to the terminal only the cells that changed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tiebreak.tui.text.render import Palette, palette_of

_NEAR = 12  # unchanged cells between two changes that are sent rather than a move of the cursor
Cell = tuple[str, Style | None] | None  # a character with what stands on it; None: the cell is a part of the one before


class LinesWidget(Widget, can_focus=False):
    """Draws the segments that `draw_lines` gives, a list a line."""

    ALLOW_SELECT = False
    WHOLE_LINES: ClassVar[bool] = False  # whether a line of which something changed is sent as a whole

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []
        self._drawn_with: tuple[object, ...] = ()

    def draw_lines(self, width: int, height: int) -> Sequence[list[Segment]]:
        """What is drawn now; a line that is too long is cut, one that is missing is blank."""
        raise NotImplementedError

    @property
    def palette(self) -> Palette:
        return palette_of(self.app)

    @property
    def plain_lines(self) -> list[str]:
        """What is drawn, without style."""
        self._draw()
        return [strip.text.rstrip() for strip in self._strips]

    def redraw(self, *, whole: bool = False) -> None:
        """Draw anew, and send what changed by that, or with `whole` all of it."""
        before = self._strips
        if whole or self._drawn_with != self._drawing_with() or not before:
            self._drawn_with = ()
            self.refresh()
            return
        self._drawn_with = ()
        self._draw()
        regions = [
            Region(0, y, self.size.width, 1) if self.WHOLE_LINES else Region(first, y, end - first, 1)
            for y, (old, new) in enumerate(zip(before, self._strips, strict=True))
            for first, end in changed_cells(old, new)
        ]
        if regions:
            self.refresh(*regions)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn_with = ()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of the lines of `crop`.

        Textual's own way keeps a second cache of them, for borders, padding, tints and opacity, which none of these
        widgets has; a third of the time that it takes to paint a screen went there.
        """
        self._draw()
        width = self.size.width
        drawn = self._strips[crop.y : crop.bottom]
        strips = drawn + [Strip.blank(width, self.rich_style)] * (crop.height - len(drawn))
        if filters := self.get_line_filters():
            _, background = self.background_colors
            for each in filters:
                strips = [strip.apply_filter(each, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _drawing_with(self) -> tuple[object, ...]:
        return self.size, self.palette

    def _draw(self) -> None:
        """Bring the strips up to date, where they are not."""
        drawing_with = self._drawing_with()
        if self._drawn_with == drawing_with:
            return
        width, height = self.size
        style = self.rich_style
        lines = self.draw_lines(width, height) if width and height else ()
        self._strips = [
            Strip(segments or ()).adjust_cell_length(width, style).apply_style(style).simplify()
            for segments, _ in zip_longest(lines[:height], range(height))
        ]
        self._drawn_with = drawing_with


def changed_cells(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """The stretches of cells, `end` exclusive, in which two strips differ; none begins or ends within a character."""
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
        if text.isascii():
            cells += [(character, style) for character in text]
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

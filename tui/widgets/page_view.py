"""A page of styled text that scrolls, laid out off the UI thread."""

from __future__ import annotations

import io
import re

from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tiebreak.tui.jobs import Jobs
from tiebreak.tui.text.render import visible

_LINK = re.compile(r"(https?://|mailto:)[!#-;=?-\[\]_a-z~]+")
_MARGIN = 1  # cells on either side


class PageView(ScrollView, can_focus=False):
    """Draws anything that Rich can draw, in its own width."""

    DEFAULT_CSS = """
    PageView { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; }
    """

    def __init__(self, content: RenderableType = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = content
        self._strips: list[Strip] = []
        self._laid_for = 0

    def show(self, content: RenderableType, *, scrolled: bool = False) -> None:
        """Draw `content` from now on, from its beginning, or scrolled as it is."""
        self._content = content
        self._laid_for = 0
        if not scrolled:
            self.scroll_to(0, 0, animate=False, force=True, immediate=True)
        self._lay()

    @property
    def plain(self) -> str:
        """The whole page as laid out."""
        return "\n".join(strip.text.rstrip() for strip in self._strips)

    def height_of(self, content: RenderableType) -> int:
        """Return how many lines a part of the page takes in the present width."""
        return len(page_strips(content, self._laid_for)) if self._laid_for else 0

    def on_resize(self) -> None:
        self._lay()

    def _lay(self) -> None:
        width = self.size.width - 2 * _MARGIN - 1
        if self.is_mounted and width > 0 and width != self._laid_for:
            self._laid_for = width
            self.run_worker(self._lay_out(width), exclusive=True)

    async def _lay_out(self, width: int) -> None:
        jobs = getattr(self.app, "jobs", None)
        assert isinstance(jobs, Jobs)
        self._strips = await jobs.run(page_strips, self._content, width)
        self.virtual_size = Size(width + _MARGIN, len(self._strips))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        number = y + int(self.scroll_offset.y)
        if number >= len(self._strips):
            return Strip.blank(width, self.rich_style)
        return self._strips[number].adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)


def page_strips(content: RenderableType, width: int) -> list[Strip]:
    """Return `content` in lines of `width` cells. Only links to the web and to mail act on a terminal."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    lines = console.render_lines(content, pad=False)
    margin = Segment(" " * _MARGIN)
    return [Strip([margin, *(_harmless(segment) for segment in line)]) for line in lines]


def _harmless(segment: Segment) -> Segment:
    style = segment.style
    if style is not None and style.link and not _LINK.fullmatch(style.link):
        style = style.update_link(None)
    return Segment(visible(segment.text), style)


def linked(text: str) -> Text:
    """Return `text` made visible, line by line, with its addresses as links that the terminal may open."""
    shown = Text("\n".join(visible(line) for line in text.expandtabs(4).splitlines()))
    for found in _LINK.finditer(shown.plain):
        address = found.group().rstrip(".,;:!?)]}'\"")
        if address not in ("http://", "https://", "mailto:"):
            shown.stylize(Style(link=address, underline=True), found.start(), found.start() + len(address))
    return shown

"""One-line and few-line bars of styled text: header, answer, message, footer."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget


class TextBar(Widget, can_focus=False):
    """Styled text in a bar of fixed height, wrapped; cheaper to change than a Static, which lays itself out anew."""

    DEFAULT_CSS = """
    TextBar { height: 1; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._text = Text()
        self._strips: list[Strip] = []
        self._drawn_for = 0

    def show(self, text: Text) -> None:
        """Draw `text` from now on."""
        if text != self._text or text.spans != self._text.spans:
            self._text = text
            self._drawn_for = 0
            self.refresh()

    @property
    def plain(self) -> str:
        return self._text.plain

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if self._drawn_for != width:
            console: Console = self.app.console
            lines = list(self._text.wrap(console, max(width, 1), overflow="fold"))
            if len(lines) > height > 0:
                lines = lines[:height]
                lines[-1].truncate(max(width - 1, 1))
                lines[-1].append("…")
            self._strips = [Strip([*line.render(console)]) for line in lines]
            self._drawn_for = width
        strip = self._strips[y] if y < len(self._strips) else Strip([Segment("")])
        return strip.adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)

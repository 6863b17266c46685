"""One-line and few-line bars of styled text: header, answer, message, footer."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from tiebreak.tui.widgets.lines import LinesWidget


class TextBar(LinesWidget):
    """Styled text in a bar of fixed height, wrapped; cheaper to change than a Static, which needs another layout."""

    DEFAULT_CSS = """
    TextBar { height: 1; }
    """

    WHOLE_LINES = True  # a few bytes more; then a recording of the terminal can be searched for the message

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._text = Text()

    def show(self, text: Text) -> None:
        """Draw `text` from now on."""
        if text != self._text or text.spans != self._text.spans:
            self._text = text
            self.redraw()

    @property
    def plain(self) -> str:
        return self._text.plain

    def draw_lines(self, width: int, height: int) -> list[list[Segment]]:
        text, room = self._text, 2 * width * height  # characters; some have no cell of their own
        if len(text) > room:
            text = text[:room]
        if text.cell_len <= width and text.plain.isprintable():
            return [_segments(text, self.app.console)]
        lines = list(text.wrap(self.app.console, width, overflow="fold"))
        if len(lines) > height:
            lines = lines[:height]
            lines[-1].truncate(max(width - 1, 1))
            lines[-1].append("…")
        return [_segments(line, self.app.console) for line in lines]


def _segments(text: Text, console: Console) -> list[Segment]:
    """Return the segments of `text.render`; faster for spans that begin one after another, as `append` makes them."""
    segments: list[Segment] = []
    plain, at = text.plain, 0
    for start, end, style in text.spans:
        if start < at or text.style:
            return [*text.render(console)]
        if at < start:
            segments.append(Segment(plain[at:start]))
        segments.append(Segment(plain[start:end], console.get_style(style)))
        at = end
    if at < len(plain):
        segments.append(Segment(plain[at:]))
    return segments

"""A screen that is one page to read: it scrolls, and goes away again."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult

from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.widgets.page_view import PageView


class PageScreen(CommandScreen[None]):
    """Shows `content` under `title`; the commands are those of SCROLL, and `close`."""

    DEFAULT_CSS = """
    PageScreen > #footer { height: 1; }
    """

    def __init__(self, title: Text, content: RenderableType) -> None:
        super().__init__()
        self.title_line = title
        self.page = PageView(content)

    def compose(self) -> ComposeResult:
        yield from (self.header, self.page, self.footer, self.too_small)

    def on_mount(self) -> None:
        self.header.show(self.title_line)

    def do_line_up(self) -> None:
        self._scroll(-1)

    def do_line_down(self) -> None:
        self._scroll(1)

    def do_page_up(self) -> None:
        self._scroll(1 - self.page.size.height)

    def do_page_down(self) -> None:
        self._scroll(self.page.size.height - 1)

    def do_to_start(self) -> None:
        self.page.scroll_home(animate=False)

    def do_to_end(self) -> None:
        self.page.scroll_end(animate=False)

    def _scroll(self, lines: int) -> None:
        self.page.scroll_relative(y=lines, animate=False)

    def do_close(self) -> None:
        self.dismiss()

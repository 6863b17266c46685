"""The guidelines: beside the text if there is room, else on a screen of their own."""

from __future__ import annotations

from typing import ClassVar

from rich.markdown import Markdown
from rich.text import Text
from textual.binding import BindingType

from tiebreak.tui.commands import GUIDELINES, bindings_of
from tiebreak.tui.screens.page import PageScreen
from tiebreak.tui.text.render import visible
from tiebreak.tui.widgets.page_view import PageView


class GuidelinesPanel(PageView):
    """The guidelines at the right edge of the review screen."""

    DEFAULT_CSS = """
    GuidelinesPanel { dock: right; height: 1fr; border-left: vkey $primary; }
    """

    def __init__(self, text: str) -> None:
        super().__init__(page_of(text))


class GuidelinesScreen(PageScreen):
    """The guidelines alone."""

    COMMANDS_HERE = GUIDELINES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(GUIDELINES)]

    def __init__(self, text: str) -> None:
        super().__init__(Text(" GUIDELINES ", "bold reverse"), page_of(text))


def page_of(text: str) -> Markdown:
    """Return Markdown from outside as a page. It shows addresses, as links if the terminal has those."""
    lines = "\n".join(visible(line) for line in text.expandtabs(4).splitlines())
    return Markdown(lines, code_theme="ansi_dark", hyperlinks=True)

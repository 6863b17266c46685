"""The reflection: what the session taught, at the end of the hour or whenever one asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.markdown import Markdown
from rich.text import Text
from textual import events
from textual.binding import BindingType

from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.core.insight.report import Report
from tiebreak.tui.commands import REFLECT, bindings_of
from tiebreak.tui.pages.report_page import report_markdown
from tiebreak.tui.screens.page import PageScreen


class ReflectionScreen(PageScreen):
    """A report to read, with what was `learned` at settled places, which may stay hidden (None).

    Any key but those that scroll goes on, and q leaves. `why` says what brought it up.
    """

    COMMANDS_HERE = REFLECT
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(REFLECT)]

    def __init__(self, report: Report, learned: Sequence[LearnedAlike] | None, *, blind: bool, why: str = "") -> None:
        title = Text.assemble((" REFLECTION ", "bold reverse"), f" {why or 'what this session has taught so far'}")
        page = report_markdown(report, learned, with_open=False, blind=blind)
        super().__init__(title, Markdown(page, hyperlinks=False))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()

    def do_quit(self) -> None:
        self.tiebreak.ask_to_leave()

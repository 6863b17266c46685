"""The question to an annotator who leaves while the engine of the review is at work."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tiebreak.tui.commands import LEAVE, bindings_of
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.text.render import visible

Decision = Literal["go on", "stop"]


class LeaveScreen(CommandScreen[Decision | None]):
    """Returns what the engine is to do then, or None if the annotator stays."""

    DEFAULT_CSS = """
    LeaveScreen > Static { height: 1fr; padding: 1 2; }
    """
    COMMANDS_HERE = LEAVE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(LEAVE)]

    def __init__(self, work: str) -> None:
        super().__init__()
        self._work = work

    def compose(self) -> ComposeResult:
        yield from (self.header, Static(self._question()), self.message, self.footer, self.too_small)

    def on_mount(self) -> None:
        self.header.show(Text.assemble((" LEAVE ", "bold reverse"), " your answers are saved"))

    def _question(self) -> Text:
        question = Text(f"The engine is at work ({visible(self._work)}).\n\n")
        for command in self.commands:
            question.append(f"{command.key_display:>5}", "bold").append(f"  {command.help}\n")
        return question

    def do_go_on(self) -> None:
        self.dismiss("go on")

    def do_stop(self) -> None:
        self.dismiss("stop")

    def do_close(self) -> None:
        self.dismiss(None)

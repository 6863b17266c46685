"""The keys of the place one is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tiebreak.tui.commands import Command


class HelpScreen(ModalScreen[None]):
    """Lists `commands`; any key that does not scroll closes it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface;
        padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []
    _SCROLLING = ("up", "down", "pageup", "pagedown", "home", "end")

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        lines = Text("Keys", "bold")
        lines.append("   (any key closes this, arrows scroll)\n", "dim")
        for command in self._commands:
            lines.append(f"\n{command.key_display:>12}  ", "bold").append(command.help)
        lines.append(f"\n{'ctrl+p':>12}  ", "bold").append("command palette: every action by name")
        lines.append("\n\nA and B are the models: their spans stand in lanes of their own under the text. ")
        lines.append("The answer starts as what they agree on plus A's reading, marked ? until you settle it.")
        with VerticalScroll():
            yield Static(lines)

    def on_key(self, event: events.Key) -> None:
        if event.key not in self._SCROLLING:
            event.stop()
            self.dismiss()

"""What a new annotator sees once, before the first example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from tiebreak.tui.commands import Command, key_of
from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.text.render import Palette, letter, palette_of

if TYPE_CHECKING:
    from tiebreak.tui.screens.application import Application

# Commands of the review screen, and what their keys are for.
_KEYS = (
    (("next_unconfirmed",), "the next place where the models differ"),
    (("left", "right"), "take the left or the right model's reading of it"),
    (("neither",), "neither: no span here"),
    (("accept",), "accept the answer as it is shown, and go on"),
    (("undo",), "take back, as often as you like, also tomorrow"),
)


class IntroductionScreen(ClosesOnce[None]):
    """One page that fits the smallest terminal; any key ends it, and does nothing else."""

    DEFAULT_CSS = """
    IntroductionScreen { align: center middle; }
    IntroductionScreen > Static { width: 60; max-width: 100%; height: auto; }
    """
    AUTO_FOCUS = None

    def compose(self) -> ComposeResult:
        keymap = cast("Application", self.app).keymap
        yield Static(introduction(palette_of(self.app), keymap["review"]))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()


def introduction(palette: Palette, commands: Sequence[Command]) -> Text:
    """What an annotator sees, the five keys by the `commands` of the review, and where help is: 16 lines."""
    page = Text(" Tiebreak", "bold").append(": the models have read a text, you settle it\n", "not bold")
    page.append("   Uber hires Ada Lovelace in Paris\n", "not bold")
    for number, lane in enumerate((".ORG       ...PERSON...", ".ORG       ... PERSON      .GPE.")):
        stroke = lane.replace(".", palette.line(number))
        page.append(f" {letter(number)} {stroke}\n", palette.style(number))
    page.append("\n Each model has its lane under the text. What differs is\n", "not bold")
    page.append(" listed below; the answer starts as A's reading, or as what\n", "not bold")
    page.append(" earlier answers make likely, marked ? until you settle it.\n\n", "not bold")
    for names, what in _KEYS:
        keys = " ".join(key_of(commands, name) for name in names)
        page.append(f"{keys:>6}  ", "bold").append(f"{what}\n", "not bold")
    page.append(f"{key_of(commands, 'help'):>6}", "bold").append("  help      ", "not bold")
    page.append(key_of(commands, "quit"), "bold").append("  leave; everything is saved\n", "not bold")
    return page.append(" Any key begins.", "italic")

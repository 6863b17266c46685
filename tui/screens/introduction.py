"""What a new annotator sees once, before the first example."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.text.render import Palette, letter, palette_of

KEYS = (
    ("tab", "the next place where the models differ"),
    ("← →", "take the left or the right model's reading of it"),
    ("0", "neither: no span here"),
    ("a", "accept the answer as it is shown, and go on"),
    ("u", "take back, as often as you like, also tomorrow"),
)


class IntroductionScreen(ClosesOnce[None]):
    """One page that fits the smallest terminal; any key ends it, and does nothing else."""

    DEFAULT_CSS = """
    IntroductionScreen { align: center middle; }
    IntroductionScreen > Static { width: 60; max-width: 100%; height: auto; }
    """
    AUTO_FOCUS = None

    def compose(self) -> ComposeResult:
        yield Static(introduction(palette_of(self.app)))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()


def introduction(palette: Palette) -> Text:
    """What one sees, the five keys, and where help is: 16 lines of 60 cells at most."""
    page = Text(" Tiebreak", "bold").append(": the models have read a text, you settle it\n", "not bold")
    page.append("   Uber hires Ada Lovelace in Paris\n", "not bold")
    for number, lane in enumerate((".ORG       ...PERSON...", ".ORG       ... PERSON      .GPE.")):
        stroke = lane.replace(".", palette.line(number))
        page.append(f" {letter(number)} {stroke}\n", palette.style(number))
    page.append("\n Each model has its lane under the text. What differs is\n", "not bold")
    page.append(" listed below; the answer starts as A's reading, marked ?\n until you settle it.\n\n", "not bold")
    for key, what in KEYS:
        page.append(f"{key:>6}  ", "bold").append(f"{what}\n", "not bold")
    page.append("     ?", "bold").append("  help      ", "not bold")
    page.append("q", "bold").append("  leave; everything is saved\n", "not bold")
    return page.append(" Any key begins.", "italic")

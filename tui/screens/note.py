"""A line to write a note in."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tiebreak.tui.commands import NOTE, key_of, typing_bindings
from tiebreak.tui.screens.closing import ClosesOnce

LONGEST = 2000  # characters of a note


class NoteScreen(ModalScreen[str | None], ClosesOnce[str | None]):
    """Returns the note, "" to delete it, or None if the annotator gives it up."""

    DEFAULT_CSS = """
    NoteScreen { align: center bottom; background: $background 0%; }
    NoteScreen > Vertical { height: auto; background: $panel; padding: 0 1; }
    NoteScreen Input { height: 1; border: none; padding: 0; background: $surface; }
    NoteScreen Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*typing_bindings(NOTE)]

    def __init__(self, note: str) -> None:
        super().__init__()
        self._note = "".join(character for character in note if character.isprintable())

    def compose(self) -> ComposeResult:
        with Vertical():
            keys = f"  {key_of(NOTE, 'take')} saves it, {key_of(NOTE, 'back')} cancels, an empty note is deleted"
            yield Static(Text.assemble((" NOTE ", "bold reverse"), keys))
            field = Input(self._note, max_length=LONGEST, select_on_focus=False)
            field.cursor_blink = False
            yield field

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())

    def action_do(self, name: str, key: str) -> None:
        """Run the command `name`."""
        getattr(self, f"do_{name}")()

    def do_back(self) -> None:
        self.dismiss(None)

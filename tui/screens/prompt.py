"""One line to type in, at the bottom of the screen, over the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from tiebreak.tui.commands import FIND, LETTER, Command, key_of, typing_bindings
from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.text.render import visible
from tiebreak.tui.widgets.bars import TextBar

MOST_TYPED = 200  # characters; a longer paste is refused


class CountsKeys(Protocol):
    """A screen that counts the keys pressed on it."""

    keys_pressed: int


class TypedLine(Input):
    """An Input that counts each key on its screen, which must be a CountsKeys.

    Keys come in one queue, so that none overtakes another.
    """

    def on_key(self) -> None:
        cast(CountsKeys, self.screen).keys_pressed += 1


class PromptScreen(ModalScreen[str | None], ClosesOnce[str | None]):
    """Returns the line, or None if the annotator goes back. `keys_pressed` counts the keys."""

    DEFAULT_CSS = """
    PromptScreen { align: left bottom; background: transparent; }
    PromptScreen > TextBar { background: $panel; }
    PromptScreen > Input { background: $panel; }
    """
    COMMANDS_HERE: ClassVar[Sequence[Command]] = FIND
    BINDINGS: ClassVar[list[BindingType]] = [*typing_bindings(FIND)]
    AUTO_FOCUS = None

    def __init__(self, title: str, typed: str = "") -> None:
        super().__init__()
        self.title_bar = TextBar("prompt-title")
        self.input = TypedLine(typed, compact=True, max_length=MOST_TYPED)
        self.prompt_title = title
        self.keys_pressed = 0
        self._seen = typed

    def compose(self) -> ComposeResult:
        yield self.title_bar
        yield self.input

    def on_mount(self) -> None:
        self.input.cursor_blink = False
        self.set_focus(self.input)
        self.draw()

    def on_input_changed(self) -> None:
        self.see_typed()

    def see_typed(self) -> None:
        """Take in the letters typed by now."""
        if self.input.value != self._seen:
            self._seen = self.input.value
            self.changed(self._seen)
            self.draw()

    def on_input_submitted(self) -> None:
        self.see_typed()
        self.take()

    def changed(self, typed: str) -> None:
        """Take in another line; a prompt calls it at each key that changes the line."""

    def state(self) -> str:
        """Return a remark on the line, for the title."""
        return ""

    def draw(self) -> None:
        title = Text().append(f" {visible(self.prompt_title)} ", "bold reverse")
        self.title_bar.show(title.append(f"  {visible(self.state())}"))

    def take(self) -> None:
        """Take the line, and close."""
        self.dismiss(self.input.value)

    def key_of(self, name: str) -> str:
        """Return the key of a command, as a person reads it."""
        return key_of(self.COMMANDS_HERE, name)

    def action_do(self, name: str, key: str) -> None:
        """Run a command."""
        getattr(self, f"do_{name}")()

    def do_back(self) -> None:
        self.dismiss(None)


class FindScreen(PromptScreen):
    """Asks for text to find. `look` gets the line at each key, and returns what it found, in words."""

    def __init__(self, look: Callable[[str], str]) -> None:
        super().__init__(f"Find  ({key_of(FIND, 'take')} stays there, {key_of(FIND, 'back')} goes back)")
        self._look = look
        self._found = ""

    def changed(self, typed: str) -> None:
        self._found = self._look(typed)

    def state(self) -> str:
        return self._found


def no_word(letter: str) -> str:
    """Return the message if no word begins with `letter` there."""
    return f"no word there begins with {letter}"


class LetterScreen(PromptScreen):
    """Asks for one letter, and closes as soon as it is typed. `what` names the bound that moves."""

    COMMANDS_HERE = LETTER
    BINDINGS: ClassVar[list[BindingType]] = [*typing_bindings(LETTER)]

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} at the nearest word that begins with …  ({key_of(LETTER, 'back')} goes back)")

    def changed(self, typed: str) -> None:
        if typed:
            self.dismiss(typed[0])

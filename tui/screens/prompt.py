"""One line to type in, at the bottom of the screen, over what one looks at."""

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

MOST_TYPED = 200  # characters; a longer paste is not taken


class CountsKeys(Protocol):
    """A screen that counts the keys pressed on it."""

    keys_pressed: int


class TypedLine(Input):
    """An Input that tells its screen, one that CountsKeys, of each key.

    Keys are taken in one queue, so that none overtakes another.
    """

    def on_key(self) -> None:
        cast(CountsKeys, self.screen).keys_pressed += 1


class PromptScreen(ModalScreen[str | None], ClosesOnce[str | None]):
    """Gives back what was typed, or None where one went back. `keys_pressed` counts the keys."""

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
        """Take in what is typed by now."""
        if self.input.value != self._seen:
            self._seen = self.input.value
            self.changed(self._seen)
            self.draw()

    def on_input_submitted(self) -> None:
        self.see_typed()
        self.take()

    def changed(self, typed: str) -> None:
        """Called at each key that changes what is typed."""

    def state(self) -> str:
        """What is said of what is typed."""
        return ""

    def draw(self) -> None:
        title = Text().append(f" {visible(self.prompt_title)} ", "bold reverse")
        self.title_bar.show(title.append(f"  {visible(self.state())}"))

    def take(self) -> None:
        """Called when the line is to be taken."""
        self.dismiss(self.input.value)

    def key_of(self, name: str) -> str:
        """The key of the command `name`, as a person reads it."""
        return key_of(self.COMMANDS_HERE, name)

    def action_do(self, name: str, key: str) -> None:
        """Run the command `name`."""
        getattr(self, f"do_{name}")()

    def do_back(self) -> None:
        self.dismiss(None)


class FindScreen(PromptScreen):
    """Text to look for. `look` is told at each key what is typed, and says what it found."""

    def __init__(self, look: Callable[[str], str]) -> None:
        super().__init__(f"Find  ({key_of(FIND, 'take')} stays there, {key_of(FIND, 'back')} goes back)")
        self._look = look
        self._found = ""

    def changed(self, typed: str) -> None:
        self._found = self._look(typed)

    def state(self) -> str:
        return self._found


def no_word(letter: str) -> str:
    """What is said where no bound could be put at a word with `letter`."""
    return f"no word there begins with {letter}"


class LetterScreen(PromptScreen):
    """One letter, which is taken as soon as it is typed. `what` is to be put where."""

    COMMANDS_HERE = LETTER
    BINDINGS: ClassVar[list[BindingType]] = [*typing_bindings(LETTER)]

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} at the nearest word that begins with …  ({key_of(LETTER, 'back')} goes back)")

    def changed(self, typed: str) -> None:
        if typed:
            self.dismiss(typed[0])

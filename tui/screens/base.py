"""The base of all screens: bindings from commands, a footer, and a message if the terminal is too small."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingsMap

from tiebreak.core.errors import TiebreakError
from tiebreak.tui.commands import Command, bindings_of, footer_of, key_of
from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.text.labels import label_text, short_labels
from tiebreak.tui.text.render import Palette, palette_of, visible
from tiebreak.tui.ways_out import message_of
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.lines import set_height
from tiebreak.tui.widgets.text_view import TextView

if TYPE_CHECKING:
    from tiebreak.tui.screens.application import Application

MINIMUM = (60, 16)  # columns, rows
TALL = 24  # rows; from there on the labels may take two of them
PATIENCE = 0.4  # seconds; then a command under way says that it waits
WAITING = "waiting for the store, which another program is writing to…"
Result = TypeVar("Result")


class CommandScreen(ClosesOnce[Result]):
    """A screen whose keys are `commands`; each runs the method `do_NAME` of one of the `handlers`."""

    DEFAULT_CSS = """
    CommandScreen > #too-small { display: none; }
    CommandScreen.too-small > * { display: none; }
    CommandScreen.too-small > #too-small { display: block; height: 3; }
    CommandScreen > #header { background: $panel; }
    CommandScreen > #rule { color: $foreground; background: $panel; }
    CommandScreen > #answer { height: 2; }
    CommandScreen > #message.long { height: 2; }
    CommandScreen > #footer { background: $panel; }
    CommandScreen.low > #answer { height: 1; }
    CommandScreen.high > #answer { height: 4; }
    """
    COMMANDS_HERE: ClassVar[Sequence[Command]] = ()
    GIVES_ANSWERS: ClassVar[bool] = False  # whether keys answer the example here
    KEYMAP_NAME: ClassVar[str] = ""  # the name of these commands in the keymap
    AUTO_FOCUS = None

    def __init__(self) -> None:
        super().__init__()
        self.commands: Sequence[Command] = self.COMMANDS_HERE
        self._take_keys(getattr(self.app, "keymap", {}))
        self.keys_pressed = 0
        self.said = False
        self.header = TextBar("header")
        self.text_view = TextView()
        self.answer = TextBar("answer")
        self.labels = TextBar("labels")
        self._labels_shown_for: tuple[object, ...] = ()
        self.message = TextBar("message")
        self.footer = TextBar("footer")
        self.too_small = TextBar("too-small")

    @property
    def lower_bars(self) -> tuple[TextBar, ...]:
        return self.answer, self.labels, self.message, self.footer, self.too_small

    @property
    def handlers(self) -> Sequence[object]:
        """The objects whose methods `do_NAME` run the commands; the first that has one runs it."""
        return (self,)

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal has no room for the screen."""
        return self.has_class("too-small")

    @property
    def palette(self) -> Palette:
        return palette_of(self.app)

    @property
    def tiebreak(self) -> Application:
        return cast("Application", self.app)

    def _take_keys(self, keymap: Mapping[str, Sequence[Command]]) -> None:
        """Bind the commands to the annotator's keys."""
        chosen = keymap.get(self.KEYMAP_NAME, self.COMMANDS_HERE)
        if chosen is not self.COMMANDS_HERE:
            self.commands = chosen
            own = {binding.id for binding in bindings_of(self.COMMANDS_HERE)}
            others = [binding for _, binding in self._bindings if binding.id not in own]
            self._bindings = BindingsMap([*others, *bindings_of(chosen)])

    def key_of(self, name: str) -> str:
        """Return the key of a command, as a person reads it."""
        return key_of(self.commands, name)

    def redraw(self) -> None:
        """Draw everything again, in the colours of a new theme."""
        self.draw()
        for widget in self.query("*"):
            widget.refresh()
        self.refresh()

    def lay_out_again(self) -> None:
        """Draw everything again, with other widths of signs."""
        self.text_view.lay_out_again()
        self.redraw()

    def draw(self) -> None:
        """Draw the screen again."""

    def keep(self) -> None:
        """Hand unsaved work to the review screen, because the app has ended."""

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.set_class(width < MINIMUM[0] or height < MINIMUM[1], "too-small")
        self.set_class(height < 20, "low")
        self.set_class(height >= 40, "high")
        least = f"{MINIMUM[0]}x{MINIMUM[1]}"
        self.fit()
        leave = self.key_of("quit") if any(command.name == "quit" for command in self.commands) else "ctrl+c"
        self.too_small.show(
            Text(f"The terminal is {width}x{height}; Tiebreak needs {least}. Make it larger, or {leave}.")
        )

    @property
    def side_width(self) -> int:
        """Cells that a panel beside the bars takes from them."""
        return 0

    @property
    def answer_cells(self) -> int:
        """The cells that the answer's spans have for sure: without the heading, and without the blanks of wrapping."""
        width, height = self.answer.size
        return width * height - 10 * (height - 1) - 12

    @property
    def bar_width(self) -> int:
        """Cells of a bar."""
        return self.app.size.width - self.side_width

    def fit(self) -> None:
        """Fit the bars to the width of the terminal."""
        self.draw_footer()

    @property
    def switches(self) -> Sequence[tuple[str, Callable[[], None]]]:
        """The switches that only the palette offers: their words, and the function that switches."""
        return ()

    def draw_footer(self) -> None:
        """Show the keys of the commands that make sense now."""
        refused = self.refused
        commands = [command for command in self.commands if command.name not in refused] if refused else self.commands
        self.footer.show(footer_text(commands, self.bar_width))

    @property
    def refused(self) -> Mapping[str, str]:
        """The commands that make no sense now, each with what the screen says instead."""
        return {}

    def short_labels(self, labels: Sequence[str]) -> dict[str, str]:
        """Return the short names of labels, for all places of this screen that cut them."""
        return short_labels(labels, self.app.size.width)

    def show_labels(self, labels: Sequence[str], others: str, most: int = 2) -> None:
        """Show the digits of `labels` in up to `most` rows; `others` is the key for labels without a digit."""
        rows = most if self.app.size.height >= TALL else 1
        shown_for = (tuple(labels), self.app.size.width, self.bar_width, others, rows)
        if shown_for != self._labels_shown_for or not self.labels.plain:
            self._labels_shown_for = shown_for
            text = label_text(labels, self.short_labels(labels), self.bar_width, others, rows)
            set_height(self.labels, 1 + text.plain.count("\n"))
            self.labels.show(text)

    def say(self, message: str, *, error: bool = False) -> None:
        """Show a message in one line, or in two if it is long; "" clears it."""
        self.said = True
        self.message.set_class(cell_len(visible(message)) > self.bar_width, "long")
        self.message.show(Text(visible(message), Style(color=self.palette.error, bold=True) if error else "italic"))

    def complain(self, error: TiebreakError) -> None:
        """Show an error, and what to do about it."""
        self.say(message_of(error, self.key_of), error=True)

    async def action_do(self, name: str, key: str) -> None:
        """Run a command, for which `key` stands; show an error of Tiebreak as a message."""
        if self.is_too_small and name != "quit":
            return
        self.keys_pressed += 1
        self.said = False
        began = time.monotonic()
        waiting = asyncio.get_running_loop().call_later(PATIENCE, self.say, WAITING)
        try:
            method = self._method_of(name)
            outcome = method(key) if name == "label" else method()
            if inspect.isawaitable(outcome):
                await outcome
            if not self.said or self.message.plain == WAITING:
                self.say("")
        except TiebreakError as error:
            self.complain(error)
        finally:
            waiting.cancel()
            if time.monotonic() > began + PATIENCE:  # the keys typed meanwhile were for the example that has gone
                self.tiebreak.deaf_for(0)

    def _method_of(self, name: str) -> Callable[..., object]:
        method = next((each for handler in self.handlers if (each := getattr(handler, f"do_{name}", None))), None)
        if method is None:
            raise NotImplementedError(f"no handler of {type(self).__name__} has a method do_{name}")
        return cast("Callable[..., object]", method)

    def do_help(self) -> None:
        from tiebreak.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.commands))


def footer_text(commands: Sequence[Command], width: int) -> Text:
    """Return the keys that fit in `width` cells, the most needed first.

    The last two, help and quit as a rule, are never left out.
    """
    entries = footer_of(commands)
    while sum(cell_len(f" {keys} {word} ") for keys, word in entries) > width and len(entries) > 3:
        del entries[-3]
    footer = Text()
    for keys, word in entries:
        footer.append(f" {keys}", "bold").append(f" {word} ")
    return footer

"""The Textual app around the review screen."""

from __future__ import annotations

import asyncio
import math
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Size
from textual.screen import Screen
from textual.theme import Theme

from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.lookups import Lookups
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.tui import terminal_input
from tiebreak.tui.jobs import Jobs
from tiebreak.tui.keymap import PLACES, Keymap
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.palette import CommandProvider, TiebreakCommandPalette
from tiebreak.tui.text import cell_widths
from tiebreak.tui.text.render import Palette
from tiebreak.tui.themes import DARK_SCREEN, Appearance, looks

if TYPE_CHECKING:
    from textual.driver import Driver

    from tiebreak.tui.engine_process import Started
    from tiebreak.tui.learner_process import LearnerProcess


LARGEST = Size(1000, 500)  # cells that are drawn at most: a remote terminal can claim any size
_MOST_PASTED = 200  # characters of a paste that the palette takes: it searches for its whole text at each key


def _bounded(size: Size) -> Size:
    return Size(min(size.width, LARGEST.width), min(size.height, LARGEST.height))


class TiebreakApp(App[None]):
    """Reviews the queue of a session, `first` first, and shows `notice` at the start.

    `introduce` shows the introduction first; the store then remembers that this annotator has seen it. `started` is
    the engine that this review has started, if it has. `learner` keeps a learner at work on the store. With
    `lanes_of_focus` the lanes show only the focused difference. `clock` returns seconds; by them the review screen
    decides whether the annotator can have seen an example.
    """

    TITLE = "Tiebreak"
    COMMANDS: ClassVar = {CommandProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "suspend", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Screen { layers: base; }
    """
    CSS = """
    App:ansi, Screen:ansi { background: $background; color: $foreground; }
    """

    def __init__(
        self,
        session: ReviewSession,
        first: AnyReview | None,
        notice: str = "",
        *,
        introduce: bool = False,
        started: Started | None = None,
        learner: LearnerProcess | None = None,
        appearance: Appearance = DARK_SCREEN,
        keymap: Keymap = PLACES,
        lanes_of_focus: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.looks = looks(sixteen_colours=appearance.sixteen_colours)
        super().__init__()
        self.set_reactive(App.theme, appearance.theme)
        self.stylesheet.set_variables(self.get_css_variables())
        self.keymap = keymap
        self.session = session
        self.first = first
        self.notice = notice
        self.introduce = introduce
        self.lanes_of_focus = lanes_of_focus
        self.started = started
        self.learner = learner
        self.jobs = Jobs()
        self.lookups = Lookups(session.store.path, session.portion)
        self.clock = clock
        self.key_read = ""  # the last key, as it came from the terminal
        self.key_read_at = 0.0  # seconds by `clock`, when that key came
        self.escape_read_at = -math.inf  # the same for the last escape that came while the review screen was on top
        self.deaf_until = 0.0  # seconds by time.monotonic; keys typed before that are ignored
        self._open_screens: Sequence[Screen[object]] = ()  # the screens that were open when the app ended
        terminal_input.install()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Tiebreak's themes alone: Textual's own have no palette."""
        return {name: look.theme for name, look in self.looks.items()}

    def get_theme(self, theme_name: str) -> Theme | None:
        return (self.looks.get(theme_name) or self.looks["dark"]).theme

    @property
    def palette(self) -> Palette:
        return self.looks[self.theme].palette

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the theme's filters, without Textual's for NO_COLOR: the choice of the theme has heeded it already."""
        filters = [each for each in super().get_line_filters() if isinstance(each, ANSIToTruecolor)]
        return [*self.looks[self.theme].filters, *filters]

    def watch_theme(self) -> None:
        """Redraw every screen: texts hold colours, too."""
        for screen in self.screen_stack:
            if isinstance(screen, CommandScreen):
                self.call_later(screen.redraw)

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        if sys.platform != "win32":
            from textual.drivers.linux_driver import LinuxDriver

            from tiebreak.tui.driver import TiebreakDriver

            if chosen is LinuxDriver:
                return TiebreakDriver
        return chosen

    @property
    def size(self) -> Size:
        return _bounded(super().size)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent) and (self._exit or not self._screen_stack):
            return  # typed while the app ends: its screens are gone
        if isinstance(event, events.Resize) and event.size != (size := _bounded(event.size)):
            event = events.Resize(size, size)
        if isinstance(
            event, events.Key | events.Paste | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp
        ):
            self.session.pressed()
        if isinstance(event, events.Key) and event.time < self.deaf_until and not self._leaves(event.key):
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.key_read = event.key
            self.key_read_at = self.clock() - (time.monotonic() - event.time)
            if event.key == "escape" and getattr(self.screen, "GIVES_ANSWERS", False):
                self.escape_read_at = self.key_read_at
        if isinstance(event, events.Paste) and any(
            isinstance(screen, TiebreakCommandPalette) for screen in self._screen_stack
        ):
            event.text = event.text[:_MOST_PASTED]
        await super().on_event(event)

    def deaf_for(self, seconds: float) -> None:
        """Ignore the keys typed so far and in the next `seconds`, except those that leave."""
        self.deaf_until = max(self.deaf_until, time.monotonic() + seconds)

    def _leaves(self, key: str) -> bool:
        review = self.keymap["review"]
        return key == "ctrl+c" or any(key in command.keys for command in review if command.name == "quit")

    def on_load(self) -> None:
        self.lookups.open()

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """Take the terminal's answer to the probe of widths, and lay out every screen again if it changes a width."""
        if cell_widths.learn_widths(event.x) and self._screen_stack:
            for screen in self.screen_stack:
                if isinstance(screen, CommandScreen):
                    screen.lay_out_again()

    def on_mount(self) -> None:
        """Leave as `q` does when a signal ends the program; redraw everything when it continues after a stop."""
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            if hasattr(signal, name):
                with suppress(NotImplementedError, RuntimeError):  # on Windows, and off the main thread
                    asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.exit)
        if self.introduce:
            from tiebreak.tui.screens.introduction import IntroductionScreen

            self.push_screen(IntroductionScreen(self.session), self._introduced)
            self.introduce = False

    async def _introduced(self, _: None) -> None:
        """Have the store remember that the introduction was read, and begin to time the first example."""
        self.session.pace.begin()
        for screen in self.screen_stack:
            if not isinstance(screen, ReviewScreen):
                continue
            screen.begin_again()
        with suppress(TiebreakError):  # then the next review shows it again
            await self.jobs.run(mark_introduced, self.session.store, self.session.annotator)

    def see_to_learner(self) -> None:
        """Start a learner beside this review if none is at work; call this now and then. Nothing waits for it."""
        if self.learner is not None and self.session.uses_learner:
            work: Callable[[], Any] = partial(self._start_missing, self.learner)
            self.run_worker(work, exit_on_error=False)

    async def _start_missing(self, learner: LearnerProcess) -> None:
        if await self.jobs.run(learner.is_missing, self.session.store):
            await self.jobs.beside(learner.start)

    def get_default_screen(self) -> ReviewScreen:
        if self.session.places is not None:
            from tiebreak.core.review.by_place import PlaceSession
            from tiebreak.tui.review.by_place import PlaceScreen

            assert isinstance(self.session, PlaceSession)
            return PlaceScreen(self.session, self.first, self.notice)
        return ReviewScreen(self.session, self.first, self.notice)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, TiebreakCommandPalette):
            self.push_screen(TiebreakCommandPalette(id="--command-palette"))

    def action_suspend_process(self) -> None:
        """Go to the background, unless the annotator is confined to the review."""
        if not self.session.options.confined:
            super().action_suspend_process()

    def ask_to_leave(self) -> None:
        """Leave as `q` does in the review."""
        for screen in self.screen_stack:
            if isinstance(screen, ReviewScreen):
                screen.engine.do_quit()

    async def _shutdown(self) -> None:
        self._open_screens = tuple(self.screen_stack) if self._screen_stack else ()
        await super()._shutdown()

    def on_unmount(self) -> None:
        self.jobs.close()
        self.lookups.close()

    @property
    def failure(self) -> BaseException | None:
        """The error in Tiebreak that ended the app; the command line reports it."""
        return self._exception

    def _fatal_error(self) -> None:
        """End the app without Textual's traceback in the terminal; see `failure`."""
        self._close_messages_no_wait()

    def leave(self) -> None:
        """Keep the unanswered example on screen for the next start; call this when the app has ended.

        Raises StoreError if the store cannot be written.
        """
        review = self.first
        for screen in reversed(self._open_screens):
            if isinstance(screen, CommandScreen):
                screen.keep()
            if isinstance(screen, ReviewScreen):
                review = screen.review
        self.session.leave(review)

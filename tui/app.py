"""The Textual app around the review screen."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider

from tiebreak.core.errors import TiebreakError
from tiebreak.core.review import Review
from tiebreak.core.session import ReviewSession
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.tui import terminal_input
from tiebreak.tui.jobs import Jobs
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.review import ReviewScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tiebreak.tui.commands import Command


class CommandProvider(Provider):
    """The palette's view of the commands of the screen below it."""

    def _commands(self) -> Iterator[Command]:
        if isinstance(self.screen, CommandScreen):
            yield from self.screen.COMMANDS_HERE

    def _run(self, command: Command) -> Callable[[], None]:
        def run() -> None:
            self.screen.call_later(self.screen.run_action, f"do('{command.name}', '{command.keys[0]}')")

        return run

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(f"{command.help} ({command.key_display})", self._run(command))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            title = f"{command.help} ({command.key_display})"
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), self._run(command))


class TiebreakApp(App[None]):
    """Reviews the queue of a session, `first` first; `notice` is said at the start.

    `introduce` shows the introduction first, and has the store remember that it was shown.
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

    def __init__(
        self, session: ReviewSession, first: Review | None, notice: str = "", *, introduce: bool = False
    ) -> None:
        super().__init__()
        self.session = session
        self.first = first
        self.notice = notice
        self.introduce = introduce
        self.jobs = Jobs()
        self.deaf_until = 0.0  # keys typed before this moment (of time.monotonic) are passed over
        terminal_input.install()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.time < self.deaf_until and event.key not in ("q", "ctrl+c"):
            return
        await super().on_event(event)

    def deaf_for(self, seconds: float) -> None:
        """Pass over the keys that were typed so far, and those of the next `seconds`: q and ctrl+c always count."""
        self.deaf_until = max(self.deaf_until, time.monotonic() + seconds)

    def on_mount(self) -> None:
        """Leave as `q` does when the program or the terminal is ended: the terminal is restored."""
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                with suppress(NotImplementedError, RuntimeError):  # not on Windows, nor off the main thread
                    asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.exit)
        if self.introduce:
            from tiebreak.tui.screens.introduction import IntroductionScreen

            self.push_screen(IntroductionScreen(), self._introduced)

    async def _introduced(self, _: None) -> None:
        """The introduction was read: it comes no more, and the time on the first example begins."""
        self.session.begin()
        screen = self.screen
        if isinstance(screen, ReviewScreen):
            screen.shown_at = time.monotonic()
            screen.keys_pressed = 0
        with suppress(TiebreakError):  # shown once more, then
            await self.jobs.run(mark_introduced, self.session.store, self.session.annotator)

    def get_default_screen(self) -> ReviewScreen:
        return ReviewScreen(self.session, self.first, self.notice)

    def on_unmount(self) -> None:
        self.jobs.close()

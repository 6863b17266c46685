"""The engine screen: the work of the engines, its results, and the commands to the engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.lookups import EngineOverview
from tiebreak.core.store.engines import Engine, ask_engine, ask_retry
from tiebreak.tui.commands import ENGINE, bindings_of
from tiebreak.tui.pages.engine_page import EnginePage
from tiebreak.tui.screens.page import PageScreen
from tiebreak.tui.text.render import visible

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store

REFRESH_SECONDS = 1.0
NONE_AT_WORK = "no engine is at work"
BEGINS = "the engine begins"


class EngineScreen(PageScreen):
    """Shows each engine, each run and each failure, and reads them again every second."""

    COMMANDS_HERE = ENGINE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(ENGINE)]

    def __init__(self, store: Store, *, blind: bool) -> None:
        super().__init__(Text(" ENGINE ", "bold reverse"), "")
        self._store = store
        self._blind = blind
        self._reading = False
        self._stop_named = False  # S was pressed once, and no other key since
        self.overview: EngineOverview | None = None

    def compose(self) -> ComposeResult:
        yield from (self.header, self.page, self.message, self.footer, self.too_small)

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(REFRESH_SECONDS, self.refresh_overview)
        self.call_after_refresh(self.refresh_overview)

    async def refresh_overview(self) -> None:
        """Read the state of the engines."""
        if self._reading:
            return
        self._reading = True
        try:
            self.overview = await self.tiebreak.jobs.beside(self.tiebreak.lookups.engine_overview)
        except TiebreakError as error:
            self.complain(error)
            return
        finally:
            self._reading = False
        if self.is_attached:
            self.draw()

    def draw(self) -> None:
        if self.overview is None:
            return
        started = self.tiebreak.started
        error = "" if started is None else started.error
        if error and self._blind:
            error = "with an error, which is shown once you have left"
        page = EnginePage(
            self.overview, self.palette, str(self._store.path), error, begins=self._begins, blind=self._blind
        )
        self.page.show(page, scrolled=True)
        count = len(self.overview.engines)
        words = f"{count} engine{'s' * (count > 1)} at work" if count else self._none_at_work
        self.header.show(Text.assemble((" ENGINE ", "bold reverse"), f" {words}"))

    @property
    def _begins(self) -> bool:
        """Whether the engine that this review started is about to be at work, and not in the store yet."""
        started = self.tiebreak.started
        if started is None or self.overview is None:
            return False
        started.look_among(self.overview.engines)
        return started.begins and all(engine.pid != started.process.pid for engine in self.overview.engines)

    @property
    def _none_at_work(self) -> str:
        return BEGINS if self._begins else NONE_AT_WORK

    async def action_do(self, name: str, key: str) -> None:
        self._stop_named = self._stop_named and name == "stop"
        await super().action_do(name, key)

    async def _engines(self) -> Sequence[Engine]:
        """Return the engines at work now."""
        self.overview = await self.tiebreak.jobs.beside(self.tiebreak.lookups.engine_overview)
        return self.overview.engines

    async def do_pause(self) -> None:
        engines = await self._engines()
        if not engines:
            self.say(f"{BEGINS}; it can be paused once it is at work" if self._begins else NONE_AT_WORK)
            return
        pausing = any(engine.wanted == "run" for engine in engines)
        for engine in engines:
            await self.tiebreak.jobs.run(ask_engine, self._store, engine.id, "pause" if pausing else "run")
        self.say(f"paused; {self.key_of('pause')} resumes it" if pausing else "resumed")
        await self.refresh_overview()

    async def do_retry(self) -> None:
        if not await self._engines():
            self.say(f"{self._none_at_work}; {'it' if self._begins else 'the next one'} tries failed texts again")
            return
        count = await self.tiebreak.jobs.run(ask_retry, self._store)
        tried = f"{count:,} that failed {'is' if count == 1 else 'are'} tried again"
        self.say(tried if count else "nothing to do: every failed text is already being tried again")

    async def do_stop(self) -> None:
        engines = await self._engines()
        started, begins = self.tiebreak.started, self._begins
        if not (engines or begins):
            self.say(NONE_AT_WORK)
        elif not self._stop_named:
            self._stop_named = True
            self.say(f"{self.key_of('stop')} again stops it: it finishes the calls in flight, the rest stays pending")
        else:
            self._stop_named = False
            if started is not None and begins:
                started.stop()
            for engine in engines:
                if started is not None and engine.pid == started.process.pid:
                    started.stop_asked = True
                await self.tiebreak.jobs.run(ask_engine, self._store, engine.id, "stop")
            self.say("stopping: it finishes the calls in flight" if engines else "stopping: it has sent nothing yet")
            await self.refresh_overview()

    @property
    def plain(self) -> str:
        """All that is on the page, in one line."""
        return visible(" ".join(self.page.plain.split()))

"""The commands that have to do with the engine, and leaving while it is at work."""

from __future__ import annotations

from tiebreak.core.errors import TiebreakError
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store.engines import Engine, ask_engine
from tiebreak.tui.pages.engine_text import in_all, work_of
from tiebreak.tui.pages.nothing_left import nothing_left_text, situation
from tiebreak.tui.review.base import ReviewBase
from tiebreak.tui.text.render import shorten


class EngineCommands(ReviewBase):
    """The engine screen; what an engine that this review started says at its end; and what is asked before leaving."""

    _error_told = ""

    def do_engine(self) -> None:
        from tiebreak.tui.screens.engine import EngineScreen

        self.app.push_screen(EngineScreen(self.session.store, blind=self.session.options.blind))

    def do_quit(self) -> None:
        """Leave; where the engine that this review started is at work, ask what it is to do."""
        started = self.tiebreak.started
        if started is None or not started.is_running or started.stop_asked or self.has_class("too-small"):
            self.app.exit()
            return
        from tiebreak.tui.screens.leaving import LeaveScreen

        async def decided(decision: str | None) -> None:
            if decision is None:
                return
            try:
                if decision == "stop":
                    await self._stop()
            except TiebreakError as error:
                self.complain(error)
                return
            self.app.exit()

        self.app.push_screen(
            LeaveScreen(self.work_in_short or ("it begins" if self.engine_begins else "it ends")), decided
        )

    async def _stop(self) -> None:
        """Have the engine that this review started stop, by the store where it has made itself known there."""
        started = self.tiebreak.started
        assert started is not None
        own = [engine for engine in self._engines if engine.pid == started.process.pid]
        for engine in own:
            await self.tiebreak.jobs.run(ask_engine, self.session.store, engine.id, "stop")
        started.stop_asked = True
        if not own:
            started.stop()

    @property
    def _engines(self) -> tuple[Engine, ...]:
        return () if self.progress is None else self.progress.engines

    @property
    def work_in_short(self) -> str:
        """What the engines are at: `llm 412 of 2,000`, with all as one where names are hidden."""
        works = [work for work in work_of(self._engines) if not work.is_over]
        if works and self.session.options.blind:
            works = [in_all(works, "")]
        return " · ".join(f"{shorten(work.name, 24)} {work.done:,} of {work.pending:,}".strip() for work in works)

    @property
    def trouble(self) -> str:
        """What the status line says of the engine that this review started, where it ended with an error."""
        started = self.tiebreak.started
        return f"the engine ended: {self.key_of('engine')}" if started is not None and started.error else ""

    @property
    def engine_begins(self) -> bool:
        """Whether the engine that this review started is about to be at work."""
        started = self.tiebreak.started
        if started is not None:
            started.look_among(self._engines)
        return started is not None and started.begins

    def tell_error(self) -> None:
        """Say once why the engine that this review started has ended, where that was an error."""
        started = self.tiebreak.started
        error = "" if started is None else started.error
        if error and error != self._error_told:
            self._error_told = error
            hidden = "it ended with an error, which is told once you have left"  # it may name a model
            self.say(f"the engine: {hidden if self.session.options.blind else error}", error=True)

    @property
    def nothing_left(self) -> str:
        """Why no example is on screen: while an engine is at work, how far it is."""
        nothing = self.session.nothing_left
        if not (work := self.work_in_short or ("The engine begins" if self.engine_begins else "")):
            return nothing_left_text(nothing, self.session.store.path, self.key_of)
        which = f"the {'next' if self.session.done else 'first'} disagreement"
        if self.session.queue != DISAGREEING:
            which = "what is found then"
        leaves = f"{self.key_of('quit')} leaves"
        confined = self.session.options.confined
        keys = leaves if confined else f"{self.key_of('engine')} shows how the engine does, {leaves}"
        return f"{situation(nothing)}\n\n  {work}; {which} shows here.\n\n{keys}"

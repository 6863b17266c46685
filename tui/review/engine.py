"""The engine beside the review: its screen, its state in a few words, and leaving while it is at work."""

from __future__ import annotations

from tiebreak.core.errors import TiebreakError
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store.engines import Engine, ask_engine
from tiebreak.tui.pages.engine_text import activities_of, in_all
from tiebreak.tui.pages.nothing_left import nothing_left_text, situation
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.render import shorten


class EngineWatch(Controller):
    """Watches the engines at work on the store, above all the engine of this review."""

    def __init__(self, view: ReviewView) -> None:
        super().__init__(view)
        self._error_shown = ""

    def do_engine(self) -> None:
        from tiebreak.tui.screens.engine import EngineScreen

        session = self.view.session
        self.view.app.push_screen(EngineScreen(session.store, blind=session.options.blind))

    def do_quit(self) -> None:
        """Leave; if the engine that this review started is at work, ask what is to happen to it."""
        view = self.view
        started = view.tiebreak.started
        if started is None or not started.is_running or started.stop_asked or view.is_too_small:
            view.app.exit()
            return
        from tiebreak.tui.screens.leaving import LeaveScreen

        async def decided(decision: str | None) -> None:
            if decision is None:
                return
            try:
                if decision == "stop":
                    await self._stop()
            except TiebreakError as error:
                view.complain(error)
                return
            view.app.exit()

        work = self.work_in_short or ("it begins" if self.begins else "it ends")
        view.app.push_screen(LeaveScreen(work), decided)

    async def _stop(self) -> None:
        """Stop the engine that this review started: by the store once it is listed there, else by a signal."""
        started = self.view.tiebreak.started
        assert started is not None
        own = [engine for engine in self._engines if engine.pid == started.process.pid]
        for engine in own:
            await self.view.tiebreak.jobs.run(ask_engine, self.view.session.store, engine.id, "stop")
        started.stop_asked = True
        if not own:
            started.stop()

    @property
    def _engines(self) -> tuple[Engine, ...]:
        return () if self.view.progress is None else self.view.progress.engines

    @property
    def work_in_short(self) -> str:
        """The work of each engine, `llm 412 of 2,000`; in a blind sitting all of it as one."""
        works = [work for work in activities_of(self._engines) if not work.is_over]
        if works and self.view.session.options.blind:
            works = [in_all(works, "")]
        return " · ".join(f"{shorten(work.name, 24)} {work.done:,} of {work.pending:,}".strip() for work in works)

    @property
    def trouble(self) -> str:
        """Words for the status line if the engine that this review started has failed, else ""."""
        started = self.view.tiebreak.started
        return f"the engine ended: {self.view.key_of('engine')}" if started is not None and started.error else ""

    @property
    def begins(self) -> bool:
        """Whether the engine that this review started is about to be at work."""
        started = self.view.tiebreak.started
        if started is not None:
            started.look_among(self._engines)
        return started is not None and started.begins

    def show_error(self) -> None:
        """Show once why the engine that this review started has failed."""
        started = self.view.tiebreak.started
        error = "" if started is None else started.error
        if error and error != self._error_shown:
            self._error_shown = error
            hidden = "it ended with an error, which is shown once you have left"  # it may name a model
            self.view.say(f"the engine: {hidden if self.view.session.options.blind else error}", error=True)

    @property
    def nothing_left(self) -> str:
        """The page shown while no example is on screen: why, and how the engines do."""
        session, key_of = self.view.session, self.view.key_of
        nothing = session.nothing_left
        if not (work := self.work_in_short or ("The engine begins" if self.begins else "")):
            return nothing_left_text(nothing, session.store.path, key_of)
        which = f"the {'next' if session.done else 'first'} disagreement"
        if session.queue != DISAGREEING:
            which = "what is found then"
        leaves = f"{key_of('quit')} leaves"
        keys = leaves if session.options.confined else f"{key_of('engine')} shows how the engine does, {leaves}"
        return f"{situation(nothing)}\n\n  {work}; {which} shows here.\n\n{keys}"

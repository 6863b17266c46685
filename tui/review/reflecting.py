"""The command that shows what the sitting has taught, which also comes by itself when its time is over."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.selection.filter import QueueFilter
from tiebreak.tui.review.view import Controller, ReviewView

NUDGE_DEAF = 0.5  # seconds after the nudge in which keys, meant for the next example, are passed over


class Reflecting(Controller):
    """Shows the reflection. `go_through` opens the examples that it names."""

    def __init__(self, view: ReviewView, go_through: Callable[[QueueFilter], None]) -> None:
        super().__init__(view)
        self._go_through = go_through
        self._nudged = False

    async def do_reflect(self) -> None:
        await self._reflect()

    async def nudge(self) -> None:
        """Show the reflection once when the time of the sitting is over."""
        to_go = self.view.session.pace.seconds_to_go()
        if to_go is None or to_go > 0 or self._nudged:
            return
        self._nudged = True
        await self._reflect("the time is up; here is what it taught")
        self.view.tiebreak.deaf_for(NUDGE_DEAF)

    async def _reflect(self, why: str = "") -> None:
        from tiebreak.core.insight.estimates import make_estimates
        from tiebreak.core.insight.learned import learned_alike
        from tiebreak.core.insight.reflection import reflect
        from tiebreak.core.insight.report import make_report
        from tiebreak.tui.screens.reflection import ReflectionScreen

        session, run = self.view.session, self.view.tiebreak.jobs.run
        store, blind = session.store, session.options.blind
        left = None if self.view.progress is None else self.view.progress.remaining
        report = await run(make_report, store, session=session.id, annotator=session.annotator, left=left)
        estimates = await run(make_estimates, store)
        learned = await run(learned_alike, store, with_open=False) if session.options.shows_learned else None
        reflection = None if blind or session.options.adjudicate else await run(reflect, store)
        self.view.app.push_screen(
            ReflectionScreen(report, estimates, learned, reflection, self._go_through, blind=blind, why=why)
        )

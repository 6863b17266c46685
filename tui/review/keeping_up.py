"""Keeping up with other processes: new counts, the first example when there was none, another order."""

from __future__ import annotations

from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.lookups import QueueProgress
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.review.counting import Counting
from tiebreak.tui.review.engine import EngineWatch
from tiebreak.tui.review.filtering import Filtering
from tiebreak.tui.review.news import News
from tiebreak.tui.review.view import Controller, ReviewView

REFRESH_SECONDS = 2.0  # between two looks at the store
WAITING_SECONDS = 0.5  # the same while nothing is on screen


class KeepingUp(Controller):
    """Looks at the store now and then, and has the screen show what changed."""

    def __init__(
        self, view: ReviewView, counting: Counting, finding: Filtering, news: News, engine: EngineWatch
    ) -> None:
        super().__init__(view)
        self._counting = counting
        self._finding = finding
        self._news = news
        self._engine = engine
        self._is_looking = False

    async def look_for_more(self) -> None:
        """Look at the store if nothing is on screen."""
        if self.view.review is None:
            await self.look()

    async def look(self) -> None:
        """Take in the changes of other processes: counts, the first example, another order."""
        if self._is_looking:
            return
        self._is_looking = True
        view, session = self.view, self.view.session
        order, whole, before = session.order, session.whole, view.progress
        try:
            following = await self._read()
        except TiebreakError as error:
            view.complain(error)
            return
        finally:
            self._is_looking = False
        self._show_changes(before, following)
        if session.whole != whole or session.order is not order:
            self._finding.show_queue()
        if news := self._news.of_order(order, whole):
            view.say(news)
        view.draw_header()
        self._engine.show_error()
        view.tiebreak.see_to_learner()

    def _show_changes(self, before: QueueProgress | None, following: AnyReview | None) -> None:
        """Show the next example if nothing is on screen still; else the queue, if its counts are no longer `before`."""
        view, after = self.view, self.view.progress
        if view.review is None and following is not None:
            view.open(following)
        elif view.review is None:
            view.draw()
        elif (
            before is not None
            and after is not None
            and (before.remaining, before.runs) != (after.remaining, after.runs)
        ):
            self._finding.show_queue()

    async def _read(self) -> AnyReview | None:
        """Count the store; return the next example if the screen needs it and there may be one."""
        view, session, app = self.view, self.view.session, self.view.tiebreak
        if await app.jobs.run(session.keep_up):
            app.lookups.portion = session.portion
        view.progress = await self._counting.count()
        return await app.jobs.run(session.next) if self._may_follow else None

    @property
    def _may_follow(self) -> bool:
        """Whether nothing is on screen, and the store may have an example by now, or another reason why not."""
        view, session = self.view, self.view.session
        if view.review is not None or view.progress is None:
            return False
        if session.nothing_left.elsewhere:  # other annotators have them open; they may be answered or free by now
            return True
        return bool(view.progress.remaining or (view.progress.engines and session.queue.only_status))

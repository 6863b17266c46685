"""The counts of the store on the review screen, brought up to date while other processes work on it."""

from __future__ import annotations

from dataclasses import replace

from tiebreak.core.queue.lookups import QueueProgress
from tiebreak.tui.review.view import Controller


class Counting(Controller):
    """Counts what is left in the queue, and the runs."""

    async def count(self) -> QueueProgress:
        """Return what the store holds now."""
        session, app = self.view.session, self.view.tiebreak
        progress = await app.jobs.beside(app.lookups.progress, session.queue)
        stays = session.queue.wants_answered and not session.options.adjudicate  # an answered example is found again
        settled = session.settled if stays else 0
        return replace(progress, remaining=max(0, progress.remaining - settled))

    def adjust(self, change: int) -> None:
        """Keep the number of examples left true between two counts."""
        if self.view.progress is not None:
            self.view.progress = replace(self.view.progress, remaining=max(0, self.view.progress.remaining + change))

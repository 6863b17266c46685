"""When a text is marked in the text itself, on a screen above the review: while no model has read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.review.answering import Answering
from tiebreak.tui.review.view import Controller, ReviewView

if TYPE_CHECKING:
    from tiebreak.tui.review.mark import MarkScreen


class Marking(Controller):
    """Opens and closes the screen that marks; `screen` is that one while it is open."""

    def __init__(self, view: ReviewView, answering: Answering) -> None:
        super().__init__(view)
        self._answering = answering
        self.screen: MarkScreen | None = None
        self._stepped_out_of: AnyReview | None = None  # marked again only at the annotator's wish

    def begin(self) -> None:
        """Mark the text on screen, although the annotator has stepped out of it."""
        self._stepped_out_of = None
        self.follow()

    def follow(self) -> None:
        """Open the screen if the example is to be marked, take it on if it is open, and close it otherwise."""
        review = self.view.review
        if not isinstance(review, SpanReview) or not review.is_unread or review is self._stepped_out_of:
            if self.screen is not None:
                self.screen.dismiss(None)
        elif self.screen is not None:
            self.screen.keys_pressed = 0
            self.screen.take_up(review, 0)
            self.screen.draw()
        elif self.view.app.screen is self.view.shown_on and not self.view.tiebreak.introduce:
            self._open(review)

    def _open(self, review: SpanReview) -> None:
        from tiebreak.tui.review.mark import MarkScreen

        self.screen = MarkScreen(self.view, self._answering, review)
        self.view.app.push_screen(self.screen, self._ended)
        self.screen.call_after_refresh(self.view.draw_header)

    def _ended(self, _: object) -> None:
        self.screen = None
        self._stepped_out_of = self.view.review
        self.view.draw()

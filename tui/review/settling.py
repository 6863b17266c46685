"""Settling a difference, and going on to the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.pages.review_text import row_word
from tiebreak.tui.review.answering import Answering
from tiebreak.tui.review.view import Controller, ReviewView


class Settling(Controller):
    """How choices change the review: in place, or with a step on to the next open difference."""

    def __init__(self, view: ReviewView, answering: Answering) -> None:
        super().__init__(view)
        self.answering = answering
        self._chosen_at = 0  # the difference that was settled before the focus went on
        self._went_on: tuple[AnyReview, int, int] | None = None  # the review, its focus and its steps at that moment

    @property
    def switches(self) -> Sequence[tuple[str, Callable[[], None]]]:
        """The switches in the palette: each with its words."""
        off = ": off again" if self.view.session.options.go_on else ""
        return [(f"go on to the next difference after each choice{off}", self._switch_going_on)]

    def _switch_going_on(self) -> None:
        session = self.view.session
        goes_on = not session.options.go_on
        session.options = replace(session.options, go_on=goes_on)
        self.view.say("a choice goes on to the next open difference" if goes_on else "a choice stays where it is")

    def change(self, change: Callable[[AnyReview], object]) -> None:
        """Apply `change` to a review with differences, as one step to undo, and draw the result."""
        review = self.view.review
        if review is not None and review.differences:
            with review.one_step():
                change(review)
            self.view.draw()

    def change_spans(self, change: Callable[[SpanReview], object]) -> None:
        """Apply `change` to a review of spans; any other kind of task has refused the command before."""
        review = self.view.review
        if isinstance(review, SpanReview):
            self.change(lambda _: change(review))

    async def choose(self, settle: Callable[[AnyReview], object]) -> None:
        """Apply a choice that settles a difference; if the sitting goes on by itself, go to the next open one."""
        if self.view.session.options.go_on:
            await self.settle_and_go_on(settle)
        else:
            self.change(settle)

    async def choose_spans(self, settle: Callable[[SpanReview], object]) -> None:
        """Apply a choice to a review of spans; any other kind of task has refused the command before."""
        review = self.view.review
        if isinstance(review, SpanReview):
            await self.choose(lambda _: settle(review))

    async def settle_and_go_on(self, settle: Callable[[AnyReview], object]) -> None:
        """Settle the focused difference and go to the next unconfirmed one; stay if `settle` returns False."""

        def change(review: AnyReview) -> None:
            if settle(review) is not False:
                self._chosen_at = review.focus
                self.go_on(review)

        self.change(change)
        review = self.view.review
        self._went_on = None if review is None else (review, review.focus, len(review.steps))

    async def relabel(self, label: str) -> None:
        """Give a label to the focused difference's span; if the task is categories, to the example."""
        review = self.view.review
        if review is None or not review.may_relabel:
            return
        if self.view.session.options.go_on and review.differences:
            await self.settle_and_go_on(lambda review: review.relabel(label))
        else:
            with review.one_step():
                review.relabel(label)
            self.view.draw()
        if self.answering.label_is_answer:
            await self.answering.answer_with("accept")

    def go_on(self, review: AnyReview, step: int = 1) -> None:
        """Go to the next (1) or previous (-1) unconfirmed difference, or say that all are confirmed."""
        if not review.move_unconfirmed(step) and not self.view.said:
            self.view.say(f"every {row_word(review)} is confirmed; {self.view.key_of('accept')} accepts the answer")

    def go_back(self, review: AnyReview) -> bool:
        """Go back to the choice after which the focus went on by itself; return False if it did not, or has moved."""
        if not self.view.session.options.go_on or self._went_on != (review, review.focus, len(review.steps)):
            return False
        review.move(self._chosen_at - review.focus)
        return True

"""The commands that answer the example on screen, and those that take an answer back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiebreak.core.records import AnswerValue
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.commands import Command
from tiebreak.tui.pages.review_text import row_word, taken_back_text
from tiebreak.tui.review.counting import Counting
from tiebreak.tui.review.reflecting import Reflecting
from tiebreak.tui.review.refusals import asks_for_choices
from tiebreak.tui.review.seen import Seen
from tiebreak.tui.review.view import Controller, ReviewView

NO_ANSWERS = "nothing to take back: you have no answers in this store"


class Answering(Controller):
    """Accept, reject, ignore, skip and undo; each answer is on disk before the next example is drawn."""

    def __init__(self, view: ReviewView, seen: Seen, counting: Counting, reflecting: Reflecting) -> None:
        super().__init__(view)
        self.seen = seen
        self.counting = counting
        self._reflecting = reflecting

    @property
    def label_is_answer(self) -> bool:
        """Whether a label is the whole answer: one category holds, and no model has chosen any."""
        review = self.view.review
        return isinstance(review, CategoryReview) and review.is_unread and review.is_exclusive

    def answers_at_once(self, name: str) -> bool:
        """Return whether a command answers the example here, though it does not do so everywhere."""
        return name == "label" and self.label_is_answer

    def why_passed_over(self, name: str, key: str, commands: Sequence[Command]) -> str:
        """Return why `key` may not answer as the command `name` does; "" if it may, or if it answers nothing."""
        answers = any(command.answers for command in commands if command.name == name) or self.answers_at_once(name)
        is_by_name = not key or key != self.view.tiebreak.key_read  # chosen in the palette
        return "" if self.view.review is None or not answers or is_by_name else self.seen.why_not_yet()

    async def answer_with(self, answer: AnswerValue) -> None:
        """Save the answer, and show the next example."""
        view = self.view
        if view.review is None:
            return
        following = await view.tiebreak.jobs.run(
            view.session.answer, view.review, answer, seconds=self.seen.seconds, keys=view.keys_pressed
        )
        self.counting.adjust(-1)
        await self.go_on_with(following)

    async def go_on_with(self, following: AnyReview | None, message: str = "") -> None:
        """Show the next example with a message, and say so if the time of the sitting is over."""
        self.view.open(following)
        if message:
            self.view.say(message)
        await self._reflecting.nudge()

    async def do_accept(self) -> None:
        review = self.view.review
        if review is not None and (asks_for_choices(self.view, review) or self._asks_to_confirm(review)):
            return
        await self.answer_with("accept")

    def _asks_to_confirm(self, review: AnyReview) -> bool:
        """Return whether a difference needs its own key first; if so, focus it and say which key."""
        confirm, confirm_all = self.view.key_of("confirm"), self.view.key_of("confirm_and_accept")
        if review.swapped:
            review.move(review.swapped[0] - review.focus)
            self.view.draw()
            self.view.say(f"two candidates are about as likely here: {confirm} confirms what stands")
            return True
        if not (self.view.session.options.confirm_all and review.unconfirmed):
            return False
        count = f"{review.unconfirmed} of {review.row_count} {row_word(review)}s"
        if not review.choices[review.focus].confirmed or review.move_unconfirmed(1):
            self.view.draw()
        self.view.say(f"{count} are not confirmed (--confirm-all); {confirm} confirms one, {confirm_all} all of them")
        return True

    async def do_confirm_and_accept(self) -> None:
        review = self.view.review
        if review is not None and not asks_for_choices(self.view, review):
            with review.one_step():
                review.confirm_all()
            await self.answer_with("accept")

    async def do_reject(self) -> None:
        await self.answer_with("reject")

    async def do_ignore(self) -> None:
        await self.answer_with("ignore")

    async def do_skip(self) -> None:
        view = self.view
        if view.review is not None:
            await self.go_on_with(await view.tiebreak.jobs.run(view.session.skip, view.review))

    async def do_undo(self) -> None:
        review = self.view.review
        if review is None or not review.steps:
            await self.do_undo_answer()
            return
        before, outside, comes_back = review.choices, review.base, review.steps[-1].was_given_up
        review.take_back()
        self.view.draw()
        self.view.say(
            "the edit that was given up is back"
            if comes_back
            else taken_back_text(review, before, outside, self.view.drawing)
        )

    async def do_undo_answer(self) -> None:
        session = self.view.session

        def outcome(review: AnyReview) -> str:
            kept = "; your later choices on it are kept" if review.steps else ""
            answer = "" if session.undone is None else f" ({session.undone.answer})"
            return f"taken back: your newest answer{answer}; it is open again{kept}"

        await self.take_back(outcome)

    async def take_back(self, outcome: Callable[[AnyReview], str]) -> None:
        """Take back the newest answer, show its example, and say the `outcome`."""
        view = self.view
        if view.review is not None:
            view.session.put_aside(view.review)
        review = await view.tiebreak.jobs.run(view.session.undo)
        if review is None:
            view.say(NO_ANSWERS)
            return
        self.counting.adjust(int(view.session.undone is not None))  # else it was one place of a text
        view.open(review)
        view.say(outcome(review))

"""The commands that settle a difference."""

from __future__ import annotations

from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.pages.review_text import same_words_text
from tiebreak.tui.review.refusals import asks_for_choices, how_to_settle
from tiebreak.tui.review.settling import Settling
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.likely import percent


class Deciding(Controller):
    """Moving between differences, choosing readings, and giving labels."""

    def __init__(self, view: ReviewView, settling: Settling) -> None:
        super().__init__(view)
        self.settling = settling

    def do_next(self) -> None:
        self.settling.change(lambda review: review.move(1))

    def do_previous(self) -> None:
        self.settling.change(lambda review: review.move(-1))

    def do_next_unconfirmed(self) -> None:
        self.settling.change(self.settling.go_on)

    def do_previous_unconfirmed(self) -> None:
        def change(review: AnyReview) -> None:
            if not self.settling.go_back(review):
                self.settling.go_on(review, -1)

        self.settling.change(change)

    async def do_left(self) -> None:
        await self._pick(-1)

    async def do_right(self) -> None:
        await self._pick(1)

    async def _pick(self, step: int) -> None:
        """Take the reading on the left (-1) or right (1); with three or more, step through them without going on."""
        review = self.view.review
        if review is not None and review.reading_count > 2:
            self.settling.change(lambda review: review.step(step))
        else:
            await self.settling.choose(lambda review: review.step(step))

    async def do_confirm(self) -> None:
        review = self.view.review
        if review is not None and review.asks_for_choice:
            self.view.say(f"nothing is chosen here yet: {how_to_settle(self.view, review)}")
            return
        await self.settling.settle_and_go_on(lambda review: review.step(1) if review.is_unread else review.confirm())

    async def do_left_and_next(self) -> None:
        await self.settling.settle_and_go_on(lambda review: review.step(-1))

    async def do_right_and_next(self) -> None:
        await self.settling.settle_and_go_on(lambda review: review.step(1))

    def do_all_left(self) -> None:
        self.settling.change(lambda review: self._choose_all(review, 0))

    def do_all_right(self) -> None:
        self.settling.change(lambda review: self._choose_all(review, -1))

    def _choose_all(self, review: AnyReview, number: int) -> None:
        """Take the reading of the first (0) or last (-1) predictor everywhere."""
        if asks_for_choices(self.view, review):
            return
        if review.is_open_text:
            self._answer_all(review, number)
        elif review.item.differences:
            review.choose_all([*review.proposals][number])
        else:
            self.view.say("the models do not differ here: what is offered is settled row by row")

    def _answer_all(self, review: AnyReview, number: int) -> None:
        """Answer every question about the only model's marks: as the model has it (0), or the other way (-1)."""
        review.choose_side(number)
        other = self.view.key_of("all_right" if number == 0 else "all_left")
        outcome = "as the model has it" if number == 0 else "not as the model has it"
        self.view.say(f"all {len(review.differences)} {outcome}; {other} is the other way")

    async def do_neither(self) -> None:
        await self.settling.choose(lambda review: review.choose_neither())

    async def do_both(self) -> None:
        def change(review: SpanReview) -> bool:
            if not (is_settled := review.choose_both()):
                task = self.view.session.task.value
                mix, edit = self.view.key_of("mix"), self.view.key_of("edit")
                self.view.say(
                    f"the readings overlap, which the task {task} forbids; pick one, {mix} mixes them, {edit} edits"
                )
            return is_settled

        await self.settling.choose_spans(change)

    async def do_same(self) -> None:
        def change(review: SpanReview) -> bool:
            found = review.decide_same()
            if found is None:
                self.view.say(f"nothing is chosen here yet: {how_to_settle(self.view, review)}")
            else:
                self.view.say(same_words_text(review.item.example.text, found))
            return found is not None

        await self.settling.choose_spans(change)

    def do_mix(self) -> None:
        def change(review: AnyReview) -> None:
            learned, many = review.has_candidates, len(review.readings[review.focus]) > 2
            number, count = review.mix()
            probability = review.probability(review.focus)
            likely = "" if probability is None else f", {percent(probability)}"
            which = f"{'candidate' if learned or many else 'mix'} {number} of {count}{likely}"
            self.view.say(which if count else "there is nothing to mix here")

        self.settling.change(change)

    async def do_label(self, key: str) -> None:
        labels = self.view.session.labels
        if int(key) > len(labels):
            self.view.say(f"there is no label {key}")
            return
        await self.settling.relabel(labels[int(key) - 1])

    def do_type_label(self) -> None:
        from tiebreak.tui.screens.choose_label import ChooseLabelScreen

        review = self.view.review
        if review is None or not review.may_relabel:
            return
        screen = ChooseLabelScreen(self.view.session.labels, "label")

        async def chosen(label: str | None) -> None:
            if self.view.review is not review:  # a look-up opened another example meanwhile
                return
            self.view.keys_pressed += screen.keys_pressed
            if label is not None:
                self.view.said = False
                await self.settling.relabel(label)

        self.view.app.push_screen(screen, chosen)

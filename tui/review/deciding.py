"""The commands that settle a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.pages.review_text import row_word, same_words_text
from tiebreak.tui.review.base import ReviewBase
from tiebreak.tui.screens.prompt import LetterScreen, no_word
from tiebreak.tui.text.likely import percent


class DecidingCommands(ReviewBase):
    """Moving between differences, choosing readings, and changing bounds and labels."""

    _chosen_at = 0  # the difference that was settled before the focus went on
    _went_on: tuple[AnyReview, int, int] | None = None  # the review, its focus and its steps when it had gone on

    @property
    def switches(self) -> Sequence[tuple[str, Callable[[], None]]]:
        off = ": off again" if self.session.options.go_on else ""
        return [(f"go on to the next difference after each choice{off}", self._switch_going_on)]

    def _switch_going_on(self) -> None:
        options = self.session.options
        self.session.options = replace(options, go_on=not options.go_on)
        self.say("a choice goes on to the next open difference" if not options.go_on else "a choice stays where it is")

    def do_next(self) -> None:
        self.change(lambda review: review.move(1))

    def do_previous(self) -> None:
        self.change(lambda review: review.move(-1))

    def do_next_unconfirmed(self) -> None:
        self.change(lambda review: self._go_on(review, 1))

    def do_previous_unconfirmed(self) -> None:
        def change(review: AnyReview) -> None:
            if not self._go_back(review):
                self._go_on(review, -1)

        self.change(change)

    def _go_on(self, review: AnyReview, step: int = 1) -> None:
        if not review.move_unconfirmed(step) and not self.said:
            self.say(f"every {row_word(review)} is confirmed; {self.key_of('accept')} accepts the answer")

    async def do_left(self) -> None:
        await self._pick(-1)

    async def do_right(self) -> None:
        await self._pick(1)

    async def _pick(self, step: int) -> None:
        """Take the reading on the left (-1) or right (1); among three and more these keys step, so that they stay."""
        review = self.review
        if review is not None and review.reading_count > 2:
            self.change(lambda review: review.step(step))
        else:
            await self.choose(lambda review: review.step(step))

    async def choose(self, settle: Callable[[AnyReview], object]) -> None:
        """Apply a choice that settles a difference; go to the next open one where the sitting goes on by itself."""
        if self.session.options.go_on:
            await self.settle_and_go_on(settle)
        else:
            self.change(settle)

    async def do_confirm(self) -> None:
        if self.review is not None and self.review.asks_for_choice:
            self.say(f"nothing is chosen here yet: {self.how_to_settle(self.review)}")
            return
        await self.settle_and_go_on(lambda review: review.step(1) if review.is_unread else review.confirm())

    async def do_left_and_next(self) -> None:
        await self.settle_and_go_on(lambda review: review.step(-1))

    async def do_right_and_next(self) -> None:
        await self.settle_and_go_on(lambda review: review.step(1))

    async def settle_and_go_on(self, settle: Callable[[AnyReview], object]) -> None:
        """Settle the focused difference, unless `settle` returns False, and go to the next that is not confirmed."""

        def change(review: AnyReview) -> None:
            if settle(review) is not False:
                self._chosen_at = review.focus
                self._go_on(review)

        self.change(change)
        self._went_on = None if self.review is None else (self.review, self.review.focus, len(self.review.steps))

    def _go_back(self, review: AnyReview) -> bool:
        """Go back to the choice from which the focus came here by itself; False if it did not, or more was decided."""
        if not self.session.options.go_on or self._went_on != (review, review.focus, len(review.steps)):
            return False
        review.move(self._chosen_at - review.focus)
        return True

    def do_all_left(self) -> None:
        self.change(lambda review: self._all_of(review, 0))

    def do_all_right(self) -> None:
        self.change(lambda review: self._all_of(review, -1))

    def _all_of(self, review: AnyReview, number: int) -> None:
        if self.refuses_open(review):
            return
        if review.is_open_text:
            self._all_asked(review, number)
            return
        if not review.item.differences:
            self.say("the models do not differ here: what is offered is settled row by row")
            return
        review.choose_all([*review.proposals][number])

    def _all_asked(self, review: AnyReview, number: int) -> None:
        """Answer all that is asked of the only model's marks: as it says, or the other way."""
        review.choose_side(number)
        other = self.key_of("all_right" if number == 0 else "all_left")
        told = "as the model has it" if number == 0 else "not as the model has it"
        self.say(f"all {len(review.differences)} {told}; {other} is the other way")

    async def do_neither(self) -> None:
        await self.choose(lambda review: review.choose_neither())

    async def do_both(self) -> None:
        def change(review: SpanReview) -> bool:
            if not (is_settled := review.choose_both()):
                task = self.session.task.value
                mix, edit = self.key_of("mix"), self.key_of("edit")
                self.say(
                    f"the readings overlap, which the task {task} forbids; pick one, {mix} mixes them, {edit} edits"
                )
            return is_settled

        await self._choose_spans(change)

    async def do_same(self) -> None:
        def change(review: SpanReview) -> bool:
            found = review.decide_same()
            if found is None:
                self.say(f"nothing is chosen here yet: {self.how_to_settle(review)}")
            else:
                self.say(same_words_text(review.item.example.text, found))
            return found is not None

        await self._choose_spans(change)

    async def do_label(self, key: str) -> None:
        labels = self.session.labels
        if int(key) > len(labels):
            self.say(f"there is no label {key}")
            return
        await self._set_label(labels[int(key) - 1])

    async def _set_label(self, label: str) -> None:
        """Give `label` to the focused difference's span; where the task is categories, to the example."""
        review = self.review
        if review is None or not review.may_relabel:
            return
        if self.session.options.go_on and review.differences:
            await self.settle_and_go_on(lambda review: review.relabel(label))
        else:
            with review.one_step():
                review.relabel(label)
            self.draw()
        if self.label_is_answer:
            await self.answer_with("accept")

    def do_text_down(self) -> None:
        self._scroll_text(1)

    def do_text_up(self) -> None:
        self._scroll_text(-1)

    def _scroll_text(self, step: int) -> None:
        self.text_view.scroll_rows(step * max(self.text_view.size.height - 1, 1))

    def do_type_label(self) -> None:
        from tiebreak.tui.screens.choose_label import ChooseLabelScreen

        review = self.review
        if review is None or not review.may_relabel:
            return
        screen = ChooseLabelScreen(self.session.labels, "label")

        async def chosen(label: str | None) -> None:
            if self.review is not review:  # a look-up brought another example meanwhile
                return
            self.keys_pressed += screen.keys_pressed
            if label is not None:
                self.said = False
                await self._set_label(label)

        self.app.push_screen(screen, chosen)

    def do_fold(self) -> None:
        if self.review is not None:
            self.say("the whole text" if self.text_view.toggle_folds() else "agreed stretches are folded")
            self.share_room()

    def do_end_right(self) -> None:
        self._move_bound(lambda review: review.move_end(1))

    def do_end_left(self) -> None:
        self._move_bound(lambda review: review.move_end(-1))

    def do_start_right(self) -> None:
        self._move_bound(lambda review: review.move_start(1))

    def do_start_left(self) -> None:
        self._move_bound(lambda review: review.move_start(-1))

    def do_start_to(self) -> None:
        self._ask_letter("The start", lambda review, letter: review.move_start_to(letter))

    def do_end_to(self) -> None:
        self._ask_letter("The end", lambda review, letter: review.move_end_to(letter))

    def _ask_letter(self, what: str, move: Callable[[SpanReview, str], bool]) -> None:
        """Ask for a letter, and put a bound of the focused difference's span at the nearest word with it."""
        review = self.review
        if not isinstance(review, SpanReview) or not review.differences:
            return
        screen = LetterScreen(what)

        def typed(letter: str | None) -> None:
            if self.review is not review:  # a look-up brought another example meanwhile
                return
            self.keys_pressed += screen.keys_pressed

            def change(review: SpanReview) -> None:
                if letter is not None and not move(review, letter):
                    self.say(no_word(letter))

            self._change_spans(change)

        self.app.push_screen(screen, typed)

    def _move_bound(self, move: Callable[[SpanReview], bool]) -> None:
        def change(review: SpanReview) -> None:
            if not move(review):
                self.say("the span ends there: it keeps one token at least, and stays in the text")

        self._change_spans(change)

    async def _choose_spans(self, settle: Callable[[SpanReview], object]) -> None:
        """Apply `settle` as `choose` does; the drawing of another kind of task has refused the command before."""
        review = self.review
        if isinstance(review, SpanReview):
            await self.choose(lambda _: settle(review))

    def _change_spans(self, change: Callable[[SpanReview], object]) -> None:
        """Apply `change` as `self.change` does; the drawing of another kind of task has refused the command before."""
        review = self.review
        if isinstance(review, SpanReview):
            self.change(lambda _: change(review))

    def do_mix(self) -> None:
        def change(review: AnyReview) -> None:
            learned, many = review.has_candidates, len(review.readings[review.focus]) > 2
            number, count = review.mix()
            probability = review.probability(review.focus)
            likely = "" if probability is None else f", {percent(probability)}"
            said = f"{'candidate' if learned or many else 'mix'} {number} of {count}{likely}"
            self.say(said if count else "there is nothing to mix here")

        self.change(change)

"""The commands that settle a difference."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.records import Spans
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.pages.review_text import row_word, same_words_text
from tiebreak.tui.screens.review_base import ReviewBase
from tiebreak.tui.text.likely import percent
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.text_view import TextView


class DecidingCommands(ReviewBase):
    """Moving between differences, choosing readings, and changing bounds and labels."""

    def do_next(self) -> None:
        self.change(lambda review: review.move(1))

    def do_previous(self) -> None:
        self.change(lambda review: review.move(-1))

    def do_next_unconfirmed(self) -> None:
        self.change(lambda review: self._go_on(review, 1))

    def do_previous_unconfirmed(self) -> None:
        self.change(lambda review: self._go_on(review, -1))

    def _go_on(self, review: AnyReview, step: int = 1) -> None:
        if not review.move_unconfirmed(step):
            self.say(f"every {row_word(review)} is confirmed; {self.key_of('accept')} accepts the answer")

    def do_left(self) -> None:
        self.change(lambda review: review.step(-1))

    def do_right(self) -> None:
        self.change(lambda review: review.step(1))

    def do_confirm(self) -> None:
        if self.review is not None and self.review.asks_for_choice:
            self.say(f"nothing is chosen here yet: {self.how_to_settle(self.review)}")
            return
        self._settle_and_go_on(lambda review: review.step(1) if review.is_unread else review.confirm())

    def do_left_and_next(self) -> None:
        self._settle_and_go_on(lambda review: review.step(-1))

    def do_right_and_next(self) -> None:
        self._settle_and_go_on(lambda review: review.step(1))

    def _settle_and_go_on(self, settle: Callable[[AnyReview], object]) -> None:
        def change(review: AnyReview) -> None:
            settle(review)
            self._go_on(review)

        self.change(change)

    def on_difference_list_chosen(self, message: DifferenceList.Chosen) -> None:
        """A difference was clicked, or one of its readings, which is chosen then."""

        def change(review: AnyReview) -> None:
            review.move(message.index - review.focus)
            if message.reading is not None:
                review.choose(message.reading)

        self.change(change)

    def on_text_view_selected(self, message: TextView.Selected) -> None:
        """A difference was clicked in the text."""

        def change(review: AnyReview) -> None:
            for index, place in enumerate(review.differences):
                if place.start <= message.position < place.end:
                    review.move(index - review.focus)

        if message.done:
            self.change(change)

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

    def do_neither(self) -> None:
        self.change(lambda review: review.choose_neither())

    def do_both(self) -> None:
        def change(review: SpanReview) -> None:
            if not review.choose_both():
                task = self.session.task.value
                mix, edit = self.key_of("mix"), self.key_of("edit")
                self.say(
                    f"the readings overlap, which the task {task} forbids; pick one, {mix} mixes them, {edit} edits"
                )

        self._change_spans(change)

    def do_same(self) -> None:
        def change(review: SpanReview) -> None:
            found = review.decide_same()
            if found is None:
                self.say(f"nothing is chosen here yet: {self.how_to_settle(review)}")
            else:
                self.say(same_words_text(review.item.example.text, found))

        self._change_spans(change)

    async def do_label(self, key: str) -> None:
        labels = self.session.labels
        if int(key) > len(labels):
            self.say(f"there is no label {key}")
            return
        self.set_label(labels[int(key) - 1])
        if self.answers_at_once("label"):
            await self.answer_with("accept")

    def set_label(self, label: str) -> None:
        """Give `label` to the focused difference's span; where the task is categories, to the example."""
        if self.review is not None and self.review.may_relabel:
            with self.review.one_step():
                self.review.relabel(label)
            self.draw()

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

        def chosen(label: str | None) -> None:
            if self.review is not review:  # a look-up brought another example meanwhile
                return
            self.keys_pressed += screen.keys_pressed
            if label is not None:
                self.set_label(label)
                if self.answers_at_once("label"):
                    self.call_later(self.answer_with, "accept")

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

    def _move_bound(self, move: Callable[[SpanReview], bool]) -> None:
        def change(review: SpanReview) -> None:
            if not move(review):
                self.say("the span ends there: it keeps one token at least, and stays in the text")

        self._change_spans(change)

    def _change_spans(self, change: Callable[[SpanReview], object]) -> None:
        """Apply `change` as `self.change` does; the drawing of another kind of task has refused the command before."""
        review = self.review
        if isinstance(review, SpanReview):
            self.change(lambda _: change(review))

    def do_mix(self) -> None:
        def change(review: AnyReview) -> None:
            learned = review.has_candidates
            number, count = review.mix()
            probability = review.probability(review.focus)
            likely = "" if probability is None else f", {percent(probability)}"
            said = f"{'candidate' if learned else 'mix'} {number} of {count}{likely}"
            self.say(said if count else "there is nothing to mix here")

        self.change(change)

    async def do_edit(self) -> None:
        if self.review is not None and self.review.is_unread:
            self.mark()
        elif isinstance(self.review, SpanReview):
            self._edit(self.review)

    def mark(self) -> None:
        """Mark the text that no model has read."""
        raise NotImplementedError

    def _edit(self, review: SpanReview) -> None:
        from tiebreak.tui.screens.edit import EditScreen

        at = review.differences[review.focus].start if review.differences else 0
        screen = EditScreen(review, review.tokens, self.session.labels, at, self.why_passed_over)

        async def edited(spans: Spans | None) -> None:
            with review.one_step() if spans is not None else review.given_up():
                review.replace_spans(screen.editor.spans)
            if self.review is review:
                self.keys_pressed += screen.keys_pressed
                if spans is None and screen.editor.spans != review.marks:
                    self.say(f"the edit is given up; {self.key_of('undo')} brings it back")
                self.draw()
                if screen.accepts:
                    self.keys_pressed -= 1  # which is counted as it answers
                    await self.action_do("accept", "")
            else:  # a look-up brought another example meanwhile
                self.session.put_aside(review)

        self.app.push_screen(screen, edited)

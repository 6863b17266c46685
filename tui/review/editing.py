"""The commands of the review that edit its spans, and what the mouse does there."""

from __future__ import annotations

from functools import partial

from tiebreak.core.records import Span, Spans
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.review.deciding import DecidingCommands
from tiebreak.tui.text.render import shorten
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.text_view import TextView


class EditingCommands(DecidingCommands):
    """Edit mode, and choosing and selecting with the mouse."""

    async def on_difference_list_chosen(self, message: DifferenceList.Chosen) -> None:
        """A difference was clicked, or one of its readings, which is chosen then."""
        self.said = False
        if message.reading is None:
            self.change(lambda review: review.move(message.index - review.focus))
        else:
            await self.choose(partial(_choose_at, at=message.index, reading=message.reading))

    async def on_text_view_selected(self, message: TextView.Selected) -> None:
        """A difference was clicked in the text, or a reading in a lane, or words were selected, to be edited."""
        if message.anchor != message.position:
            self.select_words(message.anchor, message.position, done=message.done)
            return
        if message.done and message.mark is not None and await self.pick_mark(*message.mark):
            return

        def change(review: AnyReview) -> None:
            for index, place in enumerate(review.differences):
                if place.start <= message.position < place.end:
                    review.move(index - review.focus)

        if message.done:
            self.change(change)

    async def pick_mark(self, predictor: int, mark: Span) -> bool:
        """Choose the reading of the predictor of this number in which a mark is that was clicked; False if none is."""
        review = self.review
        if review is None:
            return False
        name = list(review.item.predictions)[predictor]
        for at, readings in enumerate(review.readings):
            for index, reading in enumerate(readings):
                if name in reading.predictors and mark in reading.marks:
                    self.said = False
                    await self.choose(partial(_choose_at, at=at, reading=index))
                    return True
        return False

    def select_words(self, anchor: int, position: int, *, done: bool) -> None:
        """Say which words the mouse selects, and once that is `done` edit the spans from there."""
        review = self.review
        if not isinstance(review, SpanReview) or review.is_unread:
            return
        if done:
            self.edit(review, (anchor, position))
        else:
            start, end = sorted((anchor, position))
            self.say(f"selected, to be edited: {shorten(review.item.example.text[start : end + 1], 40)}")

    async def do_edit(self) -> None:
        if self.review is not None and self.review.is_unread:
            self.mark()
        elif isinstance(self.review, SpanReview):
            self.edit(self.review)

    def mark(self) -> None:
        """Mark the text that no model has read."""
        raise NotImplementedError

    def edit(self, review: SpanReview, selected: tuple[int, int] | None = None) -> None:
        """Edit the spans, from the focused difference on, or from the words that the mouse has `selected`."""
        from tiebreak.tui.screens.edit import EditScreen

        screen = EditScreen(review, review.tokens, self.session.labels, selected, self.why_passed_over)
        before = review.marks

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
                elif spans is not None and self._goes_on_from(review, before):
                    self.said = False
                    await self.settle_and_go_on(lambda _: True)
            else:  # a look-up brought another example meanwhile
                self.session.put_aside(review)

        self.app.push_screen(screen, edited)

    def _goes_on_from(self, review: SpanReview, before: Spans) -> bool:
        """Whether the sitting goes on from the focused difference, which an edit has settled."""
        is_settled = bool(review.differences) and review.choices[review.focus].confirmed
        return self.session.options.go_on and is_settled and review.marks != before


def _choose_at(review: AnyReview, at: int, reading: int) -> None:
    """Take a distinct reading of the difference `at`, which is focused then."""
    review.move(at - review.focus)
    review.choose(reading)

"""Editing the spans of the review, and choosing and selecting with the mouse."""

from __future__ import annotations

from functools import partial

from tiebreak.core.records import Span, Spans
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.review.marking import Marking
from tiebreak.tui.review.settling import Settling
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.render import shorten
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.text_view import TextView


class Editing(Controller):
    """Edit mode, and the mouse in the text and in the list of differences."""

    def __init__(self, view: ReviewView, settling: Settling, marking: Marking) -> None:
        super().__init__(view)
        self.settling = settling
        self._marking = marking

    async def click_row(self, message: DifferenceList.Chosen) -> None:
        """Focus the difference that was clicked in the list; choose the reading that was clicked."""
        self.view.said = False
        if message.reading is None:
            self.settling.change(lambda review: review.move(message.index - review.focus))
        else:
            await self.settling.choose(partial(_choose_at, at=message.index, reading=message.reading))

    async def click_text(self, message: TextView.Selected) -> None:
        """Focus the difference that was clicked, choose the reading in a lane, or edit the words selected."""
        begins = self.view.text_begins
        if message.anchor != message.position:
            self._select_words(message.anchor + begins, message.position + begins, done=message.done)
        elif message.done and not (message.mark is not None and await self._pick_mark(*message.mark)):
            self.focus_at(message.position)

    def focus_at(self, position: int) -> None:
        """Focus the difference at a code point of the text."""

        def change(review: AnyReview) -> None:
            for index, place in enumerate(review.differences):
                if place.start <= position < place.end:
                    review.move(index - review.focus)

        self.settling.change(change)

    async def _pick_mark(self, predictor: int, mark: Span) -> bool:
        """Choose the reading of this predictor (by number) that holds the mark; return False if none does.

        The mark counts from where the text on screen begins.
        """
        review = self.view.review
        if review is None:
            return False
        name, begins = list(review.item.predictions)[predictor], self.view.text_begins
        mark = mark._replace(start=mark.start + begins, end=mark.end + begins)
        for at, readings in enumerate(review.readings):
            for index, reading in enumerate(readings):
                if name in reading.predictors and mark in reading.marks:
                    self.view.said = False
                    await self.settling.choose(partial(_choose_at, at=at, reading=index))
                    return True
        return False

    def _select_words(self, anchor: int, position: int, *, done: bool) -> None:
        """Say which words the mouse selects; once the button is up (`done`), edit the spans from there."""
        review = self.view.review
        if not isinstance(review, SpanReview) or review.is_unread:
            return
        if done:
            self._edit(review, (anchor, position))
        else:
            start, end = sorted((anchor, position))
            self.view.say(f"selected, to be edited: {shorten(review.item.example.text[start : end + 1], 40)}")

    async def do_edit(self) -> None:
        review = self.view.review
        if review is not None and review.is_unread:
            self._marking.begin()
        elif isinstance(review, SpanReview):
            self._edit(review)

    def _edit(self, review: SpanReview, selected: tuple[int, int] | None = None) -> None:
        """Edit the spans from the focused difference on, or from the words that the mouse has `selected`."""
        from tiebreak.tui.edit.screen import EditScreen

        view, passes_over = self.view, self.settling.answering.why_passed_over
        screen = EditScreen(review, review.tokens, view.session.labels, selected, passes_over)
        before = review.marks

        async def edited(spans: Spans | None) -> None:
            with review.one_step() if spans is not None else review.given_up():
                review.replace_spans(screen.editor.spans)
            if view.review is not review:  # a look-up opened another example meanwhile
                view.session.put_aside(review)
                return
            view.keys_pressed += screen.keys_pressed
            if spans is None and screen.editor.spans != review.marks:
                view.say(f"the edit is given up; {view.key_of('undo')} brings it back")
            view.draw()
            if screen.accepts:
                view.keys_pressed -= 1  # the command counts the same key again
                await view.action_do("accept", "")
            elif spans is not None and self._goes_on_from(review, before):
                view.said = False
                await self.settling.settle_and_go_on(lambda _: True)

        view.app.push_screen(screen, edited)

    def _goes_on_from(self, review: SpanReview, before: Spans) -> bool:
        """Return whether an edit has settled the focused difference in a sitting that goes on by itself."""
        is_settled = bool(review.differences) and review.choices[review.focus].confirmed
        return self.view.session.options.go_on and is_settled and review.marks != before


def _choose_at(review: AnyReview, at: int, reading: int) -> None:
    """Focus the difference `at`, and take one of its distinct readings."""
    review.move(at - review.focus)
    review.choose(reading)

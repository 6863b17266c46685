"""News: messages that come once in a sitting, when something about it is new."""

from __future__ import annotations

from tiebreak.core.review.review import AnyReview
from tiebreak.core.selection.filter import OPEN, AnyOrder, QueueFilter
from tiebreak.tui.pages.review_text import faults_text, is_very_long, row_word
from tiebreak.tui.review.marking import Marking
from tiebreak.tui.review.names import names_of
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.likely import STRENGTHS
from tiebreak.tui.text.render import SLICE_SIGN


class News(Controller):
    """Says what is new about an example, or about the order of the sitting."""

    def __init__(self, view: ReviewView, marking: Marking) -> None:
        super().__init__(view)
        self._marking = marking
        self._began_left = False  # whether an example of this sitting began with the left reading
        self._said: set[str] = set()

    def _is_first(self, news: str) -> bool:
        """Return whether this news comes for the first time."""
        is_first = news not in self._said
        self._said.add(news)
        return is_first

    def of(self, review: AnyReview) -> str:
        """Return what is wrong with the predictions of an example, or new about it; else ""."""
        faults = faults_text(review, names_of(self.view, review))
        if faults:
            return faults
        if review.sliced is not None:
            return self._of_slice(review)
        return self._of_learning(review) or self._of_places(review)

    def _of_slice(self, review: AnyReview) -> str:
        """Return what a text of the slice is: once, and each time if it hides what the annotator must add."""
        if review.hides_agreed:
            how = self.view.drawing.how_to_add(self.view.key_of)
            agreed = "the model says" if review.is_open_text else "all models say"
            return f"{SLICE_SIGN} a random text: it measures, what {agreed} is hidden: {how}"
        if not self._is_first("slice"):
            return ""
        row = row_word(review)
        return f"{SLICE_SIGN} a random text: it measures, nothing is suggested; settle and confirm each {row}"

    def _of_learning(self, review: AnyReview) -> str:
        """Return, once, that answers no longer start with the left reading."""
        if not review.rests_on:
            self._began_left = True
        elif self._began_left and self._is_first("learning"):
            if self._marking.screen is not None:
                return self._marking.screen.news_of_proposals
            signs, help = " ".join(sign for _, sign in reversed(STRENGTHS)), self.view.key_of("help")
            return f"answers now start with what earlier answers make likely: {signs}; {help} explains"
        return ""

    def _of_places(self, review: AnyReview) -> str:
        """Return, once and at a very long text, that a review can go place by place."""
        if self.view.session.offers_places and is_very_long(review) and self._is_first("places"):
            return "a very long text: review --by place gives one difference at a time, in a window"
        return ""

    def of_order(self, before: AnyOrder, whole: QueueFilter) -> str:
        """Return that the sitting has by itself taken another order than `before`, or queue than `whole`; else ""."""
        session = self.view.session
        if session.whole != whole:
            if whole == OPEN:
                return "two models have read texts by now: where they differ comes next; status:open finds the rest"
            return ""
        if session.order is before:
            return ""
        if session.evidence is None:
            return f"a model has read texts by now: from the next one on the order is {session.order.shown_name}"
        return (
            f"from the next example on the order is {session.order.shown_name}, "
            f"which {session.evidence.answers} answers taught; {self.view.key_of('order')} changes it"
        )

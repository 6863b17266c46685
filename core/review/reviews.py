"""The reviews of a sitting: what the annotator sees of an example as it is opened, and drafts of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiebreak.core.records import Answer, Learned, QueueItem, SettledDifference
from tiebreak.core.review.adjudication import disputed_item
from tiebreak.core.review.anchoring import Close, anchored
from tiebreak.core.review.blind import shuffled
from tiebreak.core.review.draft import Draft
from tiebreak.core.review.first_reading import with_evidence
from tiebreak.core.review.opening import open_review
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.place_draft import restore_draft
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.answers import answer_of, answers_of_people
from tiebreak.core.store.comparisons import store_scorer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.digits import fix_digits
from tiebreak.core.store.drafts import PlaceDraft, read_draft
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.learned import learned_of
from tiebreak.core.store.queue import queue_item, read_example
from tiebreak.core.store.remarks import remark_of
from tiebreak.core.store.slices import slice_text, take_off
from tiebreak.core.store.team import is_overlap


class Reviews:
    """Makes reviews of examples. `labels` are the store's, in the order of their digits.

    `drafts` are the choices at examples that the annotator left for another. `share` returns the annotator's share.
    """

    def __init__(self, store: Store, annotator: str, options: SessionOptions, share: Callable[[], Portion]) -> None:
        self.store = store
        self.annotator = annotator
        self.options = options
        self.labels = label_names(store)
        self.drafts: dict[int, Draft] = {}
        self._share = share
        self._has_begun = False

    def begin(self) -> None:
        """Fix the digits for good before the first example is on screen; only looking at a store fixes none."""
        if not self._has_begun:
            self._has_begun = True
            fix_digits(self.store)
            self.labels = label_names(self.store)

    def open(self, example_id: int, settled: Sequence[SettledDifference] | None = None) -> AnyReview:
        """Return a review of the example, with its flag and note; offers that were `settled` return."""
        review = self.begun(example_id, settled, self._sliced(example_id))
        review.remark = remark_of(self.store, example_id, self.annotator)
        return review

    def begun(
        self, example_id: int, settled: Sequence[SettledDifference] | None = None, sliced: Sliced | None = None
    ) -> AnyReview:
        """Return a review of the example, with the choices of its draft if it has one."""
        if (draft := self.drafts.get(example_id)) is not None:
            review = self._made(example_id, draft.settled, sliced)
            draft.restore(review)
        elif (kept := self.kept_draft(example_id)) is not None:
            review = self._made(example_id, kept.settled, sliced)
            restore_draft(kept, review)
        else:
            review = self._made(example_id, settled, sliced)
        return review

    def kept_draft(self, example_id: int) -> PlaceDraft | None:
        """Return the annotator's place by place draft of an example, if there is one."""
        return None if self.options.adjudicate else read_draft(self.store, example_id, self.annotator)

    def own_answer(self, example_id: int) -> Answer | None:
        """Return the annotator's answer to an example, if there is one."""
        return answer_of(self.store, example_id, self.annotator, adjudicated=self.options.adjudicate)

    def put_aside(self, review: AnyReview) -> None:
        """Keep the annotator's choices, for when the example is opened again in this session."""
        if any(choice.confirmed for choice in review.choices) or review.marks != review.shown:
            self.drafts[review.item.example.id] = Draft.of(review)

    def show_again(self, review: AnyReview, answer: Answer) -> None:
        """Make `review` show the answer, with the first readings of that time."""
        settled = settled_of(answer)
        review.begin_as(settled, (answer.screen or {}).get("answers", 0))
        review.restore(settled, self.store.rules.marks_of(answer))
        review.shown = review.marks

    def _made(self, example_id: int, settled: Sequence[SettledDifference] | None, sliced: Sliced | None) -> AnyReview:
        """Return a new review of the example; places that were `settled` are offered again."""
        item = self._item(example_id, is_blind=self.options.blind or sliced is not None)
        predicted = {label for each in item.predictions.values() for label in each.labels}
        if not predicted.issubset(self.labels):
            self.labels = label_names(self.store)
        learned = None
        if sliced is None:
            settled = settled if self._may_show_learned(example_id) else ()
            learned = self._learned(item)
        close: tuple[Close, ...] = ()
        if learned is not None and self.options.anchoring and with_evidence(learned) is not None:
            text = item.example.text
            learned, close = anchored(learned, item.differences, text, self.options.anchoring)
        review = open_review(item, self.store.task, self.labels, learned, settled, sliced)
        review.close = close
        return review

    def _item(self, example_id: int, *, is_blind: bool) -> QueueItem:
        """Return the example with its predictions, or in adjudication with the annotators' answers."""
        store = self.store
        if self.options.adjudicate:
            answers = answers_of_people(store, example_id)
            item = disputed_item(read_example(store, example_id), answers, store.task, store_scorer(store))
        else:
            item = queue_item(store, example_id)
        return shuffled(item, self.annotator) if is_blind else item

    def _sliced(self, example_id: int) -> Sliced | None:
        """Return how the example is shown as a slice text; None if it is not, or was taken off the slice."""
        text = None if self.options.adjudicate else slice_text(self.store, example_id)
        if text is None:
            return None
        if not text.is_drawn:
            take_off(self.store, example_id)
            return None
        return Sliced(text.is_unmarked)

    def _learned(self, item: QueueItem) -> Learned | None:
        """Return what was learned of the example, if the sitting may show it."""
        example_id = item.example.id
        return learned_of(self.store, example_id, item.differences) if self._may_show_learned(example_id) else None

    def _may_show_learned(self, example_id: int) -> bool:
        """Return whether the sitting may show what was learned of the example.

        It may not if all annotators answer the example: what was learned would show them each other's answers.
        """
        if not self.options.shows_learned:
            return False
        return not (self._share().overlap and is_overlap(self.store, example_id))


def settled_of(answer: Answer) -> tuple[SettledDifference, ...]:
    """Return the differences and offers of an answer in the order of the screen."""
    both = (*answer.choices, *answer.offered)
    if not answer.offered:
        return both
    return tuple(sorted(both, key=lambda each: (each.difference.start, each.difference.end, each.label)))

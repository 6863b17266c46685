"""A sitting of one annotator: the next example, saving answers, undoing them, and progress."""

from __future__ import annotations

import time
import uuid
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tiebreak.core.errors import TakenError
from tiebreak.core.queue.nothing_left import NothingLeft
from tiebreak.core.records import Answer, AnswerValue, SettledDifference
from tiebreak.core.review.anchoring import close_object
from tiebreak.core.review.evidence import Evidence
from tiebreak.core.review.first_reading import FirstReadingSource
from tiebreak.core.review.options import DEFAULTS, SessionOptions
from tiebreak.core.review.pace import Pace
from tiebreak.core.review.picking import Picking
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.reviews import Reviews, settled_of
from tiebreak.core.selection.filter import DISAGREEING, OPEN, AnyOrder, Order, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.annotators import Bookmark, read_bookmark, save_bookmark
from tiebreak.core.store.answers import (
    ADJUDICATE,
    SLICE,
    accept_agreed,
    answers_of_people,
    save_answer,
    undo_last_answer,
)
from tiebreak.core.store.connection import Store
from tiebreak.core.store.drafts import PlaceDraft, drop_draft
from tiebreak.core.store.queue import predictors_of
from tiebreak.core.store.remarks import save_remark
from tiebreak.core.store.slices import save_skip
from tiebreak.core.store.team import is_overlap

_NO_MORE: Mapping[str, Any] = MappingProxyType({})
BY_HAND = "hand"  # selects an example that the annotator opened again to change the answer


class ReviewSession:
    """Gives out reviews and takes answers. It waits for the disk, so call it off the UI thread."""

    def __init__(
        self,
        store: Store,
        annotator: str,
        queue: QueueFilter = DISAGREEING,
        options: SessionOptions = DEFAULTS,
        order: AnyOrder | None = None,
    ) -> None:
        """Begin a sitting; if `order` is None, it takes the order that there is evidence for."""
        self.store = store
        self.annotator = annotator
        self.options = options
        self.task = store.task
        self.places: int | None = None  # places settled one by one; None if whole texts are answered
        self.id = f"{annotator}-{time.strftime('%Y%m%dT%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self.done = 0
        self._picking = self._new_picking(queue, order)
        self._reviews = Reviews(store, annotator, options, lambda: self._picking.portion)
        self.predictor_count = predictors_of(store) if self.whole == OPEN else 2  # predictors shown: 0, 1 or more
        self.undone: Answer | None = None  # the answer that was taken back last
        self._answered: AnyReview | None = None  # the last review that was answered
        self.pace = Pace(options.seconds)

    def _new_picking(self, queue: QueueFilter, order: AnyOrder | None) -> Picking:
        return Picking(self.store, self.annotator, self.id, queue, self.options, order)

    @property
    def begun(self) -> int:
        """The number of texts that were begun place by place and are not answered yet."""
        return 0

    @property
    def labels(self) -> Sequence[str]:
        """The labels, in the order of their digits."""
        return self._reviews.labels

    @property
    def portion(self) -> Portion:
        """The annotator's share of the texts."""
        return self._picking.portion

    @property
    def whole(self) -> QueueFilter:
        """The queue if the annotator asks for none."""
        return self._picking.whole

    @property
    def queue(self) -> QueueFilter:
        return self._picking.queue

    @property
    def order(self) -> AnyOrder:
        return self._picking.order

    @property
    def evidence(self) -> Evidence | None:
        """Why the sitting chose its order itself; None if it did not."""
        return self._picking.evidence

    @property
    def nothing_left(self) -> NothingLeft:
        """Why `next` last returned None."""
        return self._picking.nothing_left

    @property
    def settled(self) -> int:
        """The number of examples answered since the queue was set."""
        return len(self._picking.walk.settled)

    @property
    def order_by_itself(self) -> Order:
        """The order that the sitting takes if no order is asked for."""
        return self._picking.own_order(self.queue)

    @property
    def offers_places(self) -> bool:
        """Whether the annotator could also go through the texts place by place."""
        return self.store.rules.has_places and not (self.options.adjudicate or self.options.confined)

    @property
    def uses_learner(self) -> bool:
        """Whether the sitting uses what a learner beside it learns, on screen or for the order."""
        by_value = self.order is Order.VALUE and not self.options.adjudicate
        return self.options.shows_learned or self.evidence is not None or by_value

    def set_queue(
        self, queue: QueueFilter, order: AnyOrder, ids: array[int] | None = None, *, is_asked: bool = True
    ) -> None:
        """Go on with another filter or order; `ids` are its examples, if the caller has looked them up already.

        An order that `is_asked` for stays; otherwise the sitting goes on choosing its own order, if it did before.
        """
        self._picking.set_queue(queue, order, ids, is_asked=is_asked)

    def upcoming(self, count: int) -> list[int]:
        """Return the ids of the next examples, `count` at most, beginning with the example to review now."""
        return self._picking.upcoming(count)

    def next(self) -> AnyReview | None:
        """Give out the most valuable example left that no other annotator has on screen, and hold it.

        Skipped examples come back once nothing else is left.
        """
        self._reviews.begin()
        example_id = self._picking.next()
        return None if example_id is None else self._open(example_id)

    def pressed(self) -> None:
        """Note that a key was pressed, so that the example on screen stays this annotator's."""
        self._picking.hold.pressed()
        self.pace.pressed()

    def keep_up(self) -> bool:
        """Take in changes of the annotator's share, and return whether there were any. Call it now and then.

        If the sitting chose its own queue or order, it changes them once more predictors have read the texts, or there
        is evidence. The example on screen stays.
        """
        return self._picking.keep_up()

    def resume(self) -> AnyReview | None:
        """Open the example that was on screen when the annotator left, as it was left; else the next one.

        If a filter was asked for, or an order that is not the sitting's own, this opens the next example of that.
        """
        self._reviews.begin()
        place = None if self.options.adjudicate else read_bookmark(self.store, self.annotator)
        by_itself = (Order.VALUE, Order.DISAGREEMENT, self.order_by_itself)
        if place is None or not self.queue.only_status or self.order not in by_itself:
            return self.next()
        try:
            review = self.open(place.example_id, self._picking.selected_by, place.choices)
        except TakenError:
            return self.next()
        if place.choices is not None:
            review.begin_as(place.choices, review.rests_on)
            with review.one_step():
                review.restore(place.choices, place.marks)
        return review

    def leave(self, review: AnyReview | None) -> None:
        """Store the example on screen, unless it was just answered, for the next start."""
        place = None
        if review is not None and review is not self._answered:
            example_id = review.item.example.id
            answer = self._reviews.own_answer(example_id)
            place = Bookmark(
                example_id, None if answer is None else answer.id, at=review.focus if review.answers_one_place else None
            )
            if review.is_touched:
                place = replace(place, choices=review.settled(), marks=review.marks)
        with self.store.transaction():
            self._picking.hold.put(None)
            if not self.options.adjudicate:
                save_bookmark(self.store, self.annotator, place)

    def open(
        self, example_id: int, selected_by: str = "list", settled: Sequence[SettledDifference] | None = None
    ) -> AnyReview:
        """Open a certain example; if the annotator has answered it, as it was answered.

        `selected_by` says what led to it: the list, a pattern, the queue; an answered example is opened by hand.
        `settled` is what the annotator chose there before leaving. Raises TakenError if another annotator has the
        example on screen.
        """
        reviews = self._reviews
        reviews.begin()
        self._picking.hold.take(example_id)
        answer = reviews.own_answer(example_id)
        if answer is not None and settled is None:
            settled = settled_of(answer)
        review = self._open(example_id, selected_by if answer is None else BY_HAND, settled)
        if answer is not None and example_id not in reviews.drafts and reviews.kept_draft(example_id) is None:
            reviews.show_again(review, answer)
        return review

    def _open(
        self, example_id: int, selected_by: str = "", settled: Sequence[SettledDifference] | None = None
    ) -> AnyReview:
        """Open a review of the example; `selected_by` "" means the queue. Offers that were `settled` return."""
        review = self._reviews.open(example_id, settled)
        review.selected_by = SLICE if review.sliced is not None else selected_by or self._picking.selected_by
        return review

    def annotators_with_answers(self, example_id: int) -> list[str]:
        """Return the other annotators with an answer to the example, which they cannot `undo` now.

        The list is empty if all annotators answer the example, or in adjudication.
        """
        if self.options.adjudicate or is_overlap(self.store, example_id):
            return []
        names = (answer.annotator for answer in answers_of_people(self.store, example_id))
        return [name for name in names if name != self.annotator]

    def answer(
        self, review: AnyReview, answer: AnswerValue, *, seconds: float, keys: int, how: Mapping[str, Any] = _NO_MORE
    ) -> AnyReview | None:
        """Save the answer, and once it is on disk give out the next review.

        The seconds and keys that its places took before count as well. `how` is kept with how the example was shown.
        Raises TakenError, and saves nothing, if another annotator has taken the example over while this one was idle.
        """
        example_id, picking = review.item.example.id, self._picking
        draft = self._reviews.kept_draft(example_id)
        record = self._record(review, answer, draft, seconds=seconds, keys=keys, how=how)
        picking.hold.refuse_taken(example_id)
        with picking.answering(example_id, seconds, is_slice=review.sliced is not None):
            picked = picking.pick((example_id,))
            with self.store.transaction():  # one write to disk for the answer and the hold on the next example
                picking.hold.refuse_taken(example_id)
                save_answer(self.store, record)
                if draft is not None:
                    drop_draft(self.store, example_id, self.annotator)
                following = picking.take(picked, (example_id,))
        self._answered = review
        self.done += 1
        self.pace.answered()
        self._reviews.drafts.pop(example_id, None)
        return None if following is None else self._open(following)

    def _record(
        self,
        review: AnyReview,
        answer: AnswerValue,
        draft: PlaceDraft | None,
        *,
        seconds: float,
        keys: int,
        how: Mapping[str, Any],
    ) -> Answer:
        """Return the answer as the store keeps it; a draft adds the seconds and keys of its places."""
        spans, cats = review.decision()
        settled = review.settled()
        return Answer(
            example_id=review.item.example.id,
            annotator=self.annotator,
            session=self.id,
            answer=answer,
            spans=spans,
            cats=cats,
            choices=tuple([each for each in settled if not each.difference.is_offer]),
            offered=tuple([each for each in settled if each.difference.is_offer]),
            shown=review.shown,
            seconds=round(seconds + (0.0 if draft is None else draft.seconds), 3),
            keys=keys + (0 if draft is None else draft.keys),
            view=ADJUDICATE if self.options.adjudicate else "review" if review.sliced is None else SLICE,
            screen={**self._screen_of(review), **how},
        )

    def _screen_of(self, review: AnyReview) -> dict[str, Any]:
        """Return the JSON object that an answer keeps of how the example was selected and shown."""
        return {
            "predictors": list(review.item.predictions),
            "blind": self.options.blind or review.sliced is not None,
            "first": FirstReadingSource.LEARNED if review.rests_on else FirstReadingSource.LEFT,
            "answers": review.rests_on,
            "selected_by": review.selected_by,
            **({"anchoring": [close_object(each, self.store.rules) for each in review.close]} if review.close else {}),
        }

    def skip(self, review: AnyReview) -> AnyReview | None:
        """Go on without an answer; the example comes back later in this session, as it was left."""
        self.put_aside(review)
        save_skip(self.store, review.item.example.id)
        with self._picking.skipping(review.item.example.id):
            return self.next()

    def put_aside(self, review: AnyReview) -> None:
        """Keep the annotator's choices, for when the example is opened again in this session."""
        self._reviews.put_aside(review)

    def undo(self) -> AnyReview | None:
        """Take back the annotator's last answer, of this session or an earlier one, and open it as it was.

        `undone` is that answer. Choices made on the example since are kept, as a step that can be taken back. Raises
        TakenError, and leaves the answer in force, if another annotator has the example on screen. Otherwise two would
        have the example, and neither could answer it.
        """
        with self.store.transaction():
            answer = undo_last_answer(self.store, self.annotator, self.id, adjudicated=self.options.adjudicate)
            if answer is None:
                return None
            self._picking.hold.take(answer.example_id, "the example of your last answer", ", so your answer stands")
            review = self._open(answer.example_id, BY_HAND, settled_of(answer))
        self.done = max(0, self.done - 1)
        self.pace.taken_back()
        self.undone = answer
        self._picking.reopen(answer.example_id)
        draft = self._reviews.drafts.pop(answer.example_id, None)
        review.steps.clear()
        self._reviews.show_again(review, answer)
        if draft is not None:
            with review.one_step():
                review.restore(draft.settled, draft.marks)
        return review

    def remark(self, review: AnyReview, *, flagged: bool, note: str) -> None:
        """Save a flag and a note on the example; they are on disk when this returns."""
        example_id = review.item.example.id
        review.remark = save_remark(self.store, example_id, self.annotator, self.id, flagged=flagged, note=note)

    def accept_agreed(self) -> int:
        """Accept the examples that all predictors agree on, as annotator `auto`. Returns how many."""
        return accept_agreed(self.store, self.id)

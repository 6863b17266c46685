"""A sitting of one annotator: the next example, saving answers, undoing them, and progress."""

from __future__ import annotations

import time
import uuid
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tiebreak.core.errors import TakenError
from tiebreak.core.queue.hold import Hold
from tiebreak.core.queue.nothing_left import NothingLeft, Why, why_nothing_is_left
from tiebreak.core.queue.walk import QueueWalk
from tiebreak.core.queue.weave import Weave
from tiebreak.core.queue.what_waits import of_what_waits, what_waits
from tiebreak.core.records import Answer, AnswerValue, Learned, QueueItem, SettledDifference
from tiebreak.core.review.adjudication import disputed_item
from tiebreak.core.review.anchoring import Close, anchored, close_object
from tiebreak.core.review.blind import shuffled
from tiebreak.core.review.draft import Draft
from tiebreak.core.review.evidence import evidence_of
from tiebreak.core.review.first import First, with_evidence
from tiebreak.core.review.opening import open_review
from tiebreak.core.review.pace import Pace
from tiebreak.core.review.place_draft import restore_draft
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.selection.filter import DISAGREEING, OPEN, WITH_AGREED, AnyOrder, Order, QueueFilter
from tiebreak.core.store.annotators import Place, read_place, save_place
from tiebreak.core.store.answers import (
    ADJUDICATE,
    SLICE,
    accept_agreed,
    answer_of,
    answers_of_people,
    save_answer,
    undo_last_answer,
)
from tiebreak.core.store.comparisons import store_scorer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.digits import fix_digits
from tiebreak.core.store.drafts import PlaceDraft, drop_draft, read_draft
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.learned import learned_of
from tiebreak.core.store.queue import next_examples, predictors_of, queue_item, read_example
from tiebreak.core.store.remarks import remark_of, save_remark
from tiebreak.core.store.sharing import is_overlap, share_of
from tiebreak.core.store.slices import (
    begin_slice,
    draw,
    keep_skip,
    mark_reached,
    next_of_slice,
    slice_share,
    slice_text,
    take_off,
)
from tiebreak.core.store.words import index_words

_WHOLE = (DISAGREEING, WITH_AGREED, OPEN)  # the queues of sittings that ask for no certain examples
_NO_MORE: Mapping[str, Any] = MappingProxyType({})
BY_HAND = "hand"  # selects an example that the annotator opened again to change the answer


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The options of a sitting.

    `blind` hides the predictors' names and shuffles their sides. `confirm_all` refuses an accept until each difference
    is settled. `go_on` goes to the next open difference after each choice. `seconds` is the planned length, None
    without an end. `config` is the project config that was named for this sitting. `adjudicate` settles the
    disagreements of annotators. `confined` leaves the annotator nothing but this review, as behind an SSH forced
    command. `first` is what answers start with. `anchoring` is the share, 0 to 1, of close places that show the
    runner-up first. `expected` is the number of predictors that are about to read the texts.
    """

    blind: bool = False
    confirm_all: bool = False
    go_on: bool = False
    seconds: float | None = None
    config: Path | None = None
    adjudicate: bool = False
    confined: bool = False
    first: First = First.LEARNED
    anchoring: float = 0.0
    expected: int = 0

    @property
    def shows_learned(self) -> bool:
        """Whether an answer starts at what was learned, and the screen says so."""
        return self.first is First.LEARNED and not (self.blind or self.adjudicate)

    @property
    def shows_values(self) -> bool:
        """Whether the sitting may show the values of examples, and order by them if no order was asked for."""
        return not (self.blind or self.adjudicate)


class ReviewSession:
    """Gives out reviews and takes answers. It waits for the disk, so call it off the UI thread."""

    def __init__(
        self,
        store: Store,
        annotator: str,
        queue: QueueFilter = DISAGREEING,
        options: SessionOptions = SessionOptions(),
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
        self.labels = label_names(store)
        self._has_begun = False
        self.nothing_left = NothingLeft(Why.FOR_NOW)  # why `next` last returned None
        self.share = share_of(store, annotator)
        if self.share.filter.words:
            index_words(store, seconds=float("inf"))
        self.whole = what_waits(store, expected=options.expected)  # the queue if nothing is asked for
        self.readers = predictors_of(store) if self.whole == OPEN else 2  # predictors shown: 0, 1 or more
        queue = self._of_this_kind(queue)
        self._weave = Weave()
        self._woven: int | None = None  # the slice text that comes next, beside the order
        self._begin_slice(queue)
        self._picks_order = order is None
        self.evidence = evidence_of(store) if order is None and options.shows_values and queue != OPEN else None
        self._walk = QueueWalk(store, queue, order or self._own_order(queue), self.share)
        self._hold = Hold(store, self.id, annotator, adjudicates=options.adjudicate)
        self._skipped: list[int] = []
        self._drafts: dict[int, Draft] = {}
        self.undone: Answer | None = None  # the answer that was taken back last
        self._answered: AnyReview | None = None  # the last review that was answered
        self.pace = Pace(options.seconds)

    @property
    def begun(self) -> int:
        """The number of texts that were begun place by place and are not answered yet."""
        return 0

    @property
    def queue(self) -> QueueFilter:
        return self._walk.queue

    @property
    def order(self) -> AnyOrder:
        return self._walk.order

    @property
    def settled(self) -> int:
        """The number of examples answered since the queue was set."""
        return len(self._walk.settled)

    @property
    def order_by_itself(self) -> Order:
        """The order that the sitting takes if no order is asked for."""
        return self._own_order(self.queue)

    def _own_order(self, queue: QueueFilter) -> Order:
        if queue == OPEN:
            return Order.VALUE if self.options.shows_values and predictors_of(self.store) else Order.RANDOM
        return Order.DISAGREEMENT if self.evidence is None else self.evidence.order

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
        if is_asked:
            self.evidence, self._picks_order = None, False
        self._walk = QueueWalk(self.store, self._of_this_kind(queue), order, self.share, ids)
        self._skipped.clear()

    def _gives_slice(self, queue: QueueFilter) -> bool:
        """Return whether the sitting gives out slice texts; it does not if certain examples were asked for."""
        if self.options.adjudicate or queue not in _WHOLE or self.share.filter != DISAGREEING:
            return False
        return slice_share(self.store) != 0 and (queue != OPEN or predictors_of(self.store) == 1)

    def _begin_slice(self, queue: QueueFilter) -> None:
        """List new texts in the slice now, so that no text is first shown as usual and later as a slice text."""
        if ReviewSession._gives_slice(self, queue):
            begin_slice(self.store)

    def _of_this_kind(self, queue: QueueFilter) -> QueueFilter:
        """Return the queue for this kind of sitting; adjudication goes through disputed examples only."""
        if self.options.adjudicate:
            return queue.with_statuses("disputed")
        return of_what_waits(queue, self.whole)

    def upcoming(self, count: int) -> list[int]:
        """Return the ids of the next examples, `count` at most, beginning with the example to review now."""
        return self._walk.upcoming([*self._skipped, *self._hold.taken()], count)

    def next(self) -> AnyReview | None:
        """Give out the most valuable example left that no other annotator has on screen, and hold it.

        Skipped examples come back once nothing else is left.
        """
        self._begin()
        example_id = self._pick()
        if example_id is None:
            self._hold.put(None)
            self.nothing_left = self._why_nothing_is_left()
            return None
        with self.store.transaction():
            example_id = self._take_next(example_id)
        return None if example_id is None else self._open(example_id)

    def _begin(self) -> None:
        """Fix the digits for good before the first example is on screen; only looking at a store fixes none."""
        if not self._has_begun:
            self._has_begun = True
            fix_digits(self.store)
            self.labels = label_names(self.store)

    def _pick(self, beside: Collection[int] = ()) -> int | None:
        """Return the next example that no other annotator has on screen and that is not among `beside`."""
        others = [*beside, *self._hold.taken()]
        gives_slice = self._gives_slice(self.queue)
        self._woven = None
        if gives_slice and self._weave.is_due and self._pick_woven(others):
            return self._woven
        example_id = self._walk.next([*self._skipped, *others])
        if example_id is None and self._skipped:
            self._skipped.clear()
            self._walk.rewind()
            example_id = self._walk.next(others)
        if example_id is None and gives_slice and self._pick_woven(others):
            return self._woven
        return example_id

    def _pick_woven(self, others: Sequence[int]) -> bool:
        """Pick the next slice text, if any is left."""
        self._woven = next_of_slice(self.store, self.share, [*self._skipped, *others])
        return self._woven is not None

    def _take_next(self, picked: int | None, beside: Collection[int] = ()) -> int | None:
        """Hold the picked example, or the next one if another annotator was faster; call it in a transaction.

        Picking from a long list takes long, so it is done before the transaction that others wait for.
        """
        if picked is not None and (picked in self._hold.taken() or not self._holds(picked)):
            picked = self._pick(beside)
        self._hold.put(picked)
        self._keep_up_slice(picked)
        if picked is None:
            self.nothing_left = self._why_nothing_is_left()
        return picked

    def _holds(self, picked: int) -> bool:
        """Return whether the picked example still waits; a slice text does even if `auto` has accepted it."""
        if picked == self._woven:
            return next_of_slice(self.store, self.share, [*self._skipped, *self._hold.taken()]) == picked
        return self._walk.holds(picked)

    def _keep_up_slice(self, picked: int | None) -> None:
        """Store which slice texts the order has reached by now, or that it gave out a slice text beside the order."""
        if picked != self._woven or picked is None:
            mark_reached(self.store, self._walk.reached(picked))
        if picked is not None and picked == self._woven:
            draw(self.store, picked)

    def pressed(self) -> None:
        """Note that a key was pressed, so that the example on screen stays this annotator's."""
        self._hold.pressed()
        self.pace.pressed()

    def keep_up(self) -> bool:
        """Take in changes of the annotator's share, and return whether there were any. Call it now and then.

        If the sitting chose its own queue or order, it changes them once more predictors have read the texts, or there
        is evidence. The example on screen stays.
        """
        self._hold.keep_up()
        queue, order = self._queue_by_now(), self.order
        if self.evidence is not None:
            self.evidence = evidence_of(self.store)
        if self._picks_order and (order is not Order.VALUE or queue != self.queue):
            order = self._own_order(queue)
        share = share_of(self.store, self.annotator)
        if share.filter.words:
            index_words(self.store)
        is_changed = share != self.share
        if is_changed or order is not self.order or queue != self.queue:
            self.share, settled = share, self._walk.settled
            self._walk = QueueWalk(self.store, queue, order, share)
            self._walk.settled |= settled
        return is_changed

    def _queue_by_now(self) -> QueueFilter:
        """Return the queue; if the sitting chose it, the queue that more predictions make the right choice now."""
        store, queue = self.store, self.queue
        if self.options.adjudicate:
            return queue
        if self.whole == DISAGREEING:
            is_waiting = queue == DISAGREEING and what_waits(store, expected=self.options.expected) == OPEN
            return self._go_over_to(OPEN) if is_waiting else queue
        is_over = not next_examples(store, OPEN, order=Order.VALUE)
        if predictors_of(store) < 2 or not (is_over or next_examples(store, DISAGREEING)):
            return queue
        if queue != OPEN:
            self.whole = DISAGREEING
            return queue
        return self._go_over_to(DISAGREEING)

    def _go_over_to(self, whole: QueueFilter) -> QueueFilter:
        """Go through these texts from now on, if no others are asked for."""
        self.whole = whole
        self._begin_slice(whole)
        learns = self._picks_order and self.options.shows_values and whole != OPEN
        self.evidence = evidence_of(self.store) if learns else None
        return whole

    def resume(self) -> AnyReview | None:
        """Open the example that was on screen when the annotator left, as it was left; else the next one.

        If a filter was asked for, or an order that is not the sitting's own, this opens the next example of that.
        """
        self._begin()
        place = None if self.options.adjudicate else read_place(self.store, self.annotator)
        by_itself = (Order.VALUE, Order.DISAGREEMENT, self.order_by_itself)
        if place is None or not self.queue.only_status or self.order not in by_itself:
            return self.next()
        try:
            review = self.open(place.example_id, self._by_queue, place.choices)
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
            answer = self._own_answer(example_id)
            place = Place(example_id, None if answer is None else answer.id, at=review.focus if review.alone else None)
            if review.is_touched:
                place = replace(place, choices=review.settled(), marks=review.marks)
        with self.store.transaction():
            self._hold.put(None)
            if not self.options.adjudicate:
                save_place(self.store, self.annotator, place)

    def open(
        self, example_id: int, selected_by: str = "list", settled: Sequence[SettledDifference] | None = None
    ) -> AnyReview:
        """Open a certain example; if the annotator has answered it, as it was answered.

        `selected_by` says what led to it: the list, a pattern, the queue; an answered example is opened by hand.
        `settled` is what the annotator chose there before leaving. Raises TakenError if another annotator has the
        example on screen.
        """
        self._begin()
        self._hold.take(example_id)
        answer = self._own_answer(example_id)
        if answer is not None and settled is None:
            settled = settled_of(answer)
        review = self._open(example_id, selected_by if answer is None else BY_HAND, settled)
        if answer is not None and example_id not in self._drafts and self._kept_draft(example_id) is None:
            self._show_again(review, answer)
        return review

    def _show_again(self, review: AnyReview, answer: Answer) -> None:
        """Make `review` show the answer, with the first readings of that time."""
        settled = settled_of(answer)
        review.begin_as(settled, (answer.screen or {}).get("answers", 0))
        review.restore(settled, self.store.rules.marks_of(answer))
        review.shown = review.marks

    def others_who_answered(self, example_id: int) -> list[str]:
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
        example_id = review.item.example.id
        spans, cats = review.decision()
        settled = review.settled()
        draft = self._kept_draft(example_id)
        record = Answer(
            example_id=example_id,
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
            view=self._view_of(review),
            screen={**self._screen_of(review), **how},
        )
        self._hold.refuse_taken(example_id)
        was_settled, weave = example_id in self._walk.settled, self._weave
        is_woven = review.sliced is not None and example_id == self._woven
        try:
            self._weave = weave.after(seconds, is_slice=review.sliced is not None, is_woven=is_woven)
            self._walk.settled.add(example_id)
            picked = self._pick((example_id,))
            with self.store.transaction():  # one write to disk for the answer and the hold on the next example
                self._hold.refuse_taken(example_id)
                save_answer(self.store, record)
                if draft is not None:
                    drop_draft(self.store, example_id, self.annotator)
                following = self._take_next(picked, (example_id,))
        except BaseException:
            self._weave = weave
            if not was_settled:
                self._walk.settled.discard(example_id)
            raise
        self._answered = review
        self.done += 1
        self.pace.answered()
        self._drafts.pop(example_id, None)
        return None if following is None else self._open(following)

    def skip(self, review: AnyReview) -> AnyReview | None:
        """Go on without an answer; the example comes back later in this session, as it was left."""
        self.put_aside(review)
        keep_skip(self.store, review.item.example.id)
        skipped = list(self._skipped)
        self._skipped.append(review.item.example.id)
        try:
            return self.next()
        except BaseException:
            self._skipped[:] = skipped
            raise

    def put_aside(self, review: AnyReview) -> None:
        """Keep the annotator's choices, for when the example is opened again in this session."""
        if any(choice.confirmed for choice in review.choices) or review.marks != review.shown:
            self._drafts[review.item.example.id] = Draft.of(review)

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
            self._hold.take(answer.example_id, "the example of your last answer", ", so your answer stands")
            review = self._open(answer.example_id, BY_HAND, settled_of(answer))
        self.done = max(0, self.done - 1)
        self.pace.taken_back()
        if answer.example_id in self._skipped:
            self._skipped.remove(answer.example_id)
        self.undone = answer
        self._walk.reopen(answer.example_id)
        draft = self._drafts.pop(answer.example_id, None)
        review.steps.clear()
        self._show_again(review, answer)
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

    def _why_nothing_is_left(self) -> NothingLeft:
        if names := self._holders_of_the_rest():
            return NothingLeft(Why.ON_OTHER_SCREENS, elsewhere=names)
        if self.options.adjudicate:
            return NothingLeft(Why.NONE_TO_ADJUDICATE)
        if self.options.confined and self.queue.only_status:
            return NothingLeft(Why.FOR_NOW)
        return why_nothing_is_left(self.store, self.queue, self.share, is_gone_through=bool(self.settled))

    def _holders_of_the_rest(self) -> tuple[str, ...]:
        """Return the annotators who have the examples that still wait on screen, a name for each example."""
        taken = self._hold.taken()
        rest = dict.fromkeys(self._walk.waiting_among(taken)) if taken else {}
        while taken and self._gives_slice(self.queue):
            of_slice = next_of_slice(self.store, self.share, [*rest])
            if of_slice not in taken:
                break
            rest[of_slice] = None
        return tuple(sorted(taken[each] for each in rest))

    def _own_answer(self, example_id: int) -> Answer | None:
        return answer_of(self.store, example_id, self.annotator, adjudicated=self.options.adjudicate)

    def _screen_of(self, review: AnyReview) -> dict[str, Any]:
        """Return the JSON object that an answer keeps of how the example was selected and shown."""
        return {
            "predictors": list(review.item.predictions),
            "blind": self.options.blind or review.sliced is not None,
            "first": First.LEARNED if review.rests_on else First.LEFT,
            "answers": review.rests_on,
            "selected_by": review.selected_by,
            **({"anchoring": [close_object(each, self.store.rules) for each in review.close]} if review.close else {}),
        }

    def _view_of(self, review: AnyReview) -> str:
        """Return the kind of answer that a review gets."""
        if self.options.adjudicate:
            return ADJUDICATE
        return "review" if review.sliced is None else SLICE

    @property
    def _by_queue(self) -> str:
        """The `selected_by` of the examples that the queue gives out now."""
        if self.options.adjudicate:
            return ADJUDICATE
        return self.order.value if self.queue in _WHOLE else "filter"

    def _open(
        self, example_id: int, selected_by: str = "", settled: Sequence[SettledDifference] | None = None
    ) -> AnyReview:
        """Open a review of the example; `selected_by` "" means the queue. Offers that were `settled` return."""
        review = self._begun_review(example_id, settled, self._sliced(example_id))
        review.selected_by = SLICE if review.sliced is not None else selected_by or self._by_queue
        review.remark = remark_of(self.store, example_id, self.annotator)
        return review

    def _begun_review(
        self, example_id: int, settled: Sequence[SettledDifference] | None = None, sliced: Sliced | None = None
    ) -> AnyReview:
        """Return a review of the example, with the choices of its draft if it has one."""
        if (draft := self._drafts.get(example_id)) is not None:
            review = self._made(example_id, draft.settled, sliced)
            draft.restore(review)
        elif (kept := self._kept_draft(example_id)) is not None:
            review = self._made(example_id, kept.settled, sliced)
            restore_draft(kept, review)
        else:
            review = self._made(example_id, settled, sliced)
        return review

    def _made(
        self, example_id: int, settled: Sequence[SettledDifference] | None = None, sliced: Sliced | None = None
    ) -> AnyReview:
        """Return a new review of the example; places that were `settled` are offered again."""
        if self.options.adjudicate:
            answers = answers_of_people(self.store, example_id)
            item = disputed_item(read_example(self.store, example_id), answers, self.task, store_scorer(self.store))
        else:
            item = queue_item(self.store, example_id)
        if self.options.blind or sliced is not None:
            item = shuffled(item, self.annotator)
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
        review = open_review(item, self.task, self.labels, learned, settled, sliced)
        review.close = close
        return review

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
        return not (self.share.overlap and is_overlap(self.store, example_id))

    def _kept_draft(self, example_id: int) -> PlaceDraft | None:
        """Return the annotator's place by place draft of an example, if there is one."""
        return None if self.options.adjudicate else read_draft(self.store, example_id, self.annotator)


def settled_of(answer: Answer) -> tuple[SettledDifference, ...]:
    """Return the differences and offers of an answer in the order of the screen."""
    both = (*answer.choices, *answer.offered)
    if not answer.offered:
        return both
    return tuple(sorted(both, key=lambda each: (each.difference.start, each.difference.end, each.label)))

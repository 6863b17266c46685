"""Which example comes next in a sitting: its queue, its order, the slice, and the examples of other annotators."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from tiebreak.core.queue.default_queue import default_queue, with_default_status
from tiebreak.core.queue.hold import Hold
from tiebreak.core.queue.nothing_left import NothingLeft, Why, why_nothing_is_left
from tiebreak.core.queue.walk import QueueWalk
from tiebreak.core.queue.weave import Weave
from tiebreak.core.review.evidence import evidence_of
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.selection.filter import DISAGREEING, OPEN, WITH_AGREED, AnyOrder, Order, QueueFilter
from tiebreak.core.store.answers import ADJUDICATE
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import next_examples, predictors_of
from tiebreak.core.store.slices import begin_slice, give_out, mark_reached, next_of_slice, slice_share
from tiebreak.core.store.team import portion_of
from tiebreak.core.store.words import index_words

_WHOLE = (DISAGREEING, WITH_AGREED, OPEN)  # the queues of sittings that ask for no certain examples


class Picking:
    """Picks examples one after another, and holds the one on screen.

    `whole` is the queue if the annotator asks for none. `evidence` is why the sitting chose its order itself, None if
    it did not. `skipped` are examples that come back once nothing else is left. `nothing_left` is why `next` last
    returned None.
    """

    def __init__(
        self,
        store: Store,
        annotator: str,
        session: str,
        queue: QueueFilter,
        options: SessionOptions,
        order: AnyOrder | None,
    ) -> None:
        """Begin with a queue; if `order` is None, the sitting takes the order that there is evidence for."""
        self.store = store
        self.annotator = annotator
        self.options = options
        self.nothing_left = NothingLeft(Why.FOR_NOW)
        self.portion = portion_of(store, annotator)
        if self.portion.filter.words:
            index_words(store, seconds=float("inf"))
        self.whole = default_queue(store, expected=options.expected)
        queue = self._of_this_kind(queue)
        self._weave = Weave()
        self._woven: int | None = None  # the slice text that comes next, beside the order
        self._begin_slice(queue)
        self._picks_order = order is None
        self.evidence = evidence_of(store) if order is None and options.shows_values and queue != OPEN else None
        self.walk = QueueWalk(store, queue, order or self.own_order(queue), self.portion)
        self.hold = Hold(store, session, annotator, adjudicates=options.adjudicate)
        self.skipped: list[int] = []

    @property
    def queue(self) -> QueueFilter:
        return self.walk.queue

    @property
    def order(self) -> AnyOrder:
        return self.walk.order

    @property
    def selected_by(self) -> str:
        """The `selected_by` of the examples that the queue gives out now."""
        if self.options.adjudicate:
            return ADJUDICATE
        return self.order.value if self.queue in _WHOLE else "filter"

    def own_order(self, queue: QueueFilter) -> Order:
        """Return the order that the sitting takes by itself."""
        if queue == OPEN:
            return Order.VALUE if self.options.shows_values and predictors_of(self.store) else Order.RANDOM
        return Order.DISAGREEMENT if self.evidence is None else self.evidence.order

    def set_queue(self, queue: QueueFilter, order: AnyOrder, ids: array[int] | None, *, is_asked: bool) -> None:
        """Go on with another filter or order; `ids` are its examples, if the caller has looked them up already.

        An order that `is_asked` for stays; otherwise the sitting goes on choosing its own order, if it did before.
        """
        if is_asked:
            self.evidence, self._picks_order = None, False
        self.walk = QueueWalk(self.store, self._of_this_kind(queue), order, self.portion, ids)
        self.skipped.clear()

    def gives_slice(self, queue: QueueFilter) -> bool:
        """Return whether the sitting gives out slice texts; it does not if certain examples were asked for."""
        if self.options.adjudicate or queue not in _WHOLE or self.portion.filter != DISAGREEING:
            return False
        return slice_share(self.store) != 0 and (queue != OPEN or predictors_of(self.store) == 1)

    def _begin_slice(self, queue: QueueFilter) -> None:
        """List new texts in the slice now, so that no text is first shown as usual and later as a slice text."""
        if Picking.gives_slice(self, queue):
            begin_slice(self.store)

    def _of_this_kind(self, queue: QueueFilter) -> QueueFilter:
        """Return the queue for this kind of sitting; adjudication goes through disputed examples only."""
        if self.options.adjudicate:
            return queue.with_statuses("disputed")
        return with_default_status(queue, self.whole)

    def upcoming(self, count: int) -> list[int]:
        """Return the ids of the next examples, `count` at most, beginning with the example to review now."""
        return self.walk.upcoming([*self.skipped, *self.hold.held_by_others()], count)

    def next(self) -> int | None:
        """Pick the next example, and hold it. Skipped examples come back once nothing else is left."""
        picked = self.pick()
        if picked is None:
            self.hold.put(None)
            self.nothing_left = self._why_nothing_is_left()
            return None
        with self.store.transaction():
            return self.take(picked)

    def pick(self, beside: Collection[int] = ()) -> int | None:
        """Return the next example that no other annotator has on screen and that is not among `beside`."""
        others = [*beside, *self.hold.held_by_others()]
        gives_slice = self.gives_slice(self.queue)
        self._woven = None
        if gives_slice and self._weave.is_due and self._pick_woven(others):
            return self._woven
        example_id = self.walk.next([*self.skipped, *others])
        if example_id is None and self.skipped:
            self.skipped.clear()
            self.walk.rewind()
            example_id = self.walk.next(others)
        if example_id is None and gives_slice and self._pick_woven(others):
            return self._woven
        return example_id

    def _pick_woven(self, others: Sequence[int]) -> bool:
        """Pick the next slice text, if any is left."""
        self._woven = next_of_slice(self.store, self.portion, [*self.skipped, *others])
        return self._woven is not None

    def take(self, picked: int | None, beside: Collection[int] = ()) -> int | None:
        """Hold the picked example, or the next one if another annotator was faster; call it in a transaction.

        Picking from a long list takes long, so it is done before the transaction that others wait for.
        """
        if picked is not None and (picked in self.hold.held_by_others() or not self.waits(picked)):
            picked = self.pick(beside)
        self.hold.put(picked)
        self.note_reached(picked)
        if picked is None:
            self.nothing_left = self._why_nothing_is_left()
        return picked

    def waits(self, picked: int) -> bool:
        """Return whether the picked example still waits; a slice text does even if `auto` has accepted it."""
        if picked == self._woven:
            return next_of_slice(self.store, self.portion, [*self.skipped, *self.hold.held_by_others()]) == picked
        return self.walk.holds(picked)

    def note_reached(self, picked: int | None) -> None:
        """Store which slice texts the order has reached by now, or that it gave out a slice text beside the order."""
        if picked != self._woven or picked is None:
            mark_reached(self.store, self.walk.reached(picked))
        if picked is not None and picked == self._woven:
            give_out(self.store, picked)

    @contextmanager
    def answering(self, example_id: int, seconds: float, *, is_slice: bool) -> Iterator[None]:
        """Count an answer to the example while it is saved; an error takes the count back."""
        was_settled, weave = example_id in self.walk.settled, self._weave
        is_woven = is_slice and example_id == self._woven
        try:
            self._weave = weave.after(seconds, is_slice=is_slice, is_woven=is_woven)
            self.walk.settled.add(example_id)
            yield
        except BaseException:
            self._weave = weave
            if not was_settled:
                self.walk.settled.discard(example_id)
            raise

    @contextmanager
    def skipping(self, example_id: int) -> Iterator[None]:
        """Put an example off while the next one is picked; an error takes it back."""
        skipped = list(self.skipped)
        self.skipped.append(example_id)
        try:
            yield
        except BaseException:
            self.skipped[:] = skipped
            raise

    def reopen(self, example_id: int) -> None:
        """Count an answer as taken back."""
        if example_id in self.skipped:
            self.skipped.remove(example_id)
        self.walk.reopen(example_id)

    def keep_up(self) -> bool:
        """Take in changes of the annotator's share, and return whether there were any. Call it now and then.

        If the sitting chose its own queue or order, it changes them once more predictors have read the texts, or there
        is evidence. The example on screen stays.
        """
        self.hold.keep_up()
        queue, order = self._queue_by_now(), self.order
        if self.evidence is not None:
            self.evidence = evidence_of(self.store)
        if self._picks_order and (order is not Order.VALUE or queue != self.queue):
            order = self.own_order(queue)
        portion = portion_of(self.store, self.annotator)
        if portion.filter.words:
            index_words(self.store)
        is_changed = portion != self.portion
        if is_changed or order is not self.order or queue != self.queue:
            self.portion, settled = portion, self.walk.settled
            self.walk = QueueWalk(self.store, queue, order, portion)
            self.walk.settled |= settled
        return is_changed

    def _queue_by_now(self) -> QueueFilter:
        """Return the queue; if the sitting chose it, the queue that more predictions make the right choice now."""
        store, queue = self.store, self.queue
        if self.options.adjudicate:
            return queue
        if self.whole == DISAGREEING:
            is_waiting = queue == DISAGREEING and default_queue(store, expected=self.options.expected) == OPEN
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

    def _why_nothing_is_left(self) -> NothingLeft:
        if names := self._holders_of_the_rest():
            return NothingLeft(Why.ON_OTHER_SCREENS, elsewhere=names)
        if self.options.adjudicate:
            return NothingLeft(Why.NONE_TO_ADJUDICATE)
        if self.options.confined and self.queue.only_status:
            return NothingLeft(Why.FOR_NOW)
        return why_nothing_is_left(self.store, self.queue, self.portion, is_gone_through=bool(self.walk.settled))

    def _holders_of_the_rest(self) -> tuple[str, ...]:
        """Return the annotators who have the examples that still wait on screen, a name for each example."""
        taken = self.hold.held_by_others()
        rest = dict.fromkeys(self.walk.waiting_among(taken)) if taken else {}
        while taken and self.gives_slice(self.queue):
            of_slice = next_of_slice(self.store, self.portion, [*rest])
            if of_slice not in taken:
                break
            rest[of_slice] = None
        return tuple(sorted(taken[each] for each in rest))

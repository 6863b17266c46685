"""Walking through a queue example by example, without a query that grows with the store."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from heapq import merge
from itertools import islice

from tiebreak.core.queue.cold_start import COLD, best_quarter, random_sample
from tiebreak.core.queue.overlap import Overlap
from tiebreak.core.selection.filter import OPEN, AnyOrder, Order, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.answers import count_of_people
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import by_value, is_answered, is_indexed, last_compared, ranked_examples
from tiebreak.core.store.searching import matching_ids
from tiebreak.core.store.slices import more_valuable, slice_texts, unreached_before, unreached_texts

_AHEAD = 200  # examples of a list that are sorted by their current values; each costs a few microseconds a key


class QueueWalk:
    """A walk through the queue of one annotator's `portion`.

    By disagreement or value, and without a filter, an index gives the next example. Any other queue is listed once, as
    ids that are checked when their turn comes. At its end the list is made again, for examples that came in meanwhile.
    By value, the next examples of a list are sorted by their current values.

    `settled` are the examples answered on this walk: a filter that asks for answered examples does not give them again.
    The caller passes in the examples that were `skipped` or that others have taken. A list holds answered slice texts,
    too: `reached` returns those that it has passed.
    """

    def __init__(
        self, store: Store, queue: QueueFilter, order: AnyOrder, portion: Portion, ids: array[int] | None = None
    ) -> None:
        self.queue = queue
        self.order = order
        self.portion = portion
        self.settled: set[int] = set()
        self._store = store
        self._indexed = is_indexed(queue, order) and portion.is_whole
        self._overlap = Overlap(store, queue, order, portion)
        self._is_cold = order is Order.VALUE and queue != OPEN
        self._at = 0
        self._passed: set[int] = set()  # by value: examples of the list that have been answered
        self._made_at: tuple[int, int] | None = None
        self._ids = array("q")
        self._put_by: dict[int, None] = {}  # examples of the list that were passed over as skipped or taken
        self._places: dict[int, int] = {}  # the places in the list of texts that are, or may become, slice texts
        if not self._indexed:
            self._put_down(ids)

    def next(self, skipped: Collection[int]) -> int | None:
        """Return the next example that is not in `skipped`, or None. It stays next until it is answered or skipped."""
        if cold := self._cold(skipped):
            return cold[0]
        if self._indexed:
            return next(iter(self._ranked(skipped, 1)), None)
        if (found := self._next_listed(skipped)) is not None:
            return found
        if self._store.version() == self._made_at:  # an example becoming free writes nothing to the store
            return next((each for each in self._put_by if self._is_waiting(each, skipped)), None)
        self._put_down(None)  # only once a call: an engine at work writes all the time
        return self._next_listed(skipped)

    def holds(self, example_id: int) -> bool:
        """Return whether the example, which `next` returned, is still to be answered."""
        return self.queue.wants_answered or not is_answered(self._store, example_id, self.portion)

    def reached(self, given: int | None) -> list[int]:
        """Return the slice texts that come before `given` in the order; all of them if `given` is None."""
        if self._indexed:
            return unreached_before(self._store, self.queue, self.order, given)
        waiting = [each for each in unreached_texts(self._store) if each in self._places]
        if given is None:
            return waiting
        if self.order is Order.VALUE:
            return more_valuable(self._store, waiting, given)
        at = self._place_of(given) if waiting else 0
        return [each for each in waiting if self._places[each] < at]

    def _place_of(self, given: int) -> int:
        """Return the place in the list of the next example, or of one of `upcoming`."""
        is_next = self._at < len(self._ids) and self._ids[self._at] == given
        if is_next or given not in self._ids:
            return self._at
        return self._ids.index(given)

    def _next_listed(self, skipped: Collection[int]) -> int | None:
        if self.order is Order.VALUE:
            return next(iter(self._valued(skipped)), None)
        before, self._at = self._at, next(self._waiting(skipped), len(self._ids))
        passed = self._ids[before : self._at]
        self._put_by.update(dict.fromkeys(each for each in skipped if each in passed))
        return self._ids[self._at] if self._at < len(self._ids) else None

    def waiting_among(self, ids: Collection[int]) -> list[int]:
        """Return which of these examples wait, if nothing else does."""
        if self._indexed:
            return [each for each in self.upcoming((), len(ids)) if each in ids]
        return [each for each in ids if each in self._ids and self._is_waiting(each, ())]

    def upcoming(self, skipped: Collection[int], count: int) -> list[int]:
        """Return the next examples, `count` at most."""
        cold = self._cold(skipped)
        if self._indexed:
            following = self._ranked(skipped, count)
        elif self.order is Order.VALUE:
            following = self._valued(skipped)
        else:
            following = [self._ids[place] for place in islice(self._waiting(skipped), count)]
        return list(dict.fromkeys([*cold, *following]))[:count]

    def _cold(self, skipped: Collection[int]) -> list[int]:
        """Return the next examples by value before there are answers to learn from: a random choice of the best."""
        if not self._is_cold:
            return []
        answered = max(count_of_people(self._store, COLD), len(self.settled))  # an answer may be about to be saved
        self._is_cold = answered < COLD
        if not self._is_cold:
            return []
        ids = range(1, last_compared(self._store) + 1) if self._indexed else self._ids
        wanted = [each for each in random_sample(ids) if each not in skipped and not self._is_over(each)]
        best = best_quarter(by_value(self._store, wanted, self.portion.annotator, disagreeing=True))
        return [each for each in wanted if each in best][: COLD - answered]

    def _is_over(self, example_id: int) -> bool:
        return example_id in self.settled or example_id in self._passed

    def _is_waiting(self, example_id: int, skipped: Collection[int]) -> bool:
        return example_id not in skipped and not self._is_over(example_id) and self.holds(example_id)

    def _valued(self, skipped: Collection[int]) -> list[int]:
        """Return the next waiting examples of the list, by their current values; those passed over stay in it."""
        whose = None if self.queue.wants_answered else self.portion.annotator
        waiting: list[int] = []
        while not waiting:
            while self._at < len(self._ids) and self._is_over(self._ids[self._at]):
                self._at += 1
            rest = (self._ids[place] for place in range(self._at, len(self._ids)))
            wanted = list(islice((each for each in rest if each not in skipped and not self._is_over(each)), _AHEAD))
            if not wanted:
                break
            waiting = by_value(self._store, wanted, whose)
            self._passed.update(set(wanted).difference(waiting))
        return waiting

    def reopen(self, example_id: int) -> None:
        """Bring back an example that has no answer of the annotator any more."""
        self.settled.discard(example_id)
        self._passed.discard(example_id)
        self._is_cold = self.order is Order.VALUE and self.queue != OPEN
        self._overlap.reopen()

    def _ranked(self, skipped: Collection[int], count: int) -> list[int]:
        """Return the best of the unanswered examples, and of those for all that this annotator has not answered."""
        unanswered = ranked_examples(self._store, self.queue, self.order, skipped, count)
        others = islice(self._overlap.waiting(skipped), count)
        best: dict[int, None] = dict.fromkeys(ranked.example_id for ranked in merge(unanswered, others))
        return list(best)[:count]

    def rewind(self) -> None:
        """Go back to what was skipped."""
        self._at = 0
        self._put_by.clear()

    def _waiting(self, skipped: Collection[int]) -> Iterator[int]:
        """Yield the places in the list, from here on, of the examples that wait."""
        for place in range(self._at, len(self._ids)):
            example_id = self._ids[place]
            if self._is_waiting(example_id, skipped):
                yield place

    def _put_down(self, ids: array[int] | None) -> None:
        self._made_at = self._store.version()
        of_slice = {each.example_id for each in slice_texts(self._store)}
        if ids is None or of_slice:
            ids = matching_ids(self._store, self.queue, self.order, self.portion, as_if_open=bool(of_slice))
        self._ids = ids
        self._places = {each: place for place, each in enumerate(ids) if each in of_slice} if of_slice else {}
        self._at = 0
        self._passed.clear()
        self._put_by.clear()

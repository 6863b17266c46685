"""The examples for all annotators that others have answered, and one annotator has not."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator

from tiebreak.core.selection.filter import AnyOrder, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import Ranked, is_answered, overlap_answered


class Overlap:
    """The examples of an indexed queue that others have answered, and `share`'s annotator has not, best first.

    All are looked up once, and later only those answered since, so that no key waits for more than that.
    """

    def __init__(self, store: Store, queue: QueueFilter, order: AnyOrder, portion: Portion) -> None:
        self._store = store
        self._queue = queue
        self._order = order
        self._portion = portion
        self._seen: int | None = None  # the newest answer that was looked at
        self._waiting: list[Ranked] = []
        self._known: set[int] = set()

    def waiting(self, skipped: Collection[int]) -> Iterator[Ranked]:
        """Yield the examples that are not in `skipped`, best first, and drop those that the annotator has answered."""
        self._look()
        left_out = set(skipped)
        at = 0
        while at < len(self._waiting):
            ranked = self._waiting[at]
            if ranked.example_id in left_out:
                at += 1
            elif is_answered(self._store, ranked.example_id, self._portion):
                del self._waiting[at]
                self._known.discard(ranked.example_id)
            else:
                yield ranked
                at += 1

    def reopen(self) -> None:
        """Look all examples up again, since the annotator has taken an answer back."""
        self._seen = None

    def _look(self) -> None:
        if not self._portion.overlap:
            return
        if self._seen is None:
            self._waiting.clear()
            self._known.clear()
        annotator = self._portion.annotator
        self._seen, found = overlap_answered(self._store, self._queue, self._order, annotator, self._seen)
        for ranked in found:
            if ranked.example_id not in self._known:
                self._known.add(ranked.example_id)
                insort(self._waiting, ranked)

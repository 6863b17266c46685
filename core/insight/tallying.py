"""Counting the answers or the examples part by part, so that only parts that have changed are counted again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tiebreak.core.store.connection import Store
from tiebreak.core.store.tallies import keep_tallies, kept_tallies

T = TypeVar("T")
Counted = Mapping[str, Any]  # what was counted of a part: a JSON object
OF_NOW = "is_of_now"  # in one that is not kept, since it rests on what changes by itself


class Tallying:
    """Counts of `what`, by part. Call `keep` once no snapshot is held."""

    def __init__(self, store: Store, what: str) -> None:
        self._store = store
        self._what = what
        self._wanted: Mapping[int, object] = {}
        self._news: Mapping[int, Counted] = {}

    def count(
        self, wanted: Mapping[int, Sequence[T]], basis: object, count: Callable[[Sequence[T]], Counted]
    ) -> list[Counted]:
        """Return what there is to count in each part, in their order; of those that are another now by `count`.

        `wanted` has what each part holds; that and the `basis` decide about all that is counted.
        """
        self._wanted = {part: (basis, held) for part, held in wanted.items()}
        found = kept_tallies(self._store, self._what, self._wanted)
        self._news = {part: count(held) for part, held in wanted.items() if part not in found}
        return [found[part] if part in found else self._news[part] for part in sorted(wanted)]

    def keep(self) -> None:
        """Keep what was counted anew; nothing within a transaction or a snapshot, which may not write or would wait."""
        news = {part: counted for part, counted in self._news.items() if not counted.get(OF_NOW)}
        if news and not self._store.connection.in_transaction:
            keep_tallies(self._store, self._what, self._wanted, news)


@contextmanager
def no_collecting() -> Iterator[None]:
    """Have Python look for no circles of objects: among a million that all live on, that takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

"""Counting the answers or the examples part by part, so that only parts that have changed are counted again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tiebreak.core.store.connection import Store
from tiebreak.core.store.tallies import save_tallies, saved_tallies

T = TypeVar("T")
Counted = Mapping[str, Any]  # the counts of a part: a JSON object
OF_NOW = "is_of_now"  # the key of counts that are not kept, since they rest on what is compared now


class Tallying:
    """Counts of one `kind`, by part. Call `save` once no snapshot is held."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind
        self._wanted: Mapping[int, object] = {}
        self._news: Mapping[int, Counted] = {}

    def count(
        self, wanted: Mapping[int, Sequence[T]], basis: object, count: Callable[[Sequence[T]], Counted]
    ) -> list[Counted]:
        """Return the counts of each part, in order of the parts; `count` counts the parts that have changed.

        `wanted` has the contents of each part. These and the `basis` determine all counts.
        """
        self._wanted = {part: (basis, held) for part, held in wanted.items()}
        found = saved_tallies(self._store, self._kind, self._wanted)
        self._news = {part: count(held) for part, held in wanted.items() if part not in found}
        return [found[part] if part in found else self._news[part] for part in sorted(wanted)]

    def save(self) -> None:
        """Keep the new counts, except within a transaction or a snapshot, which may not write or would wait."""
        news = {part: counted for part, counted in self._news.items() if not counted.get(OF_NOW)}
        if news and not self._store.connection.in_transaction:
            save_tallies(self._store, self._kind, self._wanted, news)


@contextmanager
def garbage_collection_off() -> Iterator[None]:
    """Switch Python's garbage collector off; among a million live objects it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

"""Writing many rows beside people who answer: in transactions so short that no key waits for one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tiebreak.core.store.connection import Store

T = TypeVar("T")

LONGEST = 0.005  # seconds that others wait for the lock at most
_AIM = 0.001  # seconds that a transaction is to take, which leaves room for a disk or a core that is busy
# Seconds before each: whoever waits for the lock gets it, and a process that has just slept is not the next that has to
# leave its core to others, with the lock held.
_PAUSE = 0.005
_FIRST, _LEAST, _MOST = 16_000, 1_000, 50_000  # bytes a transaction
_LOG = 2_000_000  # bytes; SQLite has whoever writes bring 4 MB into the file


class ShortWrites:
    """Writes rows a part at a time. How many bytes a part has follows the time that the last one took."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bytes = _FIRST
        self._logged = 0  # bytes that were written since the log was brought into the file

    def write(self, rows: Sequence[T], size: Callable[[T], int], save: Callable[[Sequence[T]], object]) -> None:
        """Have `save` write all `rows`, each of `size` bytes; one that is larger than a part is a part by itself."""
        at = 0
        while at < len(rows):
            time.sleep(_PAUSE)
            part, total = self._part(rows, at, size)
            at += len(part)
            with self._store.transaction():
                began = time.perf_counter()
                save(part)
            self._adapt(time.perf_counter() - began, total)
            self._keep_log_short(total)

    def _part(self, rows: Sequence[T], at: int, size: Callable[[T], int]) -> tuple[Sequence[T], int]:
        """The rows from `at` on that make up a part, and their bytes."""
        total, end = size(rows[at]), at + 1
        while end < len(rows) and total + size(rows[end]) <= self._bytes:
            total += size(rows[end])
            end += 1
        return rows[at:end], total

    def _adapt(self, seconds: float, written: int) -> None:
        """Come nearer to as many bytes as take `_AIM`, by four at most: a single time says little."""
        ratio = _AIM / max(seconds, 1e-6)
        if ratio < 1:
            self._bytes = max(_LEAST, int(self._bytes * max(ratio, 0.25)))
        elif written > self._bytes / 2:  # a part that was not full says nothing of a larger one
            self._bytes = min(_MOST, int(self._bytes * min(ratio, 2)))

    def _keep_log_short(self, written: int) -> None:
        """Bring the log into the file before a key would have to, and outside of any transaction."""
        self._logged += written
        if self._logged > _LOG:
            self._logged = 0
            self._store.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def write_lightly(store: Store) -> None:
    """Have this connection wait for no disk. What it wrote last may be gone after a power cut, and nothing else."""
    store.execute("PRAGMA synchronous = NORMAL")
    store.execute("PRAGMA wal_autocheckpoint = 0")  # `ShortWrites` does it, where nobody waits for the lock

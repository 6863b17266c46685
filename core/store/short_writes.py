"""Write many rows while people answer, in transactions so short that no key waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tiebreak.core.store.connection import Store

T = TypeVar("T")

LONGEST = 0.005  # seconds; the longest that others wait for the lock
_AIM = 0.001  # seconds; the target for a transaction, well below LONGEST in case the disk or the core is busy
# Seconds before each transaction, for two effects. Waiting writers get the lock. And after a sleep, the system is not
# likely to take the core from this process while it holds the lock.
_PAUSE = 0.005
_FIRST, _LEAST, _MOST = 16_000, 1_000, 50_000  # bytes a transaction
_LOG = 2_000_000  # bytes; then the log is moved into the file. From 4 MB on, SQLite makes any writer do it


class ShortWrites:
    """Writes rows part by part. The size of a part adapts to the time that the last part took."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bytes = _FIRST
        self._logged = 0  # bytes written since the log was moved into the file

    def write(self, rows: Sequence[T], size: Callable[[T], int], save: Callable[[Sequence[T]], object]) -> None:
        """Let `save` write all `rows`, each of `size` bytes; a row that is larger than a part is a part by itself."""
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
        """Return the rows from `at` on that make up a part, and their bytes."""
        total, end = size(rows[at]), at + 1
        while end < len(rows) and total + size(rows[end]) <= self._bytes:
            total += size(rows[end])
            end += 1
        return rows[at:end], total

    def _adapt(self, seconds: float, written: int) -> None:
        """Adapt the size of a part to `_AIM` seconds, by at most 2 times up or 4 times down: one time says little."""
        ratio = _AIM / max(seconds, 1e-6)
        if ratio < 1:
            self._bytes = max(_LEAST, int(self._bytes * max(ratio, 0.25)))
        elif written > self._bytes / 2:  # the time of a half-empty part says nothing about larger parts
            self._bytes = min(_MOST, int(self._bytes * min(ratio, 2)))

    def _keep_log_short(self, written: int) -> None:
        """Move the log into the file, outside of any transaction, before an answer has to do it."""
        self._logged += written
        if self._logged > _LOG:
            self._logged = 0
            self._store.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def write_lightly(store: Store) -> None:
    """Let this connection not wait for the disk. A power cut may lose its last writes, and nothing else."""
    store.execute("PRAGMA synchronous = NORMAL")
    store.execute("PRAGMA wal_autocheckpoint = 0")  # `ShortWrites` does it while nobody waits for the lock

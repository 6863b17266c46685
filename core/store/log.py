"""SQLite's log of a store (the `-wal` file): keep it short, and empty it before the store's file is used alone."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import StoreError

LARGE = 8_000_000  # bytes; then it is cut. SQLite copies it into the file at 4 MB, but appends while anyone reads it
_PAUSE = 1.0  # seconds between two attempts to cut the log


class Log:
    """The log of one connection's store. It grows little beyond `LARGE`, unless a reader keeps it from being cut."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = f"{os.path.realpath(path)}-wal"  # beside the file that a link leads to
        self._next = 0.0

    def keep_short(self) -> None:
        """Cut the log if it is large and nobody reads it. This never waits, and a failure does no harm.

        Call it after a transaction, when its changes are on disk.
        """
        try:
            size = os.stat(self._path).st_size  # noqa: PTH116  fast: called at each answer
        except OSError:
            return
        now = time.monotonic()
        if size <= LARGE or now < self._next:
            return
        self._next = now + _PAUSE
        with suppress(sqlite3.Error):
            [wait] = self._connection.execute("PRAGMA busy_timeout").fetchone()
            self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {int(wait)}")


def empty_log(connection: sqlite3.Connection, named: Path) -> None:
    """Move the whole log into the store's file. Raises StoreError if that fails."""
    busy, left, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy or left > 0:
        raise StoreError(f"{named}: SQLite could not move its log into the file; try again")

"""SQLite's log of a store (the `-wal` file): kept short, and emptied before a file is to stand alone."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import StoreError

LARGE = 8_000_000  # bytes; SQLite brings it into the file from 4 MB on, and writes on behind what somebody still reads
_PAUSE = 1.0  # seconds between two tries to cut it


class Log:
    """The log of one connection's store. `LARGE` is as large as it gets, but for what a reader keeps from being cut."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = f"{os.path.realpath(path)}-wal"  # SQLite keeps it beside the file that a link leads to
        self._next = 0.0

    def keep_short(self) -> None:
        """Cut the log if it is large and nobody reads in it. This never waits, and if it goes wrong, nothing is harmed.

        Call it after a transaction: what that wrote is on disk by then.
        """
        try:
            size = os.stat(self._path).st_size  # noqa: PTH116  at each answer
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
    """Bring all of the log into the file. Raises StoreError if that fails."""
    busy, left, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy or left > 0:
        raise StoreError(f"{named}: what was written could not be brought into the file; try again")

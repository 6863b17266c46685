"""A time limit for writes: a foreign trigger runs with each row that is written, and might never end."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tiebreak.core.store.definitions import TRIGGERS

LIMIT = 60.0  # seconds for a statement, or for each row of `executemany`; then the statement is given up
_STEPS = 20_000  # instructions of SQLite's virtual machine between two looks at the clock


class LimitedConnection(sqlite3.Connection):
    """A connection whose statements can be given up, only within `limited`: SQLite has a single progress handler."""

    _end = math.inf  # seconds of time.monotonic(); then the running statement is given up
    _is_limited = False

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Let statements in the block end with SQLITE_INTERRUPT once they have taken too long."""
        self._is_limited = True
        self.set_progress_handler(lambda: time.monotonic() > self._end, _STEPS)
        try:
            yield
        finally:
            self.set_progress_handler(None, 0)
            self._is_limited = False

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Give the statement in the block LIMIT seconds; between two such blocks nothing is given up."""
        self._end = time.monotonic() + LIMIT
        try:
            yield
        finally:
            self._end = math.inf

    def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        if not self._is_limited:
            return super().executemany(sql, parameters)
        with self.in_time():
            return super().executemany(sql, self._each_in_time(parameters))

    def _each_in_time(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            self._end = time.monotonic() + LIMIT
            yield row


def has_foreign_triggers(connection: sqlite3.Connection) -> bool:
    """Return whether the store has a trigger that is not Tiebreak's. Raises sqlite3.Error."""
    return any(
        name not in TRIGGERS for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'")
    )

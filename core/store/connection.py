"""A connection to a store, and its transactions; every SQLite error becomes one plain message."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeGuard, TypeVar

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Marks, Spans, Task
from tiebreak.core.store import schema
from tiebreak.core.store.log import Log
from tiebreak.core.store.names import check_one_name, file_status
from tiebreak.core.store.permissions import harden, keep_group_access
from tiebreak.core.store.plain_errors import LOCK_TIMEOUT, plain_error, plain_errors
from tiebreak.core.store.rows import add_row
from tiebreak.core.store.time_limit import LimitedConnection, has_foreign_triggers
from tiebreak.core.store.values import cause_in
from tiebreak.core.tasks.protocol import TaskRules
from tiebreak.core.tasks.registry import rules_of
from tiebreak.core.ways_out import Way, WayOut

T = TypeVar("T")

_LONGEST_WAIT = 0.008  # seconds between two attempts to begin a transaction


class _Cursor(sqlite3.Cursor):
    """A cursor that raises StoreErrors while rows are fetched (a damaged page, text that is not UTF-8)."""

    connection: _Connection

    def __next__(self) -> Any:  # called a million times: without the cost of a context manager
        try:
            return super().__next__()
        except sqlite3.Error as error:
            raise plain_error(self.connection.path, error) from error

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.Error as error:
            raise plain_error(self.connection.path, error) from error

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        with plain_errors(self.connection.path):
            return super().fetchmany(size)

    def fetchall(self) -> list[Any]:
        with plain_errors(self.connection.path):
            return super().fetchall()


class _Connection(LimitedConnection):
    path: Path

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if not self._is_limited:
            return self.cursor(_Cursor).execute(sql, parameters)
        with self.in_time():
            return self.cursor(_Cursor).execute(sql, parameters)


# Errors that a value may cause if Tiebreak did not write it. Only after such an error the store is searched for it.
_OF_VALUES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Store:
    """An open store. Use it from one thread at a time, and write only inside `transaction()`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, file: Path | None = None) -> None:
        self.path = path  # the store's name in messages; a copy stands at `file` until it gets that name
        self.connection = connection
        self._at = file or path
        self._file = file_status(self._at)
        self._log = Log(connection, self._at)

    @cached_property
    def task(self) -> Task:
        value = self.setting("task")
        try:
            return Task(value or "")
        except ValueError:
            raise StoreError(f"{self.path}: the store's task is {value!r}, unknown to this version") from None

    @cached_property
    def rules(self) -> TaskRules:
        """The rules of the store's task."""
        return rules_of(self.task)

    def restored(self, readings: Mapping[str, Spans]) -> dict[str, Marks]:
        """Return the readings of a difference as marks; the store keeps them as spans."""
        return {name: self.rules.restored(spans) for name, spans in readings.items()}

    def setting(self, name: str) -> str | None:
        row = self.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        with self.transaction():
            add_row(self.connection, "settings", {"name": name, "value": value}, "INSERT OR REPLACE")

    def execute(self, sql: str, parameters: tuple[object, ...] | Mapping[str, object] = ()) -> sqlite3.Cursor:
        with plain_errors(self.path):
            return self.connection.execute(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a write transaction: durable on disk when it ends, undone when it raises. May be nested."""
        with plain_errors(self.path):
            if self.connection.in_transaction:
                yield self.connection
                return
            self._begin()
            try:
                self._check_file()
                with self._limited():
                    yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            self._log.keep_short()

    def _limited(self) -> AbstractContextManager[None]:
        connection = self.connection
        if isinstance(connection, LimitedConnection) and has_foreign_triggers(connection):
            return connection.limited()
        return nullcontext()

    @property
    def is_in_place(self) -> bool:
        """Whether the store's name still leads to the file that was opened."""
        return self._is_same_file(file_status(self._at))

    def _is_same_file(self, now: os.stat_result | None) -> TypeGuard[os.stat_result]:
        return now is not None and self._file is not None and os.path.samestat(now, self._file)

    def _check_file(self) -> None:
        """Raise StoreError if the file was deleted or replaced since it was opened, or has got a second name."""
        now = file_status(self._at)
        if not self._is_same_file(now):
            raise StoreError(f"{self.path}: the store was deleted or replaced while it was open; nothing was saved")
        if now.st_nlink > 1:
            check_one_name(self._at)

    def _begin(self) -> None:
        """Begin a write transaction as soon as no other process writes.

        SQLite's own busy handler sleeps up to 100 ms between two attempts; with many frequent writers most would wait
        that long. So this tries again every few milliseconds.
        """
        deadline, wait = time.monotonic() + LOCK_TIMEOUT, 0.0005
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    self.connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                time.sleep(wait * random.uniform(0.5, 1.5))
                wait = min(2 * wait, _LONGEST_WAIT)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * LOCK_TIMEOUT)}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads in the block see one state of the store, whatever others write meanwhile."""
        with plain_errors(self.path):
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("ROLLBACK")

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever any process, or this connection, writes."""
        return self.execute("PRAGMA data_version").fetchone()[0], self.connection.total_changes

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        foreign = cause_in(self.connection) if isinstance(error, _OF_VALUES) else ""
        self.close()
        if isinstance(error, sqlite3.Error):  # raised while rows were fetched
            raise plain_error(self.path, error) from error
        if foreign:
            raise StoreError(
                f"{self.path}: {foreign}; Tiebreak did not write that", WayOut(Way.CHECK, str(self.path))
            ) from error


def in_batches(values: Sequence[T], size: int = 500) -> Iterator[tuple[str, tuple[T, ...]]]:
    """Yield `values` in parts within SQLite's limit on parameters, each with its question marks for `IN (...)`."""
    for at in range(0, len(values), size):
        part = tuple(values[at : at + size])
        yield ",".join("?" * len(part)), part


def connect(path: Path, named: Path | None = None) -> Store:
    """Open the file at `path`, with any schema; messages call it `named`. Raises StoreError if it is missing."""
    while True:
        check_one_name(path)
        before = file_status(path)
        store = _connect(path, named or path)
        after = file_status(path)
        if before is None or after is None or os.path.samestat(before, after):
            return store
        store.close()  # a backup took its place meanwhile


def _connect(path: Path, named: Path) -> Store:
    with plain_errors(named):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",  # as a URI, so that a store may be called `:memory:`
            uri=True,
            timeout=LOCK_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        connection.path = named
        store = Store(named, connection, path)
        try:
            harden(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            keep_group_access(path)
        except BaseException:
            connection.close()
            raise
        return store


def known_version(store: Store) -> int:
    """Return the version of the store's schema. Raises StoreError if it is not a store, or from a newer version."""
    application = store.execute("PRAGMA application_id").fetchone()[0]
    version = int(store.execute("PRAGMA user_version").fetchone()[0])
    if application != schema.APPLICATION_ID:
        raise StoreError(f"{store.path}: an SQLite file, but not a Tiebreak store; name another file")
    if version < 1:
        raise StoreError(f"{store.path}: no Tiebreak has ever made schema {version}; restore a backup")
    if version > schema.VERSION:
        raise StoreError(
            f"{store.path}: made by a newer Tiebreak (schema {version}, this one knows {schema.VERSION}); "
            "upgrade with `pip install -U tiebreak`"
        )
    return version

"""Inspect a store without changing it: its schema, whether it is intact, and whether it can be written."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.store import schema
from tiebreak.core.store.connection import Store, known_version
from tiebreak.core.store.foreign import usable_beside
from tiebreak.core.store.names import check_one_name
from tiebreak.core.store.permissions import harden
from tiebreak.core.store.plain_errors import plain_errors
from tiebreak.core.ways_out import Way, WayOut

SQLITE = sqlite3.sqlite_version
_LOCK_TIMEOUT = 2.0  # seconds; a lock held for longer is reported
_STEPS = 20_000  # instructions of SQLite's virtual machine between two looks at the clock


@contextmanager
def open_unchanged(path: Path, *, as_it_is: bool = False) -> Iterator[Store]:
    """Open a store only to read it; an older schema stays as it is.

    Raises StoreError if `path` is missing, is not a store, is damaged, or was made by a newer version. It also does if
    tables or views are not as Tiebreak makes them, unless `as_it_is`.
    """
    if not path.exists():
        raise StoreError(f"{path}: no such store", WayOut(Way.LOAD_TEXTS, str(path)))
    if not path.is_file():
        raise StoreError(f"{path}: not a file; name the store's SQLite file")
    check_one_name(path)
    with plain_errors(path), closing(_connect(path, "ro")) as connection:
        store = Store(path, connection)
        known_version(store)
        if not as_it_is:
            usable_beside(path, connection)
        yield store


def schema_version(store: Store) -> int:
    """Return the version of the store's schema: `schema.VERSION` if it is up to date."""
    return known_version(store)


def is_old(store: Store) -> bool:
    """Return whether the next command that opens the store brings its schema up to date."""
    return known_version(store) < schema.VERSION


def journal_mode(store: Store) -> str:
    """Return the journal mode; with `wal`, readers and the writer do not wait for each other."""
    return str(store.execute("PRAGMA journal_mode").fetchone()[0])


def find_damage(store: Store, seconds: float) -> list[str] | None:
    """Return a few of the faults that SQLite finds in the file; None if reading it takes more than `seconds`."""
    end = time.monotonic() + seconds
    store.connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        rows = store.connection.execute("PRAGMA integrity_check(5)").fetchall()
        broken = store.connection.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        store.connection.set_progress_handler(None, 0)
    found = [line for (row,) in rows if row != "ok" for line in str(row).splitlines()]
    return found + [f"a row of {table} refers to a row of {parent} that is missing" for table, _, parent, _ in broken]


def check_writable(path: Path) -> None:
    """Raise StoreError if the file, its folder or another program's lock prevents saving."""
    if not os.access(path, os.W_OK):
        raise StoreError(f"{path}: the store is read-only; check the permissions of the file")
    if not os.access(path.parent, os.W_OK):
        raise StoreError(
            f"{path}: its folder is read-only, but SQLite keeps files beside a store; check its permissions"
        )
    check_one_name(path)
    try:
        with closing(_connect(path, "rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreError(
                f"{path}: another program holds the store locked; close it (Datasette, a sqlite3 shell, an import)"
            ) from error
        with plain_errors(path):
            raise


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=_LOCK_TIMEOUT, isolation_level=None
    )
    harden(connection)
    return connection

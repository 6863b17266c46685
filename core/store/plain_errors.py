"""SQLite's errors as messages that name the file and the way out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tiebreak.core.errors import StoreBusyError, StoreError
from tiebreak.core.ways_out import Way, WayOut

LARGEST_VALUE = 256 << 20  # bytes; SQLite refuses a larger value or row
LOCK_TIMEOUT = 10.0  # seconds; a writer waits no longer for another


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a StoreError that names the file and the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise plain_error(path, error) from error


def plain_error(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the error as a StoreError with a message, a StoreBusyError if others hold the store."""
    busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return (StoreBusyError if busy else StoreError)(_explain(path, error), _way_out(path, error))


def _explain(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return (
                f"{path}: another program has held the store locked for {LOCK_TIMEOUT:.0f} seconds; "
                "close it (Datasette, a sqlite3 shell, an import), then try again"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return f"{path}: the store cannot be written; check the permissions of the file and of its folder"
        case sqlite3.SQLITE_FULL:
            return f"{path}: the disk is full; what was saved is safe. Free some space, then try again"
        case sqlite3.SQLITE_NOTADB:
            return f"{path}: not a Tiebreak store (not an SQLite file); name another file"
        case sqlite3.SQLITE_CORRUPT:
            return f"{path}: the file is damaged ({error})"
        case sqlite3.SQLITE_IOERR:
            return f"{path}: reading or writing failed ({error}); check the disk and its free space"
        case sqlite3.SQLITE_CANTOPEN:
            return f"{path}: cannot be opened; check that the folder exists and is writable"
        case sqlite3.SQLITE_INTERRUPT:
            return f"{path}: a trigger that is not Tiebreak's took too long; nothing was written"
        case sqlite3.SQLITE_TOOBIG:
            return f"{path}: a value, read or to be saved, is larger than {LARGEST_VALUE >> 20} MiB"
    if _is_of_text(error):
        return f"{path}: the store holds text that is not UTF-8; Tiebreak did not write it"
    return f"{path}: {error}"


def _way_out(path: Path, error: sqlite3.Error) -> WayOut | None:
    """Return the way out of the error, if its message does not name one."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT:
            return WayOut(Way.RESTORE, str(path))
        case sqlite3.SQLITE_INTERRUPT:
            return WayOut(Way.REPAIR, str(path))
    return WayOut(Way.CHECK, str(path)) if _is_of_text(error) else None


def _is_of_text(error: sqlite3.Error) -> bool:
    return "decode to UTF-8" in str(error)

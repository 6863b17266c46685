"""Putting another store in a store's place, or taking a store away, once nobody else has it open."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tiebreak.core.errors import StoreBusyError, StoreError
from tiebreak.core.files.unfinished import alone_in, sync_folder
from tiebreak.core.store import schema
from tiebreak.core.store.backup import backup_name, copy_of, go_back
from tiebreak.core.store.log import empty_log
from tiebreak.core.store.making import MadeFile, connect_plainly, remove_leavings
from tiebreak.core.store.names import check_one_name, replaced_prefix
from tiebreak.core.store.permissions import let_same
from tiebreak.core.store.plain_errors import plain_errors

_OPEN = "it is open in another process (a review, its learner, an engine, Datasette); close it there, then try again"
_LOCKS, _LOCKED = 0x40000000, 512  # where SQLite's locks on a file begin, and how many bytes they are
_START = b"SQLite format 3\0"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR)


class Restored(NamedTuple):
    """`kept` is the name that the replaced file has now, None if there was none; `left_out`, by table, how many rows
    came later than was asked for.
    """

    kept: Path | None
    left_out: dict[str, int]


def restore(backup: Path, path: Path, as_of: float | None = None, *, replace: bool = False) -> Restored:
    """Put a verified copy of the store `backup` where `path` is, with `as_of` (Unix seconds) as it stood then.

    What is there already is replaced, and kept beside it, with `replace` alone. Killed at any moment, this leaves the
    one store or the other. Raises StoreError, and StoreBusyError if another process has the replaced store open.
    """
    named, path = path, path.resolve() if path.is_symlink() else path
    if path.exists() and not (replace and path.is_file()):
        raise StoreError(f"{named}: {'exists already; name a new file' if path.is_file() else 'not a file'}")
    check_one_name(path)
    with copy_of(backup, path) as (made, status):
        left_out = {} if as_of is None else go_back(made.path, named, as_of)
        there = made.unfinished.status()
        with plain_errors(named), closing(connect_plainly(made.path)) as copy:
            copy.execute("PRAGMA journal_mode = WAL")  # so that those who open it first need not agree on that
            empty_log(copy, named)
        made.finish()
        let_same(there or status, made.number, owner_too=True)
        os.fsync(made.number)
        if there is not None and replace:
            return Restored(_take_place(made, path, named), left_out)
        with alone_in(made.unfinished.beside):
            if made.unfinished.status() is None:
                remove_leavings(made.unfinished)
            made.take_free_name()
    return Restored(None, left_out)


def _take_place(made: MadeFile, path: Path, named: Path) -> Path:
    """Give the copy the store's name, and the store the name that is returned."""
    unfinished, kept = made.unfinished, backup_name(path, replaced_prefix(path).removeprefix(f"{path.name}."))
    with _alone(path, named) as connection, alone_in(unfinished.beside):
        unfinished.keep_as(kept.name)
        try:
            for ending in ("-wal", "-journal") if connection is None else ():  # what is kept keeps its log
                with suppress(FileNotFoundError):
                    unfinished.rename_beside(path.name + ending, kept.name + ending)
            remove_leavings(unfinished)
            sync_folder(path.parent)
            unfinished.take_name(made.name)
        except OSError:
            check_one_name(path)  # which takes the second name away again
            raise
    return named.with_name(kept.name)


@contextmanager
def _alone(path: Path, named: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep all others from opening the store, with its log brought into the file and gone.

    Yields the connection that does; None if the file is so damaged that SQLite cannot read it: others are kept off
    it all the same. Raises StoreBusyError if somebody has it open.
    """
    before = path.stat()
    with closing(connect_plainly(path, timeout=0.5)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            [mode] = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
            [application] = connection.execute("PRAGMA application_id").fetchone()
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreBusyError(f"{named}: {_OPEN}") from error
            if code not in _DAMAGED:
                with plain_errors(named):
                    raise
        else:
            if mode != "delete" or not os.path.samestat(path.stat(), before):  # another restore was faster
                raise StoreBusyError(f"{named}: {_OPEN}")
            if application != schema.APPLICATION_ID:
                raise StoreError(f"{named}: an SQLite file, but not a Tiebreak store; name another file")
            yield connection
            return
    with _locked_as_by_sqlite(path, named):
        yield None


@contextmanager
def _locked_as_by_sqlite(path: Path, named: Path) -> Iterator[None]:
    """Hold the locks that SQLite asks for, on a file that it cannot read. Nothing in this process has it open."""
    number = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED, _LOCKS)
        except OSError as error:
            raise StoreBusyError(f"{named}: {_OPEN}") from error
        start = os.pread(number, len(_START), 0)
        if start != _START and start.strip(b"\0"):
            raise StoreError(f"{named}: not a Tiebreak store (not an SQLite file); move it away first")
        yield
    finally:
        os.close(number)


def remove_if_empty(path: Path) -> None:
    """Delete a store that has no examples, unless another process has it open, which may be about to put some in."""
    real = path.resolve()
    with suppress(StoreBusyError), _alone(real, path) as connection:
        if connection is None or connection.execute("SELECT 1 FROM examples LIMIT 1").fetchone():
            return
        folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError), alone_in(folder):
                os.unlink(real.name, dir_fd=folder)
        finally:
            os.close(folder)

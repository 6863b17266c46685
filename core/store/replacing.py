"""Replace or delete a store that no other process has open."""

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
_LOCKS, _LOCKED = 0x40000000, 512  # the first byte of SQLite's locks on a file, and their number of bytes
_START = b"SQLite format 3\0"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR)


class Restored(NamedTuple):
    """The outcome of a restore.

    `kept` is the new name of the replaced file, None if there was no such file. `not_restored` has by table how many
    rows were left out because they are later than `as_of`.
    """

    kept: Path | None
    not_restored: dict[str, int]


def restore(backup: Path, path: Path, as_of: float | None = None, *, replace: bool = False) -> Restored:
    """Put a verified copy of the store `backup` at `path`; with `as_of` (Unix seconds), as the store was then.

    An existing file is replaced only with `replace`, and kept beside it under another name. A kill at any moment leaves
    either the old store or the new one. Raises StoreError, and StoreBusyError if another process has the replaced
    store open.
    """
    named, path = path, path.resolve() if path.is_symlink() else path
    if path.exists() and not (replace and path.is_file()):
        raise StoreError(f"{named}: {'exists already; name a new file' if path.is_file() else 'not a file'}")
    check_one_name(path)
    with copy_of(backup, path) as (made, status):
        left_out = {} if as_of is None else go_back(made.path, named, as_of)
        there = made.unfinished.status()
        with plain_errors(named), closing(connect_plainly(made.path)) as copy:
            copy.execute("PRAGMA journal_mode = WAL")  # so that the first processes to open it need not switch
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
    """Give the copy the store's name, and the old store a new name; return that."""
    unfinished, kept = made.unfinished, backup_name(path, replaced_prefix(path).removeprefix(f"{path.name}."))
    with _alone(path, named) as connection, alone_in(unfinished.beside):
        unfinished.keep_as(kept.name)
        try:
            for ending in ("-wal", "-journal") if connection is None else ():  # the log goes with the old store
                with suppress(FileNotFoundError):
                    unfinished.rename_beside(path.name + ending, kept.name + ending)
            remove_leavings(unfinished)
            sync_folder(path.parent)
            unfinished.take_name(made.name)
        except OSError:
            check_one_name(path)  # removes the second name
            raise
    return named.with_name(kept.name)


@contextmanager
def _alone(path: Path, named: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep all other processes from opening the store, after moving its log into the file.

    Yields the connection that holds the lock. If the file is too damaged for SQLite to read it, this process holds
    the lock itself, and None is yielded. Raises StoreBusyError if another process has the store open.
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
    """Hold SQLite's locks on a file that SQLite cannot read. Nothing in this process may have it open."""
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
    """Delete a store without examples, unless another process has it open and so may be about to add some."""
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

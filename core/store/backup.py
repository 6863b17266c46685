"""Copies of a store that is in use: backups, and the store as it was at an earlier moment."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.store import schema
from tiebreak.core.store.answered import IS_ANSWERED
from tiebreak.core.store.connection import Store, connect, known_version
from tiebreak.core.store.droppable import forget_learned
from tiebreak.core.store.foreign import own_statements, put_back_own, usable_beside
from tiebreak.core.store.making import MadeFile, connect_plainly, made_file
from tiebreak.core.store.migrating import migrate
from tiebreak.core.store.names import check_one_name
from tiebreak.core.store.permissions import BESIDE, is_file_open, keep_group_access, let_same
from tiebreak.core.store.plain_errors import plain_errors
from tiebreak.core.ways_out import Way, WayOut

MISMARKED = f"queue.answered <> {IS_ANSWERED}"
_PAGES = 2000  # pages copied at a time; then writers get their turn


def backup_name(path: Path, why: str = "") -> Path:
    """Return a free name beside the store: `news.db.20261126T150601.backup`."""
    stem = f"{path.name}.{why}{time.strftime('%Y%m%dT%H%M%S')}"
    for number in range(1, 1000):
        name = path.with_name(f"{stem}{'' if number == 1 else f'-{number}'}.backup")
        if not os.path.lexists(name):
            return name
    raise StoreError(f"{path}: too many backups within this second; try again")


def back_up(path: Path, out: Path, *, verify: bool = True) -> int:
    """Copy the store at `path`, as of one moment, to the new file `out`; return its size in bytes.

    Others may write meanwhile. The copy appears whole and verified (SQLite's integrity check), or not at all. Without
    `verify` it is not checked. It keeps the schema of the store. Raises StoreError.
    """
    for there in (out, *(out.with_name(out.name + ending) for ending in (*BESIDE, "-journal"))):
        if os.path.lexists(there):  # SQLite would take a file with such a name for a part of `out`
            raise StoreError(f"{there}: exists already; name a new file")
    with copy_of(path, out) as (made, status):
        made.finish(verify=verify)
        let_same(status, made.number)
        made.take_free_name()
    return out.stat().st_size


@contextmanager
def copy_of(path: Path, out: Path) -> Iterator[tuple[MadeFile, os.stat_result]]:
    """Copy the store, as of one moment, to a file that is yet to be named `out`; yield it, and the store's status."""
    if not path.is_file():
        if path.exists():
            raise StoreError(f"{path}: not a file")
        raise StoreError(f"{path}: no such store", WayOut(Way.LOAD_TEXTS, str(path)))
    if not out.parent.is_dir():
        raise StoreError(f"{out}: the folder {out.parent} does not exist; make it first")
    check_one_name(path)
    try:
        with made_file(out) as made:
            made.unfinished.refuse_other_owner()
            with plain_errors(path), _reader(path) as (source, status):
                known_version(Store(path, source))
                source.execute("BEGIN")  # the state of this moment, however long it takes
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
                _copy(source, made.path, out)
            yield made, status
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _reader(path: Path) -> Iterator[tuple[sqlite3.Connection, os.stat_result]]:
    """Yield a connection to the store and the status of its file, whose permissions the copy gets."""
    status = path.stat()
    with closing(connect_plainly(path.resolve())) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not is_file_open(status):
            raise StoreError(f"{path}: the store was replaced while it was opened; nothing was written")
        keep_group_access(path)
        yield connection, status


def _copy(source: sqlite3.Connection, unfinished: Path, out: Path) -> None:
    """Copy with SQLite's online backup to a single file, with no `-wal` or `-shm` beside it."""
    with plain_errors(out), closing(connect_plainly(unfinished)) as copy:
        source.backup(copy, pages=_PAGES)
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = FULL")


def go_back(unfinished: Path, named: Path, moment: float) -> dict[str, int]:
    """Delete from a copy of a store what was answered, taken back or remarked after `moment` (Unix seconds).

    A text loses its whole draft if the draft was saved after `moment`. Texts and predictions stay as they are now.
    Afterwards the copy has no triggers but Tiebreak's. Returns how many rows of each table were deleted.
    """
    with plain_errors(named), open_copy(unfinished, named) as store:
        with store.transaction():
            own = {name: sql for (kind, name), sql in own_statements().items() if kind == "trigger"}
            for name in own:
                store.execute(f"DROP TRIGGER {name}")
            left_out = _leave_out(store, moment)
            for sql in own.values():
                store.execute(sql)
            mark_answered(store)
        store.execute("PRAGMA journal_mode = DELETE")  # everything in one file, or an error
    return left_out


def _leave_out(store: Store, moment: float) -> dict[str, int]:
    left_out: dict[str, int] = {}
    for table, column in (
        ("undone_answers", "undone_at"),
        ("remarks", "made_at"),
        ("answers", "answered_at"),
        ("drafts", "saved_at"),
    ):
        if table == "answers":
            store.execute(
                "DELETE FROM undone_answers WHERE answer_id IN (SELECT id FROM answers WHERE answered_at > ?)",
                (moment,),
            )
        left_out[table] = store.execute(f"DELETE FROM {table} WHERE {column} > ?", (moment,)).rowcount
    store.execute("DELETE FROM skips WHERE skipped_at > ?", (moment,))
    for column in ("drawn_at", "reached_at"):
        store.execute(f"UPDATE slice SET {column} = NULL WHERE {column} > ?", (moment,))
    store.execute("DELETE FROM on_screen")
    store.execute("DELETE FROM claims")
    forget_learned(store)
    store.execute("UPDATE annotators SET place = NULL")
    return left_out


def mark_answered(store: Store) -> int:
    """Correct which examples the queue calls answered; return how many rows were wrong."""
    with store.transaction():
        return store.execute(f"UPDATE queue SET answered = {IS_ANSWERED} WHERE {MISMARKED}").rowcount


def back_up_before_migration(path: Path, version: int) -> Path:
    """Copy the store, whose schema has this `version`, to a file beside it before the schema changes."""
    out = backup_name(path, f"schema{version}.")
    back_up(path, out)
    return out


def open_copy(unfinished: Path, named: Path) -> Store:
    """Open a copy of a store that is yet to get its name, and bring an older schema up to date."""
    store = connect(unfinished, named)
    try:
        version = known_version(store)
        with store.transaction():
            put_back_own(store.connection)  # triggers and views that are not Tiebreak's must not act in the copy
        usable_beside(named, store.connection)
        if version < schema.VERSION:
            with plain_errors(named):
                migrate(store)
    except BaseException:
        store.close()
        raise
    return store

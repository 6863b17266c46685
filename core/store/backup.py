"""Copies of a store while others work on it: backups, and the store as it was at some moment."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store, known_version, open_copy, sync_folder
from tiebreak.core.store.foreign import own_statements, put_back_own
from tiebreak.core.store.permissions import copy_permissions, harden, keep_shared, make_private
from tiebreak.core.store.plain_errors import plain_errors

_log = logging.getLogger("tiebreak")
_BESIDE = ("-wal", "-shm", "-journal")  # the endings of SQLite's files beside a store
_IS_ANSWERED = """EXISTS (
    SELECT 1 FROM answers_in_force AS force
    WHERE force.example_id = queue.example_id AND (queue.differences = 0 OR force.annotator <> 'auto'))"""
MISMARKED = f"answered <> {_IS_ANSWERED}"
_PAGES = 2000  # copied at a time, between which writers get their turn


def backup_name(path: Path, why: str = "") -> Path:
    """A name beside the store that is free: `news.db.20261126T150601.backup`."""
    stem = f"{path.name}.{why}{time.strftime('%Y%m%dT%H%M%S')}"
    for number in range(1, 1000):
        name = path.with_name(f"{stem}{'' if number == 1 else f'-{number}'}.backup")
        if not os.path.lexists(name):
            return name
    raise StoreError(f"{path}: too many backups of this second stand beside it")


def back_up(path: Path, out: Path, *, verify: bool = True) -> int:
    """Copy the store at `path` to the new file `out`, all of one moment, while others may write; returns its bytes.

    The copy appears whole and verified (SQLite's integrity check), or not at all; without `verify` as it is. Its schema
    is that of the store. Raises StoreError.
    """
    with _copied(path, out, verify=verify):
        pass
    return out.stat().st_size


@contextmanager
def _copied(path: Path, out: Path, *, verify: bool = True) -> Iterator[Path]:
    """A copy under another name, which gets the name `out` once the block has ended without an error."""
    if not path.is_file():
        what = "not a file" if path.exists() else f"no such store; `tiebreak load {path} SOURCE` makes one"
        raise StoreError(f"{path}: {what}")
    for there in (out, *(out.with_name(out.name + ending) for ending in _BESIDE)):
        if os.path.lexists(there):  # what stands beside `out` SQLite would take for a part of it
            raise StoreError(f"{there}: exists already; name a new file")
    if not out.parent.is_dir():
        raise StoreError(f"{out}: the folder {out.parent} does not exist; make it first")
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        _remove(unfinished)
        make_private(unfinished)
        with plain_errors(path), closing(_reader(path)) as source:
            known_version(Store(path, source))
            source.execute("BEGIN")  # the state of this moment, however long it takes
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _copy(source, unfinished, out)
        if verify:
            _verify(unfinished, out)
        yield unfinished
        copy_permissions(path, unfinished)
        _put(unfinished, out)
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            _remove(unfinished)


def _remove(unfinished: Path) -> None:
    for ending in ("", *_BESIDE):
        unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)


def _reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=10, isolation_level=None)
    try:
        harden(connection)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        keep_shared(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _copy(source: sqlite3.Connection, unfinished: Path, out: Path) -> None:
    """Copy with SQLite's online backup; one file comes of it, with nothing beside it."""
    with plain_errors(out), closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
        source.backup(copy, pages=_PAGES)
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = FULL")


def _verify(unfinished: Path, out: Path) -> None:
    """Raise StoreError where the copy is not whole. Rows that refer to nothing are in it as in the store: a warning."""
    with plain_errors(out), closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
        harden(copy)
        found = [line for (line,) in copy.execute("PRAGMA integrity_check(3)") if line != "ok"]
        lost = sorted({table for table, *_ in copy.execute("PRAGMA foreign_key_check")})
    if found:
        raise StoreError(
            f"{out}: the copy is not whole ({'; '.join(found)}), as the store itself seems to be; `tiebreak check` "
            "says more, and nothing was written"
        )
    if lost:
        _log.warning(
            "%s: rows of %s refer to nothing, in the store as in its copy; `tiebreak check` says more",
            *(out, ", ".join(lost)),
        )


def _put(unfinished: Path, out: Path) -> None:
    """Give the copy its name, unless there is something of that name by now."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    try:
        out.hardlink_to(unfinished)
    except OSError as error:
        if os.path.lexists(out):
            raise StoreError(f"{out}: exists already, made meanwhile; name a new file") from error
        unfinished.replace(out)  # a file system without hard links
    sync_folder(out.parent)


def restore_as_of(path: Path, out: Path, moment: float) -> dict[str, int]:
    """Write the store at `path` to the new file `out` with the answers that stood at `moment` (Unix seconds).

    What was answered, taken back or remarked later is not in it; texts and predictions are as they are now. Its
    triggers are Tiebreak's alone. Returns how many rows of each table were left out.
    """
    with _copied(path, out) as unfinished, open_copy(unfinished, out) as store, store.transaction():
        put_back_own(store.connection)  # no trigger of somebody else's has a say in what goes
        own = {name: sql for (kind, name), sql in own_statements().items() if kind == "trigger"}
        for name in own:
            store.execute(f"DROP TRIGGER {name}")
        left_out = _leave_out(store, moment)
        for sql in own.values():
            store.execute(sql)
        mark_answered(store)
    return left_out


def _leave_out(store: Store, moment: float) -> dict[str, int]:
    left_out: dict[str, int] = {}
    for table, column in (("undone_answers", "undone_at"), ("remarks", "made_at"), ("answers", "answered_at")):
        if table == "answers":
            store.execute(
                "DELETE FROM undone_answers WHERE answer_id IN (SELECT id FROM answers WHERE answered_at > ?)",
                (moment,),
            )
        left_out[table] = store.execute(f"DELETE FROM {table} WHERE {column} > ?", (moment,)).rowcount
    store.execute("DELETE FROM on_screen")
    store.execute("DELETE FROM claims")
    store.execute("UPDATE annotators SET place = NULL")
    return left_out


def mark_answered(store: Store) -> int:
    """Have the queue say again which examples are answered; returns how many rows said something else."""
    with store.transaction():
        return store.execute(f"UPDATE queue SET answered = {_IS_ANSWERED} WHERE {MISMARKED}").rowcount


def back_up_before_migration(path: Path, version: int) -> Path:
    """A copy beside the store of the schema `version`, from before it is brought up to date."""
    out = backup_name(path, f"schema{version}.")
    back_up(path, out)
    return out

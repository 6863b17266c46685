"""Copies of a store while others work on it: backups, and the store as it was at some moment."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store, open_store, plain_errors, put_in_place, sync_folder
from tiebreak.core.store.foreign import own_statements
from tiebreak.core.store.permissions import copy_permissions, harden, make_private

MISMARKED = """answered <> EXISTS (
    SELECT 1 FROM answers_in_force AS force
    WHERE force.example_id = queue.example_id AND (queue.differences = 0 OR force.annotator <> 'auto'))"""
_PAGES = 2000  # copied at a time, between which writers get their turn


def backup_name(path: Path, why: str = "") -> Path:
    """A name beside the store that is free: `news.db.20261126T150601.backup`."""
    stem = f"{path.name}.{why}{time.strftime('%Y%m%dT%H%M%S')}"
    for number in range(1, 1000):
        name = path.with_name(f"{stem}{'' if number == 1 else f'-{number}'}.backup")
        if not name.exists():
            return name
    raise StoreError(f"{path}: too many backups of this second stand beside it")


def back_up(path: Path, out: Path) -> int:
    """Copy the store at `path` to the new file `out`, all of one moment, while others may write; returns its bytes.

    The copy appears whole and verified (SQLite's integrity check, foreign keys), or not at all. Raises StoreError.
    """
    if out.exists():
        raise StoreError(f"{out}: exists already; name a new file")
    if not out.parent.is_dir():
        raise StoreError(f"{out}: the folder {out.parent} does not exist; make it first")
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        unfinished.unlink(missing_ok=True)
        make_private(unfinished)
        with plain_errors(path), closing(_reader(path)) as source:
            _copy(source, unfinished, out)
        _verify(unfinished, out)
        copy_permissions(path, unfinished)
        _put(unfinished, out)
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)
    return out.stat().st_size


def _reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=10, isolation_level=None)
    harden(connection)
    return connection


def _copy(source: sqlite3.Connection, unfinished: Path, out: Path) -> None:
    """Copy with SQLite's online backup; one file comes of it, with nothing beside it."""
    with plain_errors(out), closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
        source.execute("BEGIN")  # the state of this moment, however long it takes
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=_PAGES)
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = FULL")


def _verify(unfinished: Path, out: Path) -> None:
    """Raise StoreError where the copy is not whole."""
    with plain_errors(out), closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
        harden(copy)
        found = [line for (line,) in copy.execute("PRAGMA integrity_check(3)") if line != "ok"]
        found += [f"a row of {table} refers to nothing" for table, *_ in copy.execute("PRAGMA foreign_key_check")][:3]
    if found:
        raise StoreError(
            f"{out}: the copy is not whole ({'; '.join(found)}), as the store itself seems to be; `tiebreak check` "
            "says more, and nothing was written"
        )


def _put(unfinished: Path, out: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    put_in_place(unfinished, out)
    sync_folder(out.parent)


def restore_as_of(path: Path, out: Path, moment: float) -> dict[str, int]:
    """Write the store at `path` to the new file `out` with the answers that stood at `moment` (Unix seconds).

    What was answered, taken back or remarked later is not in it; texts and predictions are as they are now. Returns how
    many rows of each table were left out.
    """
    back_up(path, out)
    left_out: dict[str, int] = {}
    try:
        with open_store(out) as store, store.transaction():
            own = {name: sql for (kind, name), sql in own_statements().items() if kind == "trigger"}
            for name in own:
                store.execute(f"DROP TRIGGER {name}")
            for table, column in (("undone_answers", "undone_at"), ("remarks", "made_at"), ("answers", "answered_at")):
                if table == "answers":
                    store.execute(
                        "DELETE FROM undone_answers WHERE answer_id IN (SELECT id FROM answers WHERE answered_at > ?)",
                        (moment,),
                    )
                left_out[table] = store.execute(f"DELETE FROM {table} WHERE {column} > ?", (moment,)).rowcount
            for sql in own.values():
                store.execute(sql)
            store.execute("DELETE FROM on_screen")
            store.execute("UPDATE annotators SET place = NULL")
            mark_answered(store)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return left_out


def mark_answered(store: Store) -> int:
    """Have the queue say again which examples are answered; returns how many rows said something else."""
    with store.transaction():
        return store.execute(f"UPDATE queue SET answered = NOT answered WHERE {MISMARKED}").rowcount


def back_up_before_migration(path: Path, version: int) -> Path:
    """A copy beside the store of the schema `version`, from before it is brought up to date."""
    out = backup_name(path, f"schema{version}.")
    back_up(path, out)
    return out

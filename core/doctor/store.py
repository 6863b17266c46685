"""Checking that the store is whole, can be written, and has the schema of this version."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tiebreak.core.doctor.checks import Check, fail, note, ok, one_line
from tiebreak.core.errors import StoreError
from tiebreak.core.records import Task
from tiebreak.core.ways_out import Way, WayOut

_READING = 8.0  # seconds for the integrity check, so that it ends before it runs out of time


def check_store(path: Path) -> list[Check]:
    from tiebreak.core.store import integrity
    from tiebreak.core.store.examples import example_count

    with integrity.open_unchanged(path) as store:
        count = example_count(store)
        version, journal = integrity.schema_version(store), integrity.journal_mode(store)
        found = f"{path}: {store.task.value}, {count} example{'s' * (count != 1)}, schema {version}, {journal.upper()}"
        if integrity.is_old(store):
            return [note("store", found, "an older schema: the next command that opens it updates it")]
    if journal != "wal":
        todo = f"`sqlite3 {path} 'PRAGMA journal_mode = WAL'`, so that a review and a run do not wait for each other"
        return [note("store", found, todo)]
    return [ok("store", found)]


def check_integrity(path: Path) -> list[Check]:
    from tiebreak.core.store import integrity

    with integrity.open_unchanged(path) as store:
        damage = integrity.find_damage(store, _READING)
    if damage is None:
        return [too_large(path)]
    if damage:
        todo = f"go back to a backup, or try `sqlite3 {path} .recover`"
        return [fail("store integrity", one_line("; ".join(damage)), todo, WayOut(Way.RESTORE, str(path)))]
    return [ok("store integrity", "the file is whole")]


def too_large(path: Path) -> Check:
    todo = f"to check it whole: `sqlite3 {path} 'PRAGMA integrity_check'`"
    return note("store integrity", f"too large to read whole in {_READING:g} seconds", todo)


def check_writing(path: Path) -> list[Check]:
    from tiebreak.core.store.integrity import check_writable

    check_writable(path)
    return [ok("store writing", "answers and predictions can be saved")]


def named_config(path: Path) -> str | None:
    """Return the project config that the store names; None if it names none or cannot be read."""
    from tiebreak.core.project.guidelines import config_of
    from tiebreak.core.store.integrity import open_unchanged

    with suppress(StoreError), open_unchanged(path) as store:
        return config_of(store)
    return None


def task_of(path: Path) -> Task | None:
    """Return the store's task; None if the store cannot be read."""
    from tiebreak.core.store.integrity import open_unchanged

    with suppress(StoreError), open_unchanged(path) as store:
        return store.task
    return None

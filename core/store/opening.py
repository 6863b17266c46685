"""Open or create a store; a store with an older schema is copied, then brought up to date."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from tiebreak.core.errors import StoreBusyError, StoreError
from tiebreak.core.records import Task
from tiebreak.core.store import schema
from tiebreak.core.store.connection import Store, connect, known_version
from tiebreak.core.store.foreign import foreign_objects, listed, usable_beside
from tiebreak.core.store.making import make_store
from tiebreak.core.store.migrating import migrate
from tiebreak.core.store.plain_errors import plain_errors
from tiebreak.core.ways_out import Way, WayOut

_log = logging.getLogger("tiebreak")
_warned: set[Path] = set()  # the stores whose foreign objects were reported


def create_store(path: str | Path, task: Task = Task.NER, *, made_by: str = "load") -> Store:
    """Make a new store for `task` at `path`, which must be free or an empty file, and open it."""
    make_store(Path(path), task, made_by)
    return open_store(path)


def open_store(path: str | Path, *, as_it_is: bool = False) -> Store:
    """Open an existing store, and bring an older schema up to date.

    Raises StoreError if `path` is missing, is not a store, was made by a newer version, or cannot be written. It also
    does if tables or views are not as Tiebreak makes them, unless `as_it_is`, to inspect or repair them.
    """
    path = Path(path)
    if not path.exists():
        raise StoreError(f"{path}: no such store", WayOut(Way.LOAD_TEXTS, str(path)))
    if not path.is_file():
        raise StoreError(f"{path}: not a file; name the store's SQLite file")
    if not os.access(path, os.W_OK):
        raise StoreError(f"{path}: the store is read-only; check the permissions of the file")
    if not os.access(path.parent, os.W_OK):
        raise StoreError(
            f"{path}: its folder is read-only, but SQLite keeps files beside a store; check its permissions"
        )
    store = connect(path)
    try:
        _check_version(store, as_it_is=as_it_is)
    except BaseException:
        store.close()
        raise
    return store


def _check_version(store: Store, *, as_it_is: bool) -> None:
    version = known_version(store)
    if _check_definitions(store, as_it_is=as_it_is) and version < schema.VERSION:
        with plain_errors(store.path):
            migrate(store, partial(_keep, store))
        _check_definitions(store, as_it_is=as_it_is)
    with suppress(StoreBusyError):  # backups have no WAL; if others hold the store, it works without
        if store.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            store.execute("PRAGMA journal_mode = WAL")


def _check_definitions(store: Store, *, as_it_is: bool) -> bool:
    """Refuse a store whose definitions are not Tiebreak's, and warn of foreign objects, unless `as_it_is`.

    Returns whether the store can be used.
    """
    if as_it_is:
        return all(each.is_usable for each in foreign_objects(store.connection))
    foreign = usable_beside(store.path, store.connection)
    if foreign and store.path not in _warned:
        _warned.add(store.path)
        _log.warning(
            *("%s: %s: the contents of this store may be wrong", store.path, listed(foreign)),
            extra={"way_out": WayOut(Way.CHECK, str(store.path))},
        )
    return True


def _keep(store: Store, version: int) -> None:
    """Copy the store to a file beside it before it is brought up to date."""
    from tiebreak.core.store.backup import back_up_before_migration

    copy = back_up_before_migration(store.path, version)
    _log.warning("%s: brought up to date; the old store is kept in %s", store.path, copy)

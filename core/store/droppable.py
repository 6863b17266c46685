"""The tables of learned and counted data: anybody may drop them, or delete from them, at any time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tiebreak.core.store.connection import Store
from tiebreak.core.store.definitions import own_definitions
from tiebreak.core.store.schema import DROPPABLE, LEARNED
from tiebreak.core.store.valued import are_values_kept, forget_values


def make_learned_tables(store: Store) -> bool:
    """Make the tables that were dropped; return whether any was."""
    if not _dropped(store.connection):
        return False
    with store.transaction() as connection:
        _make(connection)
    return True


def kept_tables(store: Store) -> set[str]:
    """Return the tables that hold learned data; dropped tables are made again."""
    make_learned_tables(store)
    kept = {table for table in LEARNED if store.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]}
    return kept | {"queue"} if are_values_kept(store) else kept


def with_learned_tables(connection: sqlite3.Connection, write: Callable[[], object]) -> None:
    """Call `write`, inside a transaction; if one of these tables was dropped, make it and call `write` again."""
    try:
        write()
    except sqlite3.OperationalError:
        if not _dropped(connection):
            raise
        _make(connection)
        write()


def forget_learned(store: Store) -> None:
    """Delete everything that was learned or counted; it will be learned and counted again."""
    with store.transaction():
        for table in DROPPABLE:
            store.execute(f"DELETE FROM {table}")
        forget_values(store)


def _dropped(connection: sqlite3.Connection) -> list[str]:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [table for table in DROPPABLE if table not in there]


def _make(connection: sqlite3.Connection) -> None:
    for table in _dropped(connection):
        connection.execute(own_definitions()["table", table])

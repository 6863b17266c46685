"""Values in a store that Tiebreak did not write: of another type than their column, or references to nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from tiebreak.core.store.foreign import own_tables

# Text columns that also hold compressed text.
PACKED = {("llm_calls", "prompt"), ("llm_calls", "response")}
_TYPES = {"INTEGER": ("integer",), "REAL": ("real", "integer"), "TEXT": ("text",), "BLOB": ("blob",)}
_SECONDS_STEPS = 2_000_000  # instructions of SQLite's virtual machine; then a search for the cause is given up


def quoted(name: str) -> str:
    """Return the name in quotes, for SQL; the names in a foreign schema may be anything."""
    return '"' + name.replace('"', '""') + '"'


def wrong_types(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str, int]]:
    """Yield the table, the column, its declared type, and the number of rows with values of another type."""
    for table in sorted(own_tables()):
        columns = [
            (name, declared)
            for _, name, declared, *_ in connection.execute(f"PRAGMA table_info({quoted(table)})")
            if declared in _TYPES and (table, name) not in PACKED
        ]
        if not columns:
            continue
        wrong = ", ".join(
            f"total(typeof({quoted(name)}) NOT IN ('null', {', '.join(map(repr, _TYPES[declared]))}))"
            for name, declared in columns
        )
        counts = connection.execute(f"SELECT {wrong} FROM {quoted(table)}").fetchone()
        for (name, declared), count in zip(columns, counts, strict=True):
            if count:
                yield table, name, declared, int(count)


def cause_in(connection: sqlite3.Connection) -> str:
    """Return the probable cause of an error in reading the store; "" if none is found in reasonable time."""
    steps = iter(range(_SECONDS_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, 1000)
    try:
        for table, column, declared, _ in wrong_types(connection):
            return f"{table}.{column} holds a value that is not {declared}"
        for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            return f"a row of {table} refers to a row of {parent} that is missing"
    except sqlite3.Error:
        return ""
    finally:
        connection.set_progress_handler(None, 0)
    return ""

"""Adding rows to a table: each maps the names of its columns to values, and stands for all that SQL says of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

Row = Mapping[str, object]
Verb = Literal["INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE"]


def add_row(connection: sqlite3.Connection, table: str, row: Row, verb: Verb = "INSERT") -> int:
    """Add a row, and return the number that SQLite gave it."""
    return int(connection.execute(_insertion(table, row, verb), row).lastrowid or 0)


def add_rows(connection: sqlite3.Connection, table: str, rows: Sequence[Row], verb: Verb = "INSERT") -> None:
    """Add rows that all have the same columns."""
    if rows:
        connection.executemany(_insertion(table, rows[0], verb), rows)


def _insertion(table: str, columns: Iterable[str], verb: Verb) -> str:
    """Return the statement that adds a row; the columns are all quoted, since one is called `end`."""
    names = list(columns)
    return f"""
        {verb} INTO {table} ({", ".join(f'"{name}"' for name in names)})
        VALUES ({", ".join(f":{name}" for name in names)})
    """

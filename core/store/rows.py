"""Add rows to a table: a row names its columns, so that no other SQL repeats them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Protocol

Row = Mapping[str, object]
Verb = Literal["INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE"]


class NamedRow(Protocol):
    """A NamedTuple with a field for each column, for rows that are added by the thousand: faster than a mapping."""

    @property
    def _fields(self) -> tuple[str, ...]: ...


def add_row(connection: sqlite3.Connection, table: str, row: Row, verb: Verb = "INSERT") -> int:
    """Add a row and return its rowid."""
    return int(connection.execute(_insertion(table, row, verb), tuple(row.values())).lastrowid or 0)


def add_rows(connection: sqlite3.Connection, table: str, rows: Sequence[Row], verb: Verb = "INSERT") -> None:
    """Add rows; all must have the same columns in the same order."""
    if rows:
        values = [tuple(row.values()) for row in rows]  # parameters by name take a fifth longer
        connection.executemany(_insertion(table, rows[0], verb), values)


def add_named_rows(connection: sqlite3.Connection, table: str, rows: Sequence[NamedRow], verb: Verb = "INSERT") -> None:
    """Add rows, all of the same NamedTuple."""
    if rows:
        values: Any = rows
        connection.executemany(_insertion(table, rows[0]._fields, verb), values)


def _insertion(table: str, columns: Collection[str], verb: Verb) -> str:
    """Return the statement that adds a row; column names are quoted because of `end`."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"{verb} INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"

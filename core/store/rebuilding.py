"""Rebuild a table as Tiebreak makes it, with its rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tiebreak.core.errors import StoreError


def rebuild_table(connection: sqlite3.Connection, name: str, definition: str) -> int:
    """Rebuild the table `name` by this `definition`, and return how many rows it has.

    Its triggers and indexes are lost, and so are columns that are not in `definition`. Call it in a transaction,
    without foreign keys. Raises StoreError if a row does not fit the definition.
    """
    there = {column for (column,) in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (name,))}
    columns = ", ".join(f'"{column}"' for column in _columns(name, definition) if column in there)
    [before] = connection.execute(f"SELECT count(*) FROM main.{name}").fetchone()
    try:
        connection.execute(f"CREATE TEMP TABLE kept_rows AS SELECT {columns} FROM main.{name}")
        connection.execute(f"DROP TABLE main.{name}")
        connection.execute(definition)
        connection.execute(f"INSERT OR ABORT INTO main.{name} ({columns}) SELECT {columns} FROM temp.kept_rows")
        connection.execute("DROP TABLE temp.kept_rows")
    except (sqlite3.Error, StoreError) as error:
        raise StoreError(
            f"the table {name} cannot be rebuilt with its rows, so nothing was changed: {error}; "
            f"`sqlite3 DB 'SELECT * FROM {name}'` shows the rows"
        ) from error
    [after] = connection.execute(f"SELECT count(*) FROM main.{name}").fetchone()
    if after != before:
        raise StoreError(f"the rebuilt table {name} would keep {after} of {before} rows, so nothing was changed")
    return int(after)


def _columns(name: str, definition: str) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(definition)
        return [column for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]

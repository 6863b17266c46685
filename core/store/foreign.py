"""What in the schema of a store is not Tiebreak's, or not as Tiebreak made it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tiebreak.core.errors import StoreError
from tiebreak.core.store import schema
from tiebreak.core.store.definitions import (
    DIGEST,
    digest,
    is_same_table,
    is_unique,
    is_word_index,
    own_definitions,
    table_difference,
)
from tiebreak.core.store.rebuilding import rebuild_table
from tiebreak.core.ways_out import Way, WayOut

# Tables that are made when they are first needed; nothing else may stand under their names.
_LATER = frozenset(["example_words", "_sqlite_migrations"])


class Foreign(NamedTuple):
    """A `trigger`, `view`, `table` or `index` of the store: one that Tiebreak did not make, or with `is_changed` one of
    ours that says something else by now, or with `is_missing` one of ours that is gone.
    """

    kind: str
    name: str
    is_changed: bool = False
    is_missing: bool = False
    how: str = ""  # a table differs from ours

    @property
    def is_dropped(self) -> bool:
        """Whether it is a table of what was learned or counted that somebody has dropped: it is made again."""
        return self.is_missing and self.kind == "table" and self.name in schema.DROPPABLE

    @property
    def is_harmless(self) -> bool:
        """Whether it changes nothing: a view that somebody added, which nothing of ours reads, or a dropped table."""
        is_added = self.kind == "view" and not (self.is_changed or self.is_missing or self.is_for_table)
        return is_added or self.is_dropped

    @property
    def is_for_table(self) -> bool:
        """Whether it is a view that stands where a table of ours belongs."""
        return self.kind == "view" and self.name.lower() in own_tables() | _LATER

    @property
    def is_usable(self) -> bool:
        """Whether the store can be used beside it. Tables, views and indexes that are not as ours are could swallow
        what is written, or never come to an end; triggers may be anybody's, and an answer is read back.
        """
        return self.is_harmless or self.kind == "trigger" or (self.kind == "index" and self.is_missing)

    @property
    def can_be_put_back(self) -> bool:
        """Whether what is ours can be put in its place without losing a row."""
        return self.is_dropped or not (
            self.is_harmless or self.is_for_table or (self.kind == "table" and self.is_missing)
        )

    def __str__(self) -> str:
        if self.is_missing:
            return f"the {self.kind} {self.name} is missing"
        how = f" ({self.how})" if self.how else ""
        return f"the {self.kind} {self.name} is not {'as Tiebreak made it' if self.is_changed else 'Tiebreak’s'}{how}"


def own_statements(version: int = schema.VERSION) -> dict[tuple[str, str], str]:
    """The CREATE statement of each trigger and view of a store of this schema, by kind and name."""
    return {key: sql for key, sql in own_definitions(version).items() if key[0] in ("trigger", "view")}


def own_tables() -> frozenset[str]:
    """The names of the tables that a store of the present schema has."""
    return frozenset(name for kind, name in own_definitions() if kind == "table")


def foreign_objects(connection: sqlite3.Connection) -> list[Foreign]:
    """What is not ours, or not as we made it at the store's version: triggers and views, and what changes what our
    tables take.

    Tables and indexes that somebody added are nobody's business, but for a unique index on a table of ours.
    """
    version = _version(connection)
    there: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if sql is not None:  # else an index that SQLite made for a rule of a table
            there[kind, name] = (table, sql)
    if version == schema.VERSION and _are_as_made(there):
        return []
    own = own_definitions(version)
    found = [Foreign(kind, name, is_missing=True) for kind, name in own if (kind, name) not in there]
    for (kind, name), (table, sql) in there.items():
        ours = own.get((kind, name))
        if ours is not None and not (is_same_table(ours, sql) if kind == "table" else ours == sql):
            how = table_difference(ours, sql) if kind == "table" else ""
            found.append(Foreign(kind, name, is_changed=True, how=how))
        elif ours is None and (kind in ("trigger", "view") or (kind == "index" and _holds_off(table, sql))):
            found.append(Foreign(kind, name))
        elif (kind, name) == ("table", "example_words") and not is_word_index(sql):
            found.append(Foreign(kind, name, is_changed=True))
    return sorted(found)


def _are_as_made(there: Mapping[tuple[str, str], tuple[str, str]]) -> bool:
    """Whether a store has what Tiebreak makes, to the letter, and nothing else; a store that has not may be as good."""
    made = {(kind, name): sql for (kind, name), (table, sql) in there.items() if not _is_made_later(kind, table, sql)}
    return digest(made) == DIGEST


def _is_made_later(kind: str, table: str, sql: str) -> bool:
    """Whether it is one of the tables that are made when they are first needed, or a part of one."""
    if kind not in ("table", "index"):
        return False
    return table == "_sqlite_migrations" or table.startswith("example_words_") or sql == schema.WORDS


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _holds_off(table: str, sql: str) -> bool:
    """Whether an index that somebody made keeps rows out of a table of ours."""
    return table in own_tables() and is_unique(sql)


def usable_beside(path: Path, connection: sqlite3.Connection) -> list[Foreign]:
    """What is foreign in the store and does no harm, to be told. Raises StoreError if it cannot be used beside that."""
    foreign = [each for each in foreign_objects(connection) if not each.is_harmless]
    if unusable := [each for each in foreign if not each.is_usable]:
        raise StoreError(
            f"{path}: {listed(unusable)}: what is written to this store could be lost, and reading could take for ever",
            WayOut(Way.REPAIR, str(path)),
        )
    return foreign


def listed(foreign: list[Foreign]) -> str:
    return ", ".join(str(each) for each in foreign[:5])


def put_back_own(connection: sqlite3.Connection) -> list[Foreign]:
    """Make all tables, triggers, views and indexes as Tiebreak makes them, tables with their rows, and drop triggers
    that are not ours; returns what was not so.

    Views stay that somebody added, or that stand for a table. Call it in a transaction, without foreign keys if tables
    are to be made anew. Raises StoreError if the rows of a table do not fit.
    """
    own = own_definitions(_version(connection))
    found = [each for each in foreign_objects(connection) if each.can_be_put_back]
    tables = [each for each in found if each.kind == "table" and not each.is_missing]
    for each in found:
        if each.kind == "trigger" and not each.is_missing:
            _drop(connection, each)  # it may stand in the way of a new table
    for each in tables:
        if each.name == "example_words":  # which is made anew when somebody searches
            _drop(connection, each)
        else:
            rebuild_table(connection, each.name, own["table", each.name])
    for each in foreign_objects(connection):
        if each.can_be_put_back:
            if not each.is_missing:
                _drop(connection, each)
            if each.is_missing or each.is_changed:
                connection.execute(own[each.kind, each.name])
    return found


def _drop(connection: sqlite3.Connection, foreign: Foreign) -> None:
    quoted = foreign.name.replace('"', '""')
    connection.execute(f'DROP {foreign.kind} "{quoted}"')

"""The objects in a store's schema that are not Tiebreak's, or not as Tiebreak made them."""

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

# Tables that are made when they are first needed; nothing else may have their names.
_LATER = frozenset(["example_words", "_sqlite_migrations"])


class Foreign(NamedTuple):
    """A `trigger`, `view`, `table` or `index` that Tiebreak did not make.

    With `is_changed` it is Tiebreak's but was changed; with `is_missing` it is Tiebreak's but was removed.
    """

    kind: str
    name: str
    is_changed: bool = False
    is_missing: bool = False
    how: str = ""  # in words, how a changed table differs

    @property
    def is_dropped(self) -> bool:
        """Whether it is a dropped table of learned or counted data: such a table is made again."""
        return self.is_missing and self.kind == "table" and self.name in schema.DROPPABLE

    @property
    def is_harmless(self) -> bool:
        """Whether it changes nothing: a view that somebody added and that Tiebreak never reads, or a dropped table."""
        is_added = self.kind == "view" and not (self.is_changed or self.is_missing or self.is_for_table)
        return is_added or self.is_dropped

    @property
    def is_for_table(self) -> bool:
        """Whether it is a view with the name of one of Tiebreak's tables."""
        return self.kind == "view" and self.name.lower() in own_tables() | _LATER

    @property
    def is_usable(self) -> bool:
        """Whether the store can be used in spite of it.

        A table, view or index that is not as Tiebreak made it could lose what is written, or make a query endless. A
        foreign trigger is usable: each saved answer is read back.
        """
        return self.is_harmless or self.kind == "trigger" or (self.kind == "index" and self.is_missing)

    @property
    def can_be_put_back(self) -> bool:
        """Whether Tiebreak's own object can be restored without losing a row."""
        return self.is_dropped or not (
            self.is_harmless or self.is_for_table or (self.kind == "table" and self.is_missing)
        )

    def __str__(self) -> str:
        if self.is_missing:
            return f"the {self.kind} {self.name} is missing"
        how = f" ({self.how})" if self.how else ""
        return f"the {self.kind} {self.name} is not {'as Tiebreak made it' if self.is_changed else 'Tiebreak’s'}{how}"


def own_statements(version: int = schema.VERSION) -> dict[tuple[str, str], str]:
    """Return the CREATE statement of each trigger and view of a store of this schema, by (kind, name)."""
    return {key: sql for key, sql in own_definitions(version).items() if key[0] in ("trigger", "view")}


def own_tables() -> frozenset[str]:
    """Return the names of the tables of the present schema."""
    return frozenset(name for kind, name in own_definitions() if kind == "table")


def foreign_objects(connection: sqlite3.Connection) -> list[Foreign]:
    """Return what is not Tiebreak's, or not as Tiebreak made it at the store's version.

    That is any trigger or view, and any table or index that changes which rows Tiebreak's tables accept. Other tables
    and indexes that somebody added do not matter.
    """
    version = _version(connection)
    there: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if sql is not None:  # else SQLite made the index for a rule of a table
            there[kind, name] = (table, sql)
    if version == schema.VERSION and _are_as_made(there):
        return []
    own = own_definitions(version)
    found = [Foreign(kind, name, is_missing=True) for kind, name in own if (kind, name) not in there]
    for (kind, name), (table, sql) in there.items():
        made = own.get((kind, name))
        if made is not None and not (is_same_table(made, sql) if kind == "table" else made == sql):
            how = table_difference(made, sql) if kind == "table" else ""
            found.append(Foreign(kind, name, is_changed=True, how=how))
        elif made is None and (kind in ("trigger", "view") or (kind == "index" and _holds_off(table, sql))):
            found.append(Foreign(kind, name))
        elif (kind, name) == ("table", "example_words") and not is_word_index(sql):
            found.append(Foreign(kind, name, is_changed=True))
    return sorted(found)


def _are_as_made(there: Mapping[tuple[str, str], tuple[str, str]]) -> bool:
    """Return whether a store has exactly the definitions that Tiebreak makes; other spellings may be as good."""
    made = {(kind, name): sql for (kind, name), (table, sql) in there.items() if not _is_made_later(kind, table, sql)}
    return digest(made) == DIGEST


def _is_made_later(kind: str, table: str, sql: str) -> bool:
    """Return whether it is a table that is made when it is first needed, or a part of such a table."""
    if kind not in ("table", "index"):
        return False
    return table == "_sqlite_migrations" or table.startswith("example_words_") or sql == schema.WORDS


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _holds_off(table: str, sql: str) -> bool:
    """Return whether an index that somebody made keeps rows out of one of Tiebreak's tables."""
    return table in own_tables() and is_unique(sql)


def usable_beside(path: Path, connection: sqlite3.Connection) -> list[Foreign]:
    """Return the foreign objects to report. Raises StoreError if the store cannot be used in spite of them."""
    foreign = [each for each in foreign_objects(connection) if not each.is_harmless]
    if unusable := [each for each in foreign if not each.is_usable]:
        raise StoreError(
            f"{path}: {listed(unusable)}: the store could lose what is saved, and reading it might never end",
            WayOut(Way.REPAIR, str(path)),
        )
    return foreign


def listed(foreign: list[Foreign]) -> str:
    return ", ".join(str(each) for each in foreign[:5])


def put_back_own(connection: sqlite3.Connection) -> list[Foreign]:
    """Restore Tiebreak's tables (with their rows), triggers, views and indexes; return what was not as it should be.

    Triggers that are not Tiebreak's are dropped. Views that somebody added stay, even in place of a table. Call it in a
    transaction, and without foreign keys if tables may have to be rebuilt. Raises StoreError if the rows of a table do
    not fit.
    """
    own = own_definitions(_version(connection))
    found = [each for each in foreign_objects(connection) if each.can_be_put_back]
    tables = [each for each in found if each.kind == "table" and not each.is_missing]
    for each in found:
        if each.kind == "trigger" and not each.is_missing:
            _drop(connection, each)  # it may act on the rebuilt table
    for each in tables:
        if each.name == "example_words":  # the next search makes it again
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

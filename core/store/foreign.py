"""Triggers and views in a store that are not Tiebreak's."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache
from typing import NamedTuple

from tiebreak.core.store import schema

_CREATE = re.compile(r"\s*CREATE (TRIGGER|VIEW) (\w+)")
_TABLE = re.compile(r"\s*CREATE TABLE (\w+)")
_DROP = re.compile(r"\s*DROP (TRIGGER|VIEW) (\w+)")


class Foreign(NamedTuple):
    """A `trigger` or `view` of the store: one that Tiebreak did not make, or with `is_changed` one of ours that says
    something else by now, or with `is_missing` one of ours that is gone.
    """

    kind: str
    name: str
    is_changed: bool = False
    is_missing: bool = False

    @property
    def is_harmless(self) -> bool:
        """Whether it is a view that somebody added: nothing of ours reads it."""
        return self.kind == "view" and not (self.is_changed or self.is_missing or self.is_for_table)

    @property
    def is_for_table(self) -> bool:
        """Whether it is a view that stands where a table of ours belongs."""
        return self.kind == "view" and self.name.lower() in own_tables()

    def __str__(self) -> str:
        if self.is_missing:
            return f"the {self.kind} {self.name} is missing"
        return f"the {self.kind} {self.name} is not {'as Tiebreak made it' if self.is_changed else 'Tiebreak’s'}"


@lru_cache(maxsize=8)
def own_statements(version: int = schema.VERSION) -> dict[tuple[str, str], str]:
    """The CREATE statement of each trigger and view of a store of this schema, by kind and name."""
    own: dict[tuple[str, str], str] = {}
    for statement in schema.statements_up_to(version):
        if made := _CREATE.match(statement):
            own[made[1].lower(), made[2]] = statement.strip().removesuffix(";").rstrip()
        elif gone := _DROP.match(statement):
            own.pop((gone[1].lower(), gone[2]), None)
    return own


@lru_cache(maxsize=1)
def own_tables() -> frozenset[str]:
    """The names of the tables that a store of the present schema has."""
    statements = schema.statements_up_to(schema.VERSION)
    return frozenset(made[1] for statement in statements if (made := _TABLE.match(statement)))


def foreign_objects(connection: sqlite3.Connection) -> list[Foreign]:
    """The triggers and views that are not ours, or not as we made them; triggers first."""
    own = own_statements()
    there = {
        (kind, name): sql
        for kind, name, sql in connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
        )
    }
    found = [
        Foreign(kind, name, (kind, name) in own) for (kind, name), sql in there.items() if own.get((kind, name)) != sql
    ]
    found += [Foreign(kind, name, is_missing=True) for kind, name in own if (kind, name) not in there]
    return sorted(found)


def put_back_own(connection: sqlite3.Connection) -> list[Foreign]:
    """Make all triggers and views as Tiebreak makes them, and drop triggers that are not ours; returns what was not so.

    Views stay that somebody added, or that stand for a table. Call it in a transaction.
    """
    own = own_statements()
    found = [each for each in foreign_objects(connection) if not (each.is_harmless or each.is_for_table)]
    for each in found:
        if not each.is_missing:
            quoted = each.name.replace('"', '""')
            connection.execute(f'DROP {each.kind} "{quoted}"')
    for each in found:
        if each.is_missing or each.is_changed:
            connection.execute(own[each.kind, each.name])
    return found

"""The definitions of a store's tables, indexes, views and triggers, and whether they are Tiebreak's."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from hashlib import blake2b

from tiebreak.core.store import schema

# Of the present schema, so that opening a store need not make a new one in memory to compare. A test checks them.
TRIGGERS = frozenset(
    [
        "answers_are_never_changed",
        "answers_are_never_deleted",
        "answers_are_never_replaced",
        "remarks_are_never_changed",
        "remarks_are_never_deleted",
    ]
)
DIGEST = "7c42b10e5230c3db9bc7d81dae7dc8ae"  # of all definitions of the present schema

_SHOWN = 100  # characters; a message cuts a longer definition
_LEXEME = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|\w+|\S", re.DOTALL
)
_QUOTED = re.compile(r"[\"`\[]\w+[\"`\]]")  # a name that needs no quotes
# Words that make a rule. In quotes they are part of a type, and a type is no rule.
_RULES = (
    "as|autoincrement|check|collate|conflict|constraint|default|foreign|generated|key|not|null|on|primary|references|"
    "rowid|strict|unique|without"
)
_CONSTRAINT = re.compile(r"(?:check|constraint|foreign|primary|unique)\b")  # a rule of a table, behind its columns
# A column of any name, with its type and without rules.
_ADDED = re.compile(
    rf"(?!{_CONSTRAINT.pattern})[\"`\[]?\w+[\"`\]]?"
    rf"(?: (?!(?:{_RULES})\b)\w+)*(?: \( [\d ,]+ \))?"
)


@lru_cache(maxsize=8)
def own_definitions(version: int = schema.VERSION) -> dict[tuple[str, str], str]:
    """Return the definition of each table, index, view and trigger of a store of this schema, by (kind, name).

    The word index is not among them: it is made when it is first needed.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for statement in schema.statements_up_to(version):
            connection.execute(statement)
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(kind, name): sql for kind, name, sql in rows}


def digest(definitions: Mapping[tuple[str, str], str]) -> str:
    """Return a digest of the definitions that does not depend on their order."""
    return blake2b(repr(sorted(definitions.items())).encode(), digest_size=16).hexdigest()


def is_same_table(own: str, found: str) -> bool:
    """Return whether the table `found` is defined as Tiebreak's `own`; it may have more columns if they have no rule.

    Spelling (quotes, case, comments, space) does not matter.
    """
    return own == found or _difference(own, found) is None


def table_difference(own: str, found: str) -> str:
    """Describe the first difference between a table and Tiebreak's `own`; "" if they are the same."""
    match _difference(own, found):
        case None:
            return ""
        case expected, "":
            return f"“{_cut(expected)}” is missing"
        case "", other:
            return f"“{_cut(other)}” was added"
        case expected, other:
            return f"“{_cut(other)}” stands in place of “{_cut(expected)}”"


def _difference(own: str, found: str) -> tuple[str, str] | None:
    """Return the first part of `own` that `found` lacks, and what `found` has there; None if it lacks nothing."""
    (before, columns, behind), (other_before, others, other_behind) = _parts(own), _parts(found)
    waiting = iter([*columns, ""])
    expected = next(waiting)
    for other in others:
        if other == expected:
            expected = next(waiting)
        elif not (_ADDED.fullmatch(other) and (not expected or _CONSTRAINT.match(expected))):  # else: an added column
            return expected, other
    rest = ((before, other_before), (expected, ""), (behind, other_behind))
    return next(((one, other) for one, other in rest if one != other), None)


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def is_unique(sql: str) -> bool:
    """Return whether the definition is that of a unique index."""
    return "unique" in _words(sql)[:2]


def is_word_index(sql: str) -> bool:
    """Return whether the definition is that of the word index."""
    return _words(sql) == _words(schema.WORDS)


def _parts(sql: str) -> tuple[str, list[str], str]:
    """Split a CREATE TABLE: the words before its columns, each column or rule, and the words behind them."""
    parts: list[list[str]] = [[]]
    depth = 0
    before: list[str] = []
    behind: list[str] = []
    for word in _words(sql):
        depth -= word == ")"
        if depth == 0 and word not in "()":
            (behind if len(parts) > 1 or parts[0] else before).append(word)
        elif depth == 1 and word == ",":
            parts.append([])
        elif depth > 0:
            parts[-1].append(word)
        depth += word == "("
    return " ".join(before), [" ".join(part) for part in parts], " ".join(behind)


def _words(sql: str) -> list[str]:
    """Return the words of a statement without comments; names in lower case and without quotes."""
    words = [word for word in _LEXEME.findall(sql) if not word.startswith(("--", "/*"))]
    lower = [word if word.startswith("'") else word.lower() for word in words]
    return [word[1:-1] if _QUOTED.fullmatch(word) and not re.fullmatch(_RULES, word[1:-1]) else word for word in lower]

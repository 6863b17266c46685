"""How the tables, indexes, views and triggers of a store are defined, and whether a definition is ours."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from hashlib import blake2b

from tiebreak.core.store import schema

# Of the present schema: with them, opening a store need not make another one in memory. A test holds them true.
TRIGGERS = frozenset(
    [
        "answers_are_never_changed",
        "answers_are_never_deleted",
        "answers_are_never_replaced",
        "remarks_are_never_changed",
        "remarks_are_never_deleted",
    ]
)
DIGEST = "7c42b10e5230c3db9bc7d81dae7dc8ae"  # of all its definitions

_SHOWN = 100  # characters of a definition that a message shows
_LEXEME = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|\w+|\S", re.DOTALL
)
_QUOTED = re.compile(r"[\"`\[]\w+[\"`\]]")  # a name that needs no quotes
# Words that make a rule: within quotes they are a part of a type, which rules nothing.
_RULES = (
    "as|autoincrement|check|collate|conflict|constraint|default|foreign|generated|key|not|null|on|primary|references|"
    "rowid|strict|unique|without"
)
_CONSTRAINT = re.compile(r"(?:check|constraint|foreign|primary|unique)\b")  # of a table, behind its columns
# A column, of whatever name, and its type.
_ADDED = re.compile(
    rf"(?!{_CONSTRAINT.pattern})[\"`\[]?\w+[\"`\]]?"
    rf"(?: (?!(?:{_RULES})\b)\w+)*(?: \( [\d ,]+ \))?"
)


@lru_cache(maxsize=8)
def own_definitions(version: int = schema.VERSION) -> dict[tuple[str, str], str]:
    """The definition of each table, index, view and trigger of a store of this schema, by kind and name.

    The index of words, which is made when it is first needed, is none of them.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for statement in schema.statements_up_to(version):
            connection.execute(statement)
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(kind, name): sql for kind, name, sql in rows}


def digest(definitions: Mapping[tuple[str, str], str]) -> str:
    """Return the same for the same definitions, in whatever order they stand in the file."""
    return blake2b(repr(sorted(definitions.items())).encode(), digest_size=16).hexdigest()


def is_same_table(ours: str, theirs: str) -> bool:
    """Whether a table is defined as ours is, in whatever spelling; columns without any rule may have been added."""
    return ours == theirs or _difference(ours, theirs) is None


def table_difference(ours: str, theirs: str) -> str:
    """How a table differs first from ours, in words; "" if it does not."""
    match _difference(ours, theirs):
        case None:
            return ""
        case own, "":
            return f"“{_cut(own)}” is missing"
        case "", other:
            return f"it has “{_cut(other)}” besides"
        case own, other:
            return f"it has “{_cut(other)}” where “{_cut(own)}” belongs"


def _difference(ours: str, theirs: str) -> tuple[str, str] | None:
    """What ours says first that a table does not, and what it says there."""
    (before, columns, behind), (other_before, others, other_behind) = _parts(ours), _parts(theirs)
    waiting = iter([*columns, ""])
    own = next(waiting)
    for other in others:
        if other == own:
            own = next(waiting)
        elif not (_ADDED.fullmatch(other) and (not own or _CONSTRAINT.match(own))):  # added behind our columns
            return own, other
    rest = ((before, other_before), (own, ""), (behind, other_behind))
    return next(((own, other) for own, other in rest if own != other), None)


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def is_unique(sql: str) -> bool:
    """Whether the definition of an index makes a unique one."""
    return "unique" in _words(sql)[:2]


def is_word_index(sql: str) -> bool:
    """Whether the definition is that of the index of words."""
    return _words(sql) == _words(schema.WORDS)


def _parts(sql: str) -> tuple[str, list[str], str]:
    """What stands before the columns of a table, its columns and rules, and what stands behind them."""
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
    """The words of a statement without comments, names without their quotes and in lower case."""
    words = [word for word in _LEXEME.findall(sql) if not word.startswith(("--", "/*"))]
    lower = [word if word.startswith("'") else word.lower() for word in words]
    return [word[1:-1] if _QUOTED.fullmatch(word) and not re.fullmatch(_RULES, word[1:-1]) else word for word in lower]

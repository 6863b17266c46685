"""The learned values of the queue's examples; they may be deleted at any time, and are learned again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tiebreak.core.records import Value
from tiebreak.core.store.answered import OPEN
from tiebreak.core.store.connection import Store
from tiebreak.core.store.definitions import own_definitions
from tiebreak.core.store.encoding import is_number
from tiebreak.core.store.schema import VALUE_BEFORE
from tiebreak.core.store.short_writes import ShortWrites

_LOOKED_AT = 1000  # examples; if the learner has saved any value, one of these has a value
_TAUGHT = "answers behind the values"  # a setting
_FIRST = f"""
    errors = NULL, seconds = NULL,
    value = (SELECT {VALUE_BEFORE} FROM examples WHERE examples.id = queue.example_id)
"""

# Waits for an answer, or is a slice text: such a text counts as waiting.
_IS_VALUED = f"({OPEN} OR example_id IN (SELECT example_id FROM slice WHERE drawn_at IS NOT NULL))"

# Columns that anybody may empty at any time.
LEARNED_COLUMNS = frozenset([("queue", "value"), ("queue", "errors"), ("queue", "seconds"), ("slice", "exported")])

_BY_VALUE = ("queue_value", "queue_open", "queue_agreed")  # the indexes that contain values
VALUE_COLUMNS = "queue.answered, queue.overlap, queue.errors, queue.seconds"  # the arguments of `value_in`


def value_in(answered: Any, overlap: Any, errors: Any, seconds: Any) -> Value | None:
    """Return the learned value of an example, from its columns; None if there is no such value.

    An answered example has no value any more, and an overlap example must not show a learned value. A value that no
    learner writes counts as missing.
    """
    if answered or overlap or not (is_number(errors) and is_number(seconds)) or min(errors, seconds) < 0:
        return None
    return Value(errors, seconds)


def value_of(store: Store, example_id: int) -> Value | None:
    """Return the learned value of a compared example that waits for an answer, or None."""
    row = store.execute(f"SELECT {VALUE_COLUMNS} FROM queue WHERE example_id = ?", (example_id,)).fetchone()
    return None if row is None else value_in(*row)


def answers_behind_values(store: Store) -> int:
    """Return how many answers the values rest on; 0 if nothing was learned yet."""
    taught = store.setting(_TAUGHT) or ""
    return int(taught) if taught.isdecimal() else 0


def are_values_kept(store: Store) -> bool:
    """Return whether any of the most valuable examples has a learned value; anybody may have deleted the values."""
    (kept,) = store.execute(
        f"""
        SELECT EXISTS (
            SELECT 1 FROM (SELECT errors FROM queue WHERE {OPEN} ORDER BY value DESC, tie LIMIT {_LOOKED_AT})
            WHERE errors IS NOT NULL
        )
        """
    ).fetchone()
    return bool(kept)


def save_values(store: Store, values: Mapping[int, Value], writes: ShortWrites, *, answers: int) -> None:
    """Save the values of some waiting examples, learned from so many `answers`.

    Other writers wait for some milliseconds at most.
    """
    rows = [
        (each.rate, each.errors, each.seconds, id, each.rate, each.errors, each.seconds) for id, each in values.items()
    ]

    def save(part: Sequence[tuple[float, ...]]) -> None:
        store.connection.executemany(
            f"""
            UPDATE queue SET value = ?, errors = ?, seconds = ?
            WHERE example_id = ? AND {_IS_VALUED} AND (value, errors, seconds) IS NOT (?, ?, ?)
            """,
            part,
        )

    writes.write(rows, lambda _: 60, save)
    if answers != answers_behind_values(store):
        with store.transaction():
            store.set_setting(_TAUGHT, str(answers))


def forget_values_of(store: Store, example_ids: Sequence[int], writes: ShortWrites) -> None:
    """Reset the values of these examples, if they wait for an answer, to those from before anything was learned."""

    def forget(part: Sequence[int]) -> None:
        store.connection.executemany(
            f"UPDATE queue SET {_FIRST} WHERE errors IS NOT NULL AND example_id = ? AND {_IS_VALUED}",
            [(each,) for each in part],
        )

    writes.write(example_ids, lambda _: 60, forget)


def forget_values(store: Store) -> None:
    """Reset the values of all examples to those from before anything was learned."""
    with store.transaction():
        for name in _BY_VALUE:  # dropping and making the indexes again takes a fifth of the time
            store.execute(f"DROP INDEX IF EXISTS {name}")
        store.execute(f"UPDATE queue SET {_FIRST}")
        for name in _BY_VALUE:
            store.execute(own_definitions()["index", name])
        store.execute("UPDATE slice SET exported = NULL WHERE exported IS NOT NULL")
        store.execute("DELETE FROM settings WHERE name = ?", (_TAUGHT,))

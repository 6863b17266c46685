"""What a report reads from the store besides the answers."""

from __future__ import annotations

from collections.abc import Collection

from tiebreak.core.records import Marks
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import decode_readings

Bounds = tuple[int, int]


def example_texts(store: Store, example_ids: Collection[int]) -> dict[int, str]:
    """Return the texts of these examples, by id."""
    return {
        example_id: text
        for marks, part in in_batches(sorted({*example_ids}))
        for example_id, text in store.execute(f"SELECT id, text FROM examples WHERE id IN ({marks})", part)
    }


def readings_by_place(store: Store, example_id: int) -> dict[Bounds, dict[str, Marks]]:
    """Return the readings of each present difference of the example, by its bounds."""
    rows = store.execute('SELECT start, "end", readings FROM differences WHERE example_id = ?', (example_id,))
    return {(start, end): store.restored(decode_readings(readings)) for start, end, readings in rows}


def annotator_names(store: Store) -> list[str]:
    """Return the names of all annotators with answers or remarks, in alphabetical order."""
    rows = store.execute("SELECT annotator FROM answers UNION SELECT annotator FROM remarks ORDER BY 1")
    return [name for (name,) in rows]


def has_session(store: Store, session: str) -> bool:
    """Return whether the session has answers or remarks."""
    row = store.execute(
        """
        SELECT 1
        WHERE EXISTS (SELECT 1 FROM answers WHERE session = :session)
            OR EXISTS (SELECT 1 FROM remarks WHERE session = :session)
        """,
        {"session": session},
    ).fetchone()
    return row is not None

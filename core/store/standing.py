"""People's answers in force, without their contents: one pass over the log."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.store.answers import ADJUDICATE, AUTO
from tiebreak.core.store.connection import Store


class Standing(NamedTuple):
    """An answer in force: a person's newest answer to an example that was not taken back, or newest adjudication."""

    id: int
    example_id: int
    annotator: str
    is_adjudication: bool


def standing_answers(store: Store) -> list[Standing]:
    """Return all answers in force of people, oldest first; what `auto` accepted does not count."""
    rows = store.execute(
        """
        SELECT id, example_id, annotator, view = ? FROM answers
        WHERE annotator <> ? AND id NOT IN (SELECT answer_id FROM undone_answers) ORDER BY id
        """,
        (ADJUDICATE, AUTO),
    ).fetchall()
    newest = {row[1:]: row for row in rows}
    return list(map(Standing._make, rows if len(newest) == len(rows) else sorted(newest.values())))

"""How long people worked on a store, and in how many sittings."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.store.answers import AUTO
from tiebreak.core.store.connection import Store


class Worked(NamedTuple):
    """The sittings of people, the seconds on screen (five minutes an answer at most), and the first and last answer.

    `began_at` and `ended_at` are in Unix seconds, 0.0 without any.
    """

    sittings: int
    seconds: float
    began_at: float
    ended_at: float


def worked(store: Store) -> Worked:
    """Return what the answers that were not taken back say."""
    row = store.execute(
        """
        SELECT count(DISTINCT session), coalesce(sum(min(seconds, 300.0)), 0.0),
            coalesce(min(answered_at), 0.0), coalesce(max(answered_at), 0.0)
        FROM answers
        WHERE annotator <> ? AND id NOT IN (SELECT answer_id FROM undone_answers)
        """,
        (AUTO,),
    ).fetchone()
    return Worked(*row)

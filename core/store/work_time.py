"""The time that people worked on a store, and the number of sittings."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.store.answers import AUTO
from tiebreak.core.store.connection import Store


class WorkTime(NamedTuple):
    """The number of sittings, the seconds on screen (an answer counts for at most five minutes), first and last answer.

    `began_at` and `ended_at` are in Unix seconds, 0.0 without answers.
    """

    sittings: int
    seconds: float
    began_at: float
    ended_at: float


def work_time(store: Store) -> WorkTime:
    """Return the work on people's answers that were not taken back."""
    row = store.execute(
        """
        SELECT count(DISTINCT session), coalesce(sum(min(seconds, 300.0)), 0.0),
            coalesce(min(answered_at), 0.0), coalesce(max(answered_at), 0.0)
        FROM answers
        WHERE annotator <> ? AND id NOT IN (SELECT answer_id FROM undone_answers)
        """,
        (AUTO,),
    ).fetchone()
    return WorkTime(*row)

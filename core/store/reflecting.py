"""What a reflection reads besides the answers: waiting places, their learned values, and the sittings so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.store.answered import OPEN
from tiebreak.core.store.answers import ADJUDICATE, AUTO
from tiebreak.core.store.connection import Store
from tiebreak.core.store.task_columns import reader_of

# The label of a predictor's first mark at a difference.
_BY_PATH = "json_extract(readings, ?)"
_BY_NAME = "(SELECT json_extract(value, '$[0].label') FROM json_each(readings) WHERE key = ?)"


class WaitingDifferences(NamedTuple):
    """The number of waiting differences of a `kind` with these labels, one a predictor, the left predictor's first.

    A label is that of the predictor's first mark; None if the reading is empty.
    """

    kind: str
    labels: tuple[str | None, ...]
    places: int


class Sitting(NamedTuple):
    """The answers of one sitting: their number, seconds on screen, keys pressed, and when the sitting began."""

    session: str
    annotator: str
    began_at: float  # Unix seconds
    answers: int
    seconds: float
    keys: int


class Worth(NamedTuple):
    """The errors that an answer to a waiting example is expected to correct, and the seconds that it takes."""

    errors: float
    seconds: float


def waiting_differences(store: Store, predictors: Sequence[str]) -> list[WaitingDifferences]:
    """Return the counts of waiting differences by the labels of `predictors`, in one pass."""
    if not predictors:
        return []
    plain = [name.isalnum() for name in predictors]  # fits into a JSON path; other names take longer to find
    labels = ", ".join([_BY_PATH if each else _BY_NAME for each in plain])
    names = [f"$.{name}[0].label" if each else name for name, each in zip(predictors, plain, strict=True)]
    rows = store.execute(
        f"""
        SELECT count(*), kind, {labels}
        FROM queue JOIN differences ON differences.example_id = queue.example_id
        WHERE {OPEN} AND queue.score > 0
        GROUP BY {", ".join(str(column) for column in range(2, 3 + len(names)))}
        """,
        tuple(names),
    ).fetchall()
    return [WaitingDifferences(kind, tuple(of_predictors), places) for places, kind, *of_predictors in rows]


def waiting_labels(store: Store) -> Counter[tuple[str, str]]:
    """Count by (predictor, label) the marks in open texts that one predictor has read; a pass over these texts."""
    read, rules = reader_of(store), store.rules
    rows = store.execute(
        f"""
        SELECT predictor, spans, cats FROM queue
        JOIN current_predictions AS now ON now.example_id = queue.example_id
        WHERE {OPEN} AND queue.predictors = 1 AND now.status = 'ok'
        """
    )
    found: Counter[tuple[str, str]] = Counter()
    for predictor, spans, cats in rows:
        found.update([(predictor, mark.label) for mark in rules.marks_of(read(0, spans, cats))])
    return found


def sittings(store: Store, most: int) -> list[Sitting]:
    """Return the newest sittings of people, the newest first; an answer counts for at most five minutes."""
    rows = store.execute(
        """
        SELECT session, min(annotator), min(answered_at), count(*), sum(min(seconds, 300.0)), sum(keys)
        FROM answers
        WHERE annotator <> ? AND view <> ? AND id NOT IN (SELECT answer_id FROM undone_answers)
        GROUP BY session ORDER BY min(answered_at) DESC LIMIT ?
        """,
        (AUTO, ADJUDICATE, most),
    )
    return [Sitting(*row) for row in rows.fetchall()]


def worth_of_next(store: Store, most: int) -> list[Worth]:
    """Return the worth of the next examples by value, `most` at most; empty if nothing was learned."""
    rows = store.execute(
        f"""
        SELECT errors, seconds FROM queue
        WHERE {OPEN} AND (queue.score > 0) = 1 AND errors IS NOT NULL
        ORDER BY value DESC, tie LIMIT ?
        """,
        (most,),
    )
    return [Worth(*row) for row in rows.fetchall()]


def errors_left(store: Store) -> float:
    """Return how many errors the answers to all waiting, disagreeing examples are expected to correct."""
    row = store.execute(
        f"SELECT coalesce(sum(errors), 0.0) FROM queue WHERE {OPEN} AND (queue.score > 0) = 1"
    ).fetchone()
    return float(row[0])


def llm_names(store: Store) -> list[str]:
    """Return the names of the compared predictors whose newest run is an LLM's, the left one first."""
    rows = store.execute(
        """
        SELECT predictors.name, runs.kind, max(runs.activated)
        FROM runs JOIN predictors ON predictors.id = runs.predictor_id
        WHERE predictors.left_out_at IS NULL
        GROUP BY predictors.id ORDER BY predictors.id
        """
    )
    return [name for name, kind, _ in rows.fetchall() if kind == "llm"]


def newest_answers(store: Store, most: int) -> list[int]:
    """Return the ids of people's newest accepting answers in force outside the slice, `most` at most, newest first."""
    rows = store.execute(
        """
        SELECT id FROM answers
        WHERE annotator <> ? AND view = 'review' AND answer = 'accept'
            AND NOT EXISTS (SELECT 1 FROM undone_answers WHERE answer_id = answers.id)
        ORDER BY id DESC LIMIT ?
        """,
        (AUTO, most),
    )
    return [answer_id for (answer_id,) in rows.fetchall()]


def texts_by_id(store: Store, example_ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of these examples, by id."""
    rows = store.execute(
        "SELECT id, text FROM examples WHERE id IN (SELECT value FROM json_each(?))", (str(list(example_ids)),)
    )
    return dict(rows.fetchall())

"""The log of answers as it was written: each answer with its annotator and time, and whether it was taken back."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

from tiebreak.core.compare.cats import THRESHOLD
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import broken, decode_cats, decode_spans, number


class LogEntry(NamedTuple):
    """One answer of the log. Times are Unix seconds; `undone_at` is None if it was not taken back.

    `said` has (label, covered text) for each span, and (label, "") for each category that holds.
    """

    id: int
    answered_at: float
    example_id: int
    text: str
    annotator: str
    answer: str
    view: str
    said: tuple[tuple[str, str], ...]
    seconds: float
    keys: int
    session: str
    undone_at: float | None
    in_force: bool


_ENTRIES = """
    SELECT answers.id, answered_at, example_id, coalesce(examples.text, ''), annotator, answer, view, spans, cats,
        seconds, keys, answers.session, undone_at, EXISTS (
            SELECT 1 FROM answers_in_force AS force
            WHERE force.id = answers.id AND force.example_id = answers.example_id
        )
    FROM answers
    LEFT JOIN examples ON examples.id = example_id  -- also if the example is gone
    LEFT JOIN undone_answers ON answer_id = answers.id
    WHERE answers.id IN ({}) ORDER BY answers.id
"""


def answer_log(
    store: Store, *, example_id: int | None = None, annotator: str | None = None, limit: int | None = None
) -> Iterator[LogEntry]:
    """Yield the newest `limit` answers of the log, the oldest first; of one example, one annotator, or both if given.

    Each part is fetched whole: a caller that pauses keeps no read transaction open, so SQLite can shorten the WAL.
    """
    ids = array(
        "q",
        (
            id
            for (id,) in store.execute(
                """
                SELECT id FROM answers
                WHERE (:example_id IS NULL OR example_id = :example_id)
                    AND (:annotator IS NULL OR annotator = :annotator)
                ORDER BY id DESC LIMIT coalesce(:limit, -1)
                """,
                {"example_id": example_id, "annotator": annotator, "limit": limit},
            )
        ),
    )
    ids.reverse()
    for marks, part in in_batches(ids):
        yield from map(_entry, store.execute(_ENTRIES.format(marks), part).fetchall())


def _entry(row: tuple[Any, ...]) -> LogEntry:
    id, at, example_id, text, annotator, answer, view, spans, cats, seconds, keys, session, undone_at, in_force = row
    if not all(isinstance(each, str) for each in (text, annotator, answer, view, session)):
        raise broken("an answer with a column that is not text")
    labelled = tuple((span.label, text[span.start : span.end]) for span in decode_spans(spans))
    labelled += tuple((label, "") for label, score in decode_cats(cats).items() if score >= THRESHOLD)
    return LogEntry(
        id=id,
        answered_at=number(at),
        example_id=example_id,
        text=text,
        annotator=annotator,
        answer=answer,
        view=view,
        said=labelled,
        seconds=number(seconds),
        keys=int(number(keys)),
        session=session,
        undone_at=None if undone_at is None else number(undone_at),
        in_force=bool(in_force),
    )

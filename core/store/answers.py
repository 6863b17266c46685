"""The append-only log of answers: save, undo, and read the answers in force."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Answer, Marks, Prediction
from tiebreak.core.store.answered import IS_ANSWERED, OPEN
from tiebreak.core.store.choices import choice_objects, decode_choices
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import (
    broken,
    decode_cats,
    decode_json,
    decode_spans,
    encode_json,
    encode_spans,
    number,
)
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.rows import add_row
from tiebreak.core.ways_out import Way, WayOut

AUTO = "auto"  # the annotator of examples that were accepted because all predictors agree
ADJUDICATE = "adjudicate"  # the view of answers that settle a dispute between annotators
SLICE = "slice"  # the view of answers to slice texts

_COLUMNS = """
    id, example_id, annotator, session, answer, spans, choices, shown, seconds, keys, view, answered_at, cats, screen,
    offered
"""
_DECISION = """
    id, example_id, annotator, session, answer, spans, NULL, '[]', seconds, keys, view, answered_at, cats, screen, NULL
"""
_IS_UNDONE = "EXISTS (SELECT 1 FROM undone_answers WHERE answer_id = answers.id)"


def save_answer(store: Store, answer: Answer) -> int:
    """Append `answer` to the log and return its id; the answer is on disk when this returns."""
    row = {
        "example_id": answer.example_id,
        "annotator": answer.annotator,
        "session": answer.session,
        "answer": answer.answer,
        "spans": encode_spans(answer.spans),
        "choices": encode_json(choice_objects(answer.choices, store.rules)),
        "shown": encode_spans(store.rules.stored(answer.shown)),
        "seconds": answer.seconds,
        "keys": answer.keys,
        "view": answer.view,
        "answered_at": answer.answered_at or time.time(),
        "cats": encode_json(answer.cats),
        "screen": encode_json(answer.screen),
        "offered": encode_json(choice_objects(answer.offered, store.rules)) if answer.offered else None,
    }
    with store.transaction() as connection:
        answer_id = add_row(connection, "answers", row)
        _check_kept(store, answer_id, answer)
        _mark_answered(store, answer.example_id)
    return answer_id


def _mark_answered(store: Store, example_id: int) -> None:
    """Update the queue's mark of whether the example is answered."""
    store.execute(f"UPDATE queue SET answered = {IS_ANSWERED} WHERE example_id = ?", (example_id,))


def _check_kept(store: Store, answer_id: int, answer: Answer) -> None:
    """Raise StoreError unless the answer is in the log: a trigger that is not Tiebreak's may have removed it."""
    kept = store.execute(
        "SELECT example_id, annotator, answer, spans FROM answers WHERE id = ?", (answer_id,)
    ).fetchone()
    if kept != (answer.example_id, answer.annotator, answer.answer, encode_spans(answer.spans)):
        raise StoreError(
            f"{store.path}: the answer was not saved: a trigger that is not Tiebreak's removed or changed it",
            WayOut(Way.REPAIR, str(store.path)),
        )


def undo_last_answer(store: Store, annotator: str, session: str, *, adjudicated: bool = False) -> Answer | None:
    """Take back the annotator's newest answer that still stands, and return it; None if no answer is left.

    With `adjudicated`, take back the newest adjudication, else the newest of the other answers.
    """
    with store.transaction() as connection:
        row = store.execute(
            f"""
            SELECT {_COLUMNS} FROM answers
            WHERE annotator = ? AND (view = ?) = ? AND NOT {_IS_UNDONE}
            ORDER BY id DESC LIMIT 1
            """,
            (annotator, ADJUDICATE, adjudicated),
        ).fetchone()
        if row is None:
            return None
        answer = _answer(store, row)
        add_row(connection, "undone_answers", {"answer_id": answer.id, "session": session, "undone_at": time.time()})
        _mark_answered(store, answer.example_id)
    return answer


def answer_of(store: Store, example_id: int, annotator: str, *, adjudicated: bool = False) -> Answer | None:
    """Return the annotator's answer in force for the example, or None; with `adjudicated` the adjudication."""
    row = store.execute(
        f"SELECT {_COLUMNS} FROM answers_in_force WHERE example_id = ? AND annotator = ? AND (view = ?) = ?",
        (example_id, annotator, ADJUDICATE, adjudicated),
    ).fetchone()
    return None if row is None else _answer(store, row)


def answers_of_people(store: Store, example_id: int) -> list[Answer]:
    """Return the answers in force of people for the example, sorted by name, without adjudications."""
    return people_by_example(store, [example_id]).get(example_id, [])


def people_by_example(store: Store, example_ids: Sequence[int]) -> dict[int, list[Answer]]:
    """Return the answers in force of people for these examples, by example, sorted by name, without adjudications."""
    found: dict[int, list[Answer]] = {}
    for marks, part in in_batches(example_ids):
        rows = store.execute(
            f"""
            SELECT {_COLUMNS} FROM answers_in_force
            WHERE example_id IN ({marks}) AND annotator <> ? AND view <> ?
            ORDER BY example_id, annotator
            """,
            (*part, AUTO, ADJUDICATE),
        )
        for answer in (_answer(store, row) for row in rows):
            found.setdefault(answer.example_id, []).append(answer)
    return found


def count_of_people(store: Store, most: int) -> int:
    """Return how many answers people gave and did not take back, up to `most`; what `auto` accepted does not count."""
    (count,) = store.execute(
        """
        SELECT count(*) FROM (
            SELECT 1 FROM answers
            WHERE (annotator < :auto OR annotator > :auto)
                AND NOT EXISTS (SELECT 1 FROM undone_answers WHERE answer_id = answers.id)
            LIMIT :most
        )
        """,
        {"auto": AUTO, "most": most},
    ).fetchone()
    return int(count)


def answered_since(
    store: Store, example_id: int, annotator: str, after: int, *, adjudicated: bool = False
) -> str | None:
    """Return another annotator who has answered the example after the answer with the id `after`, or None.

    With `adjudicated`, return an annotator who has adjudicated it.
    """
    row = store.execute(
        """
        SELECT annotator FROM answers_in_force
        WHERE example_id = ? AND id > ? AND annotator NOT IN (?, ?) AND (view = ?) = ?
        LIMIT 1
        """,
        (example_id, after, annotator, AUTO, ADJUDICATE, adjudicated),
    ).fetchone()
    return None if row is None else str(row[0])


def newest_answer(store: Store) -> int:
    """Return the id of the newest answer; 0 if the store has no answers."""
    return int(store.execute("SELECT coalesce(max(id), 0) FROM answers").fetchone()[0])


def answers_in_force(store: Store, kinds: Collection[str]) -> Iterator[Answer]:
    """Yield each annotator's newest standing answer for each example if it is one of `kinds`, oldest first.

    A person's answer replaces what `auto` accepted, and an adjudication replaces all other answers.
    """
    marks = ",".join("?" * len(kinds))
    for row in store.execute(f"SELECT {_COLUMNS} FROM final_answers WHERE answer IN ({marks}) ORDER BY id", (*kinds,)):
        yield _answer(store, row)


def decisions_in_force(store: Store, kinds: Collection[str]) -> Iterator[Answer]:
    """Yield the answers of `answers_in_force` without what was shown, offered and chosen."""
    marks = ",".join("?" * len(kinds))
    sql = f"SELECT {_DECISION} FROM final_answers WHERE answer IN ({marks}) ORDER BY id"
    for row in store.execute(sql, (*kinds,)):
        yield _answer(store, row)


def answers_by_id(store: Store, answer_ids: Sequence[int]) -> list[Answer]:
    """Return the answers with these ids, oldest first."""
    return [
        _answer(store, row)
        for marks, part in in_batches(answer_ids)
        for row in store.execute(f"SELECT {_COLUMNS} FROM answers WHERE id IN ({marks}) ORDER BY id", part)
    ]


def unanswered(store: Store) -> Iterator[int]:
    """Yield the examples without an answer that have an ok prediction, in the order in which they were loaded."""
    yield from (
        example_id
        for (example_id,) in store.execute(
            """
            SELECT id FROM examples
            WHERE NOT EXISTS (SELECT 1 FROM answers_in_force WHERE example_id = examples.id)
                AND EXISTS (SELECT 1 FROM predictions WHERE example_id = examples.id AND status = 'ok')
            ORDER BY id
            """
        )
    )


def last_session(store: Store, annotator: str | None = None) -> str | None:
    """Return the session of the newest answer of any person, or of `annotator`; None if nobody has answered."""
    row = store.execute(
        """
        SELECT session FROM answers
        WHERE annotator <> :auto AND (:annotator IS NULL OR annotator = :annotator)
        ORDER BY id DESC LIMIT 1
        """,
        {"auto": AUTO, "annotator": annotator},
    ).fetchone()
    return None if row is None else str(row[0])


def answers_to(store: Store, example_id: int) -> list[tuple[Answer, bool]]:
    """Return all answers that were ever given to an example, oldest first, each with whether it was taken back."""
    rows = store.execute(
        f"SELECT {_COLUMNS}, {_IS_UNDONE} FROM answers WHERE example_id = ? ORDER BY id", (example_id,)
    )
    return [(_answer(store, row[:-1]), bool(row[-1])) for row in rows]


def accept_agreed(store: Store, session: str) -> int:
    """Accept every unanswered example on which all predictors agree, as annotator `auto`; return how many.

    Texts that are in the slice, or may get into it, are left to people.
    """
    with store.transaction():
        rows = store.execute(
            f"""
            SELECT example_id FROM queue
            WHERE {OPEN} AND differences = 0 AND predictors > 1 AND example_id NOT IN (SELECT example_id FROM slice)
            """
        ).fetchall()
        now = time.time()
        labels = label_names(store)
        for (example_id,) in rows:
            agreed = _agreed(store, example_id)
            spans, cats = store.rules.decision(agreed, labels)
            save_answer(
                store,
                Answer(
                    example_id,
                    AUTO,
                    session,
                    "accept",
                    spans,
                    shown=agreed,
                    view="auto-accept",
                    answered_at=now,
                    cats=cats,
                ),
            )
    return len(rows)


def _agreed(store: Store, example_id: int) -> Marks:
    """Return the marks of the example on which all predictors agree."""
    spans, cats = store.execute(
        "SELECT spans, cats FROM current_predictions WHERE example_id = ? AND status = 'ok' LIMIT 1", (example_id,)
    ).fetchone()
    return store.rules.marks_of(Prediction(example_id, decode_spans(spans), decode_cats(cats)))


def _answer(store: Store, row: tuple[Any, ...]) -> Answer:
    if not all(isinstance(row[at], str) for at in (2, 3, 4, 10)):
        raise broken("an answer without annotator, session, kind or view")
    return Answer(
        id=row[0],
        example_id=row[1],
        annotator=row[2],
        session=row[3],
        answer=row[4],
        spans=decode_spans(row[5]),
        choices=decode_choices(row[6], store.rules),
        shown=store.rules.restored(decode_spans(row[7])),
        seconds=number(row[8]),
        keys=int(number(row[9])),
        view=row[10],
        answered_at=number(row[11]),
        cats=None if row[12] is None else decode_cats(row[12]),
        screen=decode_json(row[13], dict),
        offered=decode_choices(row[14], store.rules),
    )

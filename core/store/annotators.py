"""What is kept of each annotator: whether the introduction was shown, and where one was when one left."""

from __future__ import annotations

from dataclasses import dataclass

from tiebreak.core.records import Marks, SettledDifference
from tiebreak.core.store.answers import AUTO, answer_of
from tiebreak.core.store.choices import choice_objects, read_choices
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_json, encode_json, spans_of


@dataclass(frozen=True, slots=True)
class Place:
    """The example that was on screen when an annotator left, with what was chosen there and not answered yet.

    `choices` is None where nothing was. `answer_id` is the annotator's answer in force for the example then. `at` is
    the number of the only place that was shown; None where it was the whole text.
    """

    example_id: int
    answer_id: int | None = None
    choices: tuple[SettledDifference, ...] | None = None
    marks: Marks = ()
    at: int | None = None


def known_annotators(store: Store) -> set[str]:
    """All names that the store has: of who answered or remarked, was given something, or has opened a review."""
    rows = store.execute(
        """
        SELECT DISTINCT annotator FROM answers
        UNION SELECT annotator FROM remarks
        UNION SELECT name FROM annotators
        UNION SELECT annotator FROM assignments
        UNION SELECT annotator FROM on_screen
        UNION SELECT annotator FROM drafts
        """
    )
    return {name for (name,) in rows} - {AUTO}


def is_introduced(store: Store, annotator: str) -> bool:
    """Whether the introduction was shown to `annotator`."""
    row = store.execute("SELECT introduced FROM annotators WHERE name = ?", (annotator,)).fetchone()
    return row is not None and bool(row[0])


def mark_introduced(store: Store, annotator: str) -> None:
    with store.transaction():
        store.execute(
            """
            INSERT INTO annotators (name, introduced) VALUES (:name, 1)
            ON CONFLICT (name) DO UPDATE SET introduced = 1
            """,
            {"name": annotator},
        )


def save_place(store: Store, annotator: str, place: Place | None) -> None:
    """Keep where `annotator` is; None where no example is on screen."""
    value = None
    if place is not None:
        value = {
            "example_id": place.example_id,
            "answer_id": place.answer_id,
            "choices": None if place.choices is None else choice_objects(place.choices, store.rules),
            "spans": [span._asdict() for span in store.rules.stored(place.marks)],
            **({} if place.at is None else {"at": place.at}),
        }
    with store.transaction():
        store.execute(
            """
            INSERT INTO annotators (name, place) VALUES (:name, :place)
            ON CONFLICT (name) DO UPDATE SET place = excluded.place
            """,
            {"name": annotator, "place": encode_json(value)},
        )


def read_place(store: Store, annotator: str) -> Place | None:
    """Where `annotator` was, or None where that is not known or the annotator has answered the example since.

    Nor does an example come back that others have answered since, where nothing was chosen on it.
    """
    row = store.execute("SELECT place FROM annotators WHERE name = ?", (annotator,)).fetchone()
    value = decode_json(row[0], dict) if row is not None else None
    if value is None:
        return None
    example_id, answer_id = value.get("example_id"), value.get("answer_id")
    choices = None if value.get("choices") is None else read_choices(value["choices"], store.rules)
    marks = store.rules.restored(spans_of(value.get("spans") or ()))
    if not isinstance(example_id, int):
        return None
    answer = answer_of(store, example_id, annotator)
    compared = store.execute("SELECT answered FROM queue WHERE example_id = ?", (example_id,)).fetchone()
    if compared is None or (answer and answer.id) != answer_id:
        return None
    if compared[0] and answer is None and choices is None:
        return None
    at = value.get("at")
    return Place(example_id, answer_id, choices, marks, at if type(at) is int else None)

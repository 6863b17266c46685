"""What the store keeps of each annotator: whether the introduction was shown, and the place where they left."""

from __future__ import annotations

from dataclasses import dataclass

from tiebreak.core.records import Marks, SettledDifference
from tiebreak.core.store.answers import AUTO, answer_of
from tiebreak.core.store.choices import choice_objects, read_choices
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_json, encode_json, spans_from


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The example that was on screen when an annotator left, with the choices that were not yet part of an answer.

    `choices` is None if nothing was chosen. `answer_id` is the annotator's answer in force for the example then. `at`
    is the number of the place if only one was shown; None if the whole text was.
    """

    example_id: int
    answer_id: int | None = None
    choices: tuple[SettledDifference, ...] | None = None
    marks: Marks = ()
    at: int | None = None


def known_annotators(store: Store) -> set[str]:
    """Return the names of all who answered, remarked, got an assignment or opened a review."""
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
    """Return whether the introduction was shown to `annotator`."""
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


def save_bookmark(store: Store, annotator: str, place: Bookmark | None) -> None:
    """Keep the place of `annotator`; None if no example is on screen."""
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


def read_bookmark(store: Store, annotator: str) -> Bookmark | None:
    """Return where `annotator` was, or None if that is unknown or the annotator has answered the example since.

    An example without choices does not come back either if others have answered it since.
    """
    row = store.execute("SELECT place FROM annotators WHERE name = ?", (annotator,)).fetchone()
    value = decode_json(row[0], dict) if row is not None else None
    if value is None:
        return None
    example_id, answer_id = value.get("example_id"), value.get("answer_id")
    choices = None if value.get("choices") is None else read_choices(value["choices"], store.rules)
    marks = store.rules.restored(spans_from(value.get("spans") or ()))
    if not isinstance(example_id, int):
        return None
    answer = answer_of(store, example_id, annotator)
    compared = store.execute("SELECT answered FROM queue WHERE example_id = ?", (example_id,)).fetchone()
    if compared is None or (answer and answer.id) != answer_id:
        return None
    if compared[0] and answer is None and choices is None:
        return None
    at = value.get("at")
    return Bookmark(example_id, answer_id, choices, marks, at if type(at) is int else None)

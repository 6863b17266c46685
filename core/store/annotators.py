"""What is kept of each annotator: whether the introduction was shown, and where one was when one left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tiebreak.core.records import Span, Spans
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_json, encode_json


@dataclass(frozen=True, slots=True)
class Place:
    """The example that was on screen when an annotator left, with what was chosen there and not answered yet.

    `choices` is None where nothing was.
    """

    example_id: int
    choices: list[dict[str, Any]] | None = None
    spans: Spans = ()


def is_introduced(store: Store, annotator: str) -> bool:
    """Whether the introduction was shown to `annotator`."""
    row = store.execute("SELECT introduced FROM annotators WHERE name = ?", (annotator,)).fetchone()
    return row is not None and bool(row[0])


def mark_introduced(store: Store, annotator: str) -> None:
    with store.transaction():
        store.execute(
            "INSERT INTO annotators (name, introduced) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET introduced = 1",
            (annotator,),
        )


def save_place(store: Store, annotator: str, place: Place | None) -> None:
    """Keep where `annotator` is; None where no example is on screen."""
    value = None
    if place is not None:
        value = {
            "example_id": place.example_id,
            "choices": place.choices,
            "spans": [span._asdict() for span in place.spans],
        }
    with store.transaction():
        store.execute(
            "INSERT INTO annotators (name, place) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET place = excluded.place",
            (annotator, encode_json(value)),
        )


def read_place(store: Store, annotator: str) -> Place | None:
    """Where `annotator` was, or None where that is not known or the example was answered by now."""
    row = store.execute("SELECT place FROM annotators WHERE name = ?", (annotator,)).fetchone()
    value = decode_json(row[0]) if row is not None else None
    if value is None:
        return None
    waiting = store.execute(
        "SELECT 1 FROM queue WHERE example_id = ? AND answered = 0", (value["example_id"],)
    ).fetchone()
    if waiting is None:
        return None
    return Place(value["example_id"], value["choices"], tuple(Span(**span) for span in value["spans"]))

"""Drafts: texts that an annotator answers place by place and has not finished yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from tiebreak.core.records import ChoiceName, Marks, SettledDifference
from tiebreak.core.store.answers import ADJUDICATE
from tiebreak.core.store.choices import choice_objects, read_choices
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import broken, decode_json, encode_json, number, spans_from
from tiebreak.core.store.rows import add_row
from tiebreak.core.tasks.protocol import TaskRules

_CHOICES = get_args(ChoiceName)


@dataclass(frozen=True, slots=True)
class Stood:
    """The state of a place before an answer changed it; `at` is the number of the place in the draft."""

    at: int
    choice: ChoiceName
    marks: Marks
    confirmed: bool


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """An answer to the place `at` of a draft; it took `seconds` and `keys`. `answered_at` is in Unix seconds.

    `before` has the former state of each place that it changed; `gained` and `lost` are the marks that came and went.
    """

    at: int
    seconds: float
    keys: int
    answered_at: float
    before: tuple[Stood, ...] = ()
    gained: Marks = ()
    lost: Marks = ()


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """The part of an example that an annotator has settled so far: the choice at each place, and all `marks`.

    `places` are the answers that can be taken back, the newest last; `seconds` and `keys` count all answers.
    """

    example_id: int
    settled: tuple[SettledDifference, ...]
    marks: Marks
    places: tuple[PlaceAnswer, ...] = ()
    seconds: float = 0.0
    keys: int = 0

    def before_last(self) -> PlaceDraft:
        """Return the draft without its newest place answer."""
        last = self.places[-1]
        settled = list(self.settled)
        for was in last.before:
            settled[was.at] = replace(
                settled[was.at], choice=was.choice, marks=was.marks, confirmed=was.confirmed, predictors=()
            )
        return replace(
            self,
            settled=tuple(settled),
            marks=tuple(sorted({*self.marks}.difference(last.gained).union(last.lost))),
            places=self.places[:-1],
            seconds=max(self.seconds - last.seconds, 0.0),
            keys=max(self.keys - last.keys, 0),
        )


def save_draft(store: Store, annotator: str, draft: PlaceDraft) -> None:
    """Save the draft; it is on disk when this returns. A draft without a place answer is dropped."""
    if not draft.places:
        drop_draft(store, draft.example_id, annotator)
        return
    row = {
        "example_id": draft.example_id,
        "annotator": annotator,
        "draft": encode_json(
            {
                "choices": choice_objects(draft.settled, store.rules),
                "spans": _spans(draft.marks, store.rules),
                "places": place_objects(draft.places, store.rules),
            }
        ),
        "seconds": round(draft.seconds, 3),
        "keys": draft.keys,
        "saved_at": draft.places[-1].answered_at,
    }
    with store.transaction() as connection:
        add_row(connection, "drafts", row, "INSERT OR REPLACE")


def read_draft(store: Store, example_id: int, annotator: str) -> PlaceDraft | None:
    """Return the annotator's draft of the example, or None."""
    row = store.execute(
        "SELECT draft, seconds, keys FROM drafts WHERE example_id = ? AND annotator = ?", (example_id, annotator)
    ).fetchone()
    if row is None:
        return None
    value, rules = decode_json(row[0], dict), store.rules
    settled = read_choices(value.get("choices"), rules)
    return PlaceDraft(
        example_id,
        settled,
        rules.restored(spans_from(value.get("spans") or ())),
        read_places(value.get("places"), len(settled), rules),
        number(row[1]),
        int(number(row[2])),
    )


def drop_draft(store: Store, example_id: int, annotator: str) -> None:
    """Drop the annotator's draft of the example, if any."""
    with store.transaction():
        store.execute("DELETE FROM drafts WHERE example_id = ? AND annotator = ?", (example_id, annotator))


def drafts_of(store: Store, annotator: str) -> list[int]:
    """Return the ids of the examples that the annotator has a draft for, the last changed first."""
    rows = store.execute("SELECT example_id FROM drafts WHERE annotator = ? ORDER BY saved_at DESC", (annotator,))
    return [example_id for (example_id,) in rows.fetchall()]


def newest_draft(store: Store, annotator: str) -> int | None:
    """Return the id of the example with the annotator's newest place answer; None if a standing answer is newer."""
    row = store.execute(
        """
        SELECT example_id FROM drafts WHERE annotator = :annotator AND saved_at >= coalesce((
            SELECT answered_at FROM answers
            WHERE annotator = :annotator AND view <> :adjudicate
                AND NOT EXISTS (SELECT 1 FROM undone_answers WHERE answer_id = answers.id)
            ORDER BY id DESC LIMIT 1
        ), 0)
        ORDER BY saved_at DESC LIMIT 1
        """,
        {"annotator": annotator, "adjudicate": ADJUDICATE},
    ).fetchone()
    return None if row is None else int(row[0])


def draft_count(store: Store) -> int:
    """Return the number of drafts; two annotators' drafts of one text count twice."""
    return int(store.execute("SELECT count(*) FROM drafts").fetchone()[0])


def place_objects(places: Iterable[PlaceAnswer], rules: TaskRules) -> list[dict[str, Any]]:
    """Return the JSON objects of place answers."""
    return [
        {
            "at": each.at,
            "seconds": round(each.seconds, 3),
            "keys": each.keys,
            "answered_at": each.answered_at,
            "before": [
                {"at": was.at, "choice": was.choice, "spans": _spans(was.marks, rules), "confirmed": was.confirmed}
                for was in each.before
            ],
            "gained": _spans(each.gained, rules),
            "lost": _spans(each.lost, rules),
        }
        for each in places
    ]


def read_places(objects: Any, count: int, rules: TaskRules) -> tuple[PlaceAnswer, ...]:
    """Return the place answers of JSON objects, for a draft of `count` places. Raises StoreError if malformed."""
    try:
        return tuple([_place(each, count, rules) for each in objects or ()])
    except (AttributeError, KeyError, TypeError) as error:
        raise broken(f"a place answer without {error}") from error


def _place(value: Any, count: int, rules: TaskRules) -> PlaceAnswer:
    return PlaceAnswer(
        _number_of_place(value["at"], count),
        number(value["seconds"]),
        int(number(value["keys"])),
        number(value["answered_at"]),
        tuple([_stood(each, count, rules) for each in value["before"]]),
        rules.restored(spans_from(value["gained"])),
        rules.restored(spans_from(value["lost"])),
    )


def _stood(value: Any, count: int, rules: TaskRules) -> Stood:
    if value["choice"] not in _CHOICES or not isinstance(value["confirmed"], bool):
        raise broken(f"the former state of a place {value!r:.60}")
    marks = rules.restored(spans_from(value["spans"]))
    return Stood(_number_of_place(value["at"], count), value["choice"], marks, value["confirmed"])


def _number_of_place(value: Any, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise broken(f"the place {value!r:.20} of {count}")
    return value


def _spans(marks: Sequence[Any], rules: TaskRules) -> list[dict[str, Any]]:
    return [span._asdict() for span in rules.stored(tuple(marks))]

"""Notes and flags on examples: an append-only log. An annotator's newest row for an example is in force."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

from tiebreak.core.records import Remark
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import number, text
from tiebreak.core.store.rows import add_row

_COLUMNS = "example_id, annotator, session, flagged, note, made_at"


def save_remark(store: Store, example_id: int, annotator: str, session: str, *, flagged: bool, note: str) -> Remark:
    """Append a remark to the log; it is on disk when this returns. Without flag and note it takes back the last."""
    remark = Remark(example_id, annotator, session, flagged, note, time.time())
    with store.transaction() as connection:
        add_row(connection, "remarks", asdict(remark))
    return remark


def remark_of(store: Store, example_id: int, annotator: str) -> Remark | None:
    """Return the annotator's remark in force on the example; None if there is neither a flag nor a note."""
    return next((each for each in remarks_on(store, example_id) if each.annotator == annotator), None)


def remarks_on(store: Store, example_id: int) -> list[Remark]:
    """Return all annotators' remarks in force on the example, the oldest first."""
    return _remarks(store, "example_id = ?", (example_id,))


def remarks_by_example(store: Store, example_ids: Sequence[int]) -> dict[int, list[Remark]]:
    """Return all annotators' remarks in force on these examples, by example, the oldest first."""
    found: dict[int, list[Remark]] = {}
    for marks, part in in_batches(example_ids):
        for each in _remarks(store, f"example_id IN ({marks})", part):
            found.setdefault(each.example_id, []).append(each)
    return found


def remarks_of(store: Store, session: str | None, annotator: str | None) -> list[Remark]:
    """Return the remarks in force, the oldest first; only of one session or one annotator unless None."""
    return _remarks(
        store,
        "(?1 IS NULL OR session = ?1) AND (?2 IS NULL OR annotator = ?2)",
        (session, annotator),
    )


def _remarks(store: Store, condition: str, parameters: tuple[object, ...]) -> list[Remark]:
    rows = store.execute(f"SELECT {_COLUMNS} FROM remarks_in_force WHERE {condition} ORDER BY id", parameters)
    return [
        Remark(example_id, text(annotator), text(session), bool(flagged), text(note), number(made_at))
        for example_id, annotator, session, flagged, note, made_at in rows
    ]

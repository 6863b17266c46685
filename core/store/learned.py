"""The learned data of examples: rows that may be dropped at any time, and are made again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

from tiebreak.core.errors import StoreError
from tiebreak.core.records import OFFER_KINDS, Difference, Learned, LearnedPlace, Likely, Offer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.droppable import with_learned_tables
from tiebreak.core.store.encoding import broken, decode_json, encode_json, number, spans_from
from tiebreak.core.store.rows import Row, add_rows
from tiebreak.core.store.short_writes import ShortWrites


class LearnedRow(NamedTuple):
    """The learned data to save for an example whose differences have the digest `basis`."""

    example_id: int
    basis: bytes
    learned: Learned


def basis_of(differences: Sequence[Difference]) -> bytes:
    """Return a digest of the differences: a learned row holds only for the differences that it was made for."""
    content = [(start, end, kind, list(readings.items())) for start, end, kind, readings in differences]
    return blake2b(repr(content).encode(), digest_size=8).digest()


def learned_of(store: Store, example_id: int, differences: Sequence[Difference]) -> Learned | None:
    """Return what was learned for the example's present `differences`; None if nothing was.

    A row that cannot be read counts as nothing: the tables may be gone, or hold what other programs wrote.
    """
    try:
        row = store.execute(
            "SELECT basis, answers, places, offers FROM learned WHERE example_id = ?", (example_id,)
        ).fetchone()
        if row is None or row[0] != basis_of(differences):
            return None
        places = decode_json(row[2], list)
        if len(places) != len(differences):
            return None
        found = [_place(store, *each) for each in zip(places, differences, strict=True)]
        offers = [_offer(store, each) for each in decode_json(row[3], list)]
        return Learned(int(number(row[1])), tuple(found), tuple(offers))
    except StoreError:
        return None


def save_learned(store: Store, rows: Iterable[LearnedRow], writes: ShortWrites | None = None) -> None:
    """Save the learned data of some examples; other writers wait for some milliseconds at most.

    Pass the same `writes` each time: it learns how fast the disk is.
    """
    made = [
        {
            "example_id": row.example_id,
            "basis": row.basis,
            "answers": row.learned.answers,
            "places": encode_json([_object(store, place) for place in row.learned.places]) or "",
            "offers": encode_json([_offer_object(store, offer) for offer in row.learned.offers]) or "",
        }
        for row in rows
    ]
    (writes or ShortWrites(store)).write(
        made, lambda row: 50 + len(str(row["places"])) + len(str(row["offers"])), partial(_add, store)
    )


def _add(store: Store, rows: Sequence[Row]) -> None:
    connection = store.connection
    with_learned_tables(connection, lambda: add_rows(connection, "learned", rows, "INSERT OR REPLACE"))


def drop_learned(store: Store, example_ids: Sequence[int], writes: ShortWrites) -> None:
    """Drop the rows of these examples; they no longer wait for an answer."""
    connection = store.connection

    def drop(part: Sequence[int]) -> None:
        ids = [(each,) for each in part]
        with_learned_tables(connection, lambda: connection.executemany("DELETE FROM learned WHERE example_id = ?", ids))

    writes.write(example_ids, lambda _: 50, drop)


def _object(store: Store, place: LearnedPlace) -> dict[str, Any]:
    stored = store.rules.stored
    return {
        "candidates": [
            {"probability": each.probability, "spans": [span._asdict() for span in stored(each.marks)]}
            for each in place.candidates
        ],
        "edit": place.edit,
        "held": place.held,
        "seen": place.seen,
    }


def _offer_object(store: Store, offer: Offer) -> dict[str, Any]:
    place = offer.place
    readings = {name: [span._asdict() for span in store.rules.stored(marks)] for name, marks in place.readings.items()}
    return {
        "start": place.start,
        "end": place.end,
        "kind": place.kind,
        "readings": readings,
        **_object(store, offer.learned),
    }


def _offer(store: Store, value: Any) -> Offer:
    """Return the offer of a JSON object. Raises StoreError if it is not an offer."""
    try:
        readings = {name: store.rules.restored(spans_from(spans)) for name, spans in value["readings"].items()}
        place = Difference(int(number(value["start"])), int(number(value["end"])), value["kind"], readings)
    except (AttributeError, KeyError, TypeError) as error:
        raise broken(f"an offer without {error}") from error
    if place.kind not in OFFER_KINDS or len(set(readings.values())) > 1:
        raise broken(f"an offer at which predictors differ: {value!r:.60}")
    return Offer(place, _place(store, value, place))


def _place(store: Store, value: Any, difference: Difference) -> LearnedPlace:
    """Return the place of a JSON object. Raises StoreError if it is malformed, or a candidate leaves the difference."""
    try:
        candidates = [_candidate(store, each, difference) for each in value["candidates"]]
        held, seen = (int(number(value[name])) for name in ("held", "seen"))
        place = LearnedPlace(tuple(candidates), number(value["edit"]), held, seen)
    except (KeyError, TypeError) as error:
        raise broken(f"a learned place without {error}") from error
    if not candidates:
        raise broken("a difference without a candidate")
    return place


def _candidate(store: Store, value: Any, difference: Difference) -> Likely:
    spans = spans_from(value["spans"])
    if any(span.start < difference.start or span.end > difference.end for span in spans):
        raise broken("a candidate that leaves its difference")
    return Likely(store.rules.restored(spans), number(value["probability"]))

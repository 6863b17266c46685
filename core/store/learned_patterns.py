"""Learned outcomes: what held at differences that are alike, and what probably holds at those without an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.records import Difference, Kind, Likely
from tiebreak.core.store.answered import OPEN
from tiebreak.core.store.connection import Store
from tiebreak.core.store.droppable import make_learned_tables, with_learned_tables
from tiebreak.core.store.encoding import broken, decode_json, decode_readings, encode_json, number, spans_from, text
from tiebreak.core.store.learned import basis_of
from tiebreak.core.store.short_writes import ShortWrites

_Row = tuple[str, str, int, int]  # pattern and outcome as JSON, places, confirmed


class HeldOutcome(NamedTuple):
    """How often an `outcome` held at differences that are `alike`: at so many settled `places`, so many `confirmed`."""

    alike: Alike
    outcome: Outcome
    places: int
    confirmed: int


def held_outcomes(store: Store) -> list[HeldOutcome]:
    """Return the counts of all outcomes so far."""
    return [
        HeldOutcome(_alike(pattern), _outcome(outcome), int(number(places)), int(number(confirmed)))
        for pattern, outcome, places, confirmed in _rows(store)
    ]


def save_outcomes(store: Store, held: Iterable[HeldOutcome], writes: ShortWrites) -> None:
    """Save these counts and delete all others."""
    make_learned_tables(store)
    wanted = {row[:2]: row for row in map(_row, held)}
    kept = {row[:2]: row for row in _rows(store)}
    news = [row for key, row in sorted(wanted.items()) if kept.get(key) != row]
    gone = [key for key in kept if key not in wanted]

    connection = store.connection

    def save(part: Sequence[_Row]) -> None:
        connection.executemany(
            "INSERT OR REPLACE INTO learned_patterns (pattern, outcome, places, confirmed) VALUES (?, ?, ?, ?)", part
        )

    def drop(part: Sequence[tuple[str, str]]) -> None:
        connection.executemany("DELETE FROM learned_patterns WHERE pattern = ? AND outcome = ?", part)

    writes.write(news, _size, lambda part: with_learned_tables(connection, lambda: save(part)))
    writes.write(gone, lambda _: 50, lambda part: with_learned_tables(connection, lambda: drop(part)))


def _rows(store: Store) -> list[_Row]:
    return store.execute(
        "SELECT pattern, outcome, places, confirmed FROM learned_patterns ORDER BY pattern, outcome"
    ).fetchall()


def _row(held: HeldOutcome) -> _Row:
    pattern = {"kind": held.alike.kind, "readings": dict(held.alike.labels)}
    return encode_json(pattern) or "", encode_json(held.outcome) or "", held.places, held.confirmed


def _size(row: _Row) -> int:
    return 50 + len(row[0]) + len(row[1])


def _alike(value: str) -> Alike:
    try:
        pattern = decode_json(value, dict)
        readings = [(name, tuple(map(str, labels))) for name, labels in pattern["readings"].items()]
        return Alike(cast(Kind, text(pattern["kind"])), tuple(readings))
    except (AttributeError, KeyError, TypeError) as error:
        raise broken(f"a pattern without {error}") from error


def _outcome(value: str) -> Outcome:
    outcome = decode_json(value)
    if isinstance(outcome, list):
        return tuple(map(str, outcome))
    if outcome == "neither":
        return "neither"
    if outcome == "other":
        return "other"
    raise broken(f"an outcome {outcome!r:.60}")


def likely_places(store: Store, most: int) -> Iterator[tuple[Difference, Likely]]:
    """Yield the differences of the `most` valuable unanswered examples, each with its most probable candidate.

    An example is left out if its row was learned for other differences than it has now.
    """
    rows = store.execute(
        f"""
        SELECT learned.example_id, basis, places, start, "end", kind, readings
        FROM learned
        JOIN differences ON differences.example_id = learned.example_id
        WHERE learned.example_id IN (
            SELECT queue.example_id FROM queue WHERE {OPEN} AND (queue.score > 0) = 1
            ORDER BY queue.value DESC, queue.tie LIMIT ?
        )
        ORDER BY learned.example_id, position
        """,
        (most,),
    )
    for (_, basis, places), group in groupby(rows, lambda row: row[:3]):
        differences = [
            Difference(start, end, kind, store.restored(decode_readings(readings)))
            for *_, start, end, kind, readings in group
        ]
        if basis == basis_of(differences):
            likely = [_likely(store, each) for each in decode_json(places, list)]
            if len(likely) == len(differences):
                yield from zip(differences, likely, strict=True)


def _likely(store: Store, place: Any) -> Likely:
    """Return the candidate that an export takes at a place."""
    try:
        taken = place["candidates"][0]
        return Likely(store.rules.restored(spans_from(taken["spans"])), number(taken["probability"]))
    except (IndexError, KeyError, TypeError) as error:
        raise broken(f"a learned place without {error}") from error

"""What held at the differences that are alike, and what would hold at those without an answer, as it was learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.records import Difference
from tiebreak.core.store.answered import OPEN
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import broken, decode_json, decode_readings, encode_json, number, spans_of
from tiebreak.core.store.learned import Likely, basis_of
from tiebreak.core.store.rows import add_rows


class Held(NamedTuple):
    """At how many settled places that are `alike` the `outcome` held, and how many of these were `confirmed`."""

    alike: Alike
    outcome: Outcome
    places: int
    confirmed: int


def save_held(store: Store, counts: Iterable[Held]) -> None:
    """Save these counts in the place of what was known of the same places and outcomes; one of 0 takes it away."""
    made = [
        {
            "pattern": encode_json([each.alike.kind, dict(each.alike.said)]),
            "outcome": encode_json(each.outcome),
            "places": each.places,
            "confirmed": each.confirmed,
        }
        for each in counts
    ]
    with store.transaction() as connection:
        add_rows(connection, "learned_patterns", made, "INSERT OR REPLACE")
        connection.execute("DELETE FROM learned_patterns WHERE places = 0")


def held_outcomes(store: Store) -> list[Held]:
    """Return what held so far."""
    rows = store.execute("SELECT pattern, outcome, places, confirmed FROM learned_patterns")
    return [
        Held(_alike(pattern), _outcome(outcome), int(number(places)), int(number(confirmed)))
        for pattern, outcome, places, confirmed in rows
    ]


def _alike(value: str) -> Alike:
    try:
        kind, said = decode_json(value, list)
        return Alike(kind, tuple([(name, tuple(map(str, labels))) for name, labels in sorted(said.items())]))
    except (AttributeError, TypeError, ValueError) as error:
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


def likely_places(store: Store) -> Iterator[tuple[Difference, Likely]]:
    """Return each difference without an answer, and what holds there most probably: one pass over all examples.

    What was learned of another comparison of an example than that of now is left out.
    """
    rows = store.execute(
        f"""
        SELECT learned.example_id, basis, places, start, "end", kind, readings
        FROM learned
        JOIN queue ON queue.example_id = learned.example_id
        JOIN differences ON differences.example_id = learned.example_id
        WHERE {OPEN}
        ORDER BY learned.example_id, position
        """
    )
    for (_, basis, places), group in groupby(rows, lambda row: row[:3]):
        differences = [
            Difference(start, end, kind, store.restored(decode_readings(readings)))
            for *_, start, end, kind, readings in group
        ]
        if basis == basis_of(differences):
            yield from zip(differences, [_likely(store, each) for each in decode_json(places, list)], strict=True)


def _likely(store: Store, place: Any) -> Likely:
    """The most probable candidate of a place."""
    try:
        first = place["candidates"][0]
        return Likely(store.rules.restored(spans_of(first["spans"])), number(first["probability"]))
    except (IndexError, KeyError, TypeError) as error:
        raise broken(f"learned without {error}") from error

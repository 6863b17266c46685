"""What held at the differences that are alike, and what would hold at those without an answer, as it was learned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.records import Difference, Likely
from tiebreak.core.store.answered import OPEN
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import broken, decode_json, decode_readings, number, spans_of
from tiebreak.core.store.learned import basis_of, learned_patterns


class Held(NamedTuple):
    """At how many settled places that are `alike` the `outcome` held, and how many of these were `confirmed`."""

    alike: Alike
    outcome: Outcome
    places: int
    confirmed: int


def held_outcomes(store: Store) -> list[Held]:
    """Return what held so far."""
    return [
        Held(_alike(row.pattern), _outcome(row.outcome), int(number(row.places)), int(number(row.confirmed)))
        for row in learned_patterns(store)
    ]


def _alike(value: str) -> Alike:
    try:
        pattern = decode_json(value, dict)
        said = [(name, tuple(map(str, labels))) for name, labels in pattern["readings"].items()]
        return Alike(pattern["kind"], tuple(said))
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

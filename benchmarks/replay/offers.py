"""Offers, the rows at which no system differs: how many there were, and how often an offer was right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tiebreak.core.records import Difference, Marks

LEAST = 10  # offers; for fewer, the share of right offers is not given


class Offered(NamedTuple):
    """A row at which no system differs, as the player found it.

    `is_right`: the mark that it would add is gold, or the mark that it would drop is not.
    """

    kind: str
    is_right: bool


def offered_at(place: Difference, first: Marks, gold: Marks) -> Offered:
    """Return the outcome of the offer at `place`; its first reading, `first`, is the offered change."""
    if place.kind == "unmarked":
        return Offered(place.kind, {*first}.issubset(gold))
    stands = next(iter(place.readings.values()))
    return Offered(place.kind, not {*stands}.issubset(gold))


def offered_figures(offered: Sequence[Offered]) -> dict[str, Any]:
    """Return how many rows offer to add a mark, how many to drop one, and the share of each that is right.

    That share is None for fewer than ten.
    """
    added, dropped = ([each.is_right for each in offered if each.kind == kind] for kind in ("unmarked", "agreed"))
    return {
        "added": len(added),
        "added_right": _share(added),
        "dropped": len(dropped),
        "dropped_right": _share(dropped),
    }


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if len(right) >= LEAST else None

"""What was learned of places that are alike: which predictor was right there, and what would be exported now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tiebreak.core.compare.alike import Alike, Outcome, alike_of, outcome_of
from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned_patterns import held_outcomes, likely_places

MOST_OPEN = 10_000  # examples without an answer; open places of so many are counted, in a third of a second


@dataclass
class LearnedAlike:
    """What was learned of the places that are `alike`.

    `held` counts the outcomes at settled places, and `confirmed` how many of these were confirmed. `likely` counts the
    outcomes of the most probable candidates at open places; `probabilities` is the sum of their probabilities.
    """

    alike: Alike
    held: Counter[Outcome] = field(default_factory=Counter)
    confirmed: int = 0
    likely: Counter[Outcome] = field(default_factory=Counter)
    probabilities: float = 0.0

    @property
    def settled(self) -> int:
        """The number of settled places."""
        return self.held.total()

    @property
    def open(self) -> int:
        """The number of places without an answer."""
        return self.likely.total()

    @property
    def probability(self) -> float | None:
        """The mean probability of what would be exported at open places; None if no place is open."""
        return self.probabilities / self.open if self.open else None

    @property
    def right(self) -> dict[str, int]:
        """The number of settled places at which each predictor was right."""
        return {
            name: sum(times for outcome, times in self.held.items() if isinstance(outcome, tuple) and name in outcome)
            for name, _ in self.alike.labels
        }


class _ByAlike(dict[Alike, LearnedAlike]):
    """What was learned so far; looking up a missing entry makes it."""

    def __missing__(self, alike: Alike) -> LearnedAlike:
        self[alike] = LearnedAlike(alike)
        return self[alike]


def learned_alike(store: Store, *, with_open: bool = True) -> list[LearnedAlike]:
    """Return what was learned from the tables in the store; the most frequent places first.

    The list is empty if the tables cannot be read: they may be gone, or written by another program. `with_open` also
    reads the most valuable examples without an answer, at some 30 microseconds each.
    """
    try:
        found = _found(store, with_open=with_open)
    except StoreError:
        return []
    return sorted(found.values(), key=lambda each: (-each.settled - each.open, each.alike))


def _found(store: Store, *, with_open: bool) -> Mapping[Alike, LearnedAlike]:
    found = _ByAlike()
    for alike, outcome, places, confirmed in held_outcomes(store):
        each = found[alike]
        each.held[outcome] += places
        each.confirmed += confirmed
    if with_open:
        for difference, likely in likely_places(store, MOST_OPEN):
            each = found[alike_of(difference)]
            each.likely[outcome_of(difference, likely.marks)] += 1
            each.probabilities += likely.probability
    return found

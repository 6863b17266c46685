"""What was learned of places that are alike: which predictor was right there, and what would be exported there now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tiebreak.core.compare.alike import Alike, Outcome, alike_of, outcome_of
from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned_patterns import held_outcomes, likely_places

MOST_OPEN = 10_000  # examples without an answer whose open places are counted: a second's work is three times as many


@dataclass
class LearnedAlike:
    """What was learned of the places that are `alike`.

    `held` has how often which outcome held at the settled ones, of which some were `confirmed`. `likely` has it for
    open ones, at the most probable candidate of each; `probabilities` is the sum of theirs.
    """

    alike: Alike
    held: Counter[Outcome] = field(default_factory=Counter)
    confirmed: int = 0
    likely: Counter[Outcome] = field(default_factory=Counter)
    probabilities: float = 0.0

    @property
    def settled(self) -> int:
        """How many places were settled."""
        return self.held.total()

    @property
    def open(self) -> int:
        """How many places have no answer."""
        return self.likely.total()

    @property
    def probability(self) -> float | None:
        """How probable what would be exported is, on average; None where no place is open."""
        return self.probabilities / self.open if self.open else None

    @property
    def right(self) -> dict[str, int]:
        """How often each predictor was right at the settled places."""
        return {
            name: sum(times for outcome, times in self.held.items() if isinstance(outcome, tuple) and name in outcome)
            for name, _ in self.alike.said
        }


class _ByAlike(dict[Alike, LearnedAlike]):
    """What was learned so far; an entry is made where it is asked for first."""

    def __missing__(self, alike: Alike) -> LearnedAlike:
        self[alike] = LearnedAlike(alike)
        return self[alike]


def learned_alike(store: Store, *, with_open: bool = True) -> list[LearnedAlike]:
    """Return what was learned, as the store keeps it; the most frequent places first.

    What cannot be read counts as nothing: the tables may be gone, or hold what somebody else wrote. `with_open` reads
    the most valuable examples without an answer, of some 30 microseconds each.
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

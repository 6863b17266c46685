"""Counts of the outcomes of differences that are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tiebreak.core.compare.alike import Alike, Outcome, alike_of, outcome_of
from tiebreak.core.records import Difference, Marks
from tiebreak.core.store.learned_patterns import HeldOutcome


class AlikeCounts:
    """Counts of outcomes by pattern of difference."""

    def __init__(self) -> None:
        self._places: dict[Alike, Counter[Outcome]] = {}
        self._confirmed: Counter[tuple[Alike, Outcome]] = Counter()

    def add(self, difference: Difference, held: Marks, *, confirmed: bool) -> None:
        """Count that `held` held at a difference; `confirmed` says whether it was settled, not accepted as shown."""
        alike, outcome = alike_of(difference), outcome_of(difference, held)
        self._places.setdefault(alike, Counter())[outcome] += 1
        self._confirmed[alike, outcome] += confirmed

    def copy(self) -> AlikeCounts:
        """Return a copy of the counts."""
        copied = AlikeCounts()
        copied._places = {alike: Counter(counts) for alike, counts in self._places.items()}
        copied._confirmed = Counter(self._confirmed)
        return copied

    def rate(self, difference: Difference, marks: Marks) -> tuple[int, int]:
        """Return how often the outcome of `marks` held at differences alike, and how many of these were answered.

        Both are 0 if `marks` are neither a reading nor empty.
        """
        outcome = outcome_of(difference, marks)
        counts = self._places.get(alike_of(difference))
        return (0, 0) if outcome == "other" or counts is None else (counts[outcome], counts.total())

    def held(self) -> Iterator[HeldOutcome]:
        """Return all counts."""
        for alike, counts in self._places.items():
            for outcome, places in counts.items():
                yield HeldOutcome(alike, outcome, places, self._confirmed[alike, outcome])

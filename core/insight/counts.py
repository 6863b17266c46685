"""How often predictors were right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Count:
    """How often a predictor, or a run of it, was right at the places of accepted examples that it had read.

    It was *right* if its reading of the place (a set of spans, perhaps empty) equals the marks of the answer there.
    `confirmed` counts the places that the annotator settled one by one; the others were accepted as they were shown.
    """

    places: int = 0
    right: int = 0
    confirmed: int = 0
    right_confirmed: int = 0

    def add(self, right: bool, confirmed: bool) -> None:
        self.places += 1
        self.right += right
        self.confirmed += confirmed
        self.right_confirmed += right and confirmed

    def add_up(self, counts: Iterable[int]) -> None:
        """Add another count's four numbers."""
        places, right, confirmed, right_confirmed = counts
        self.places += places
        self.right += right
        self.confirmed += confirmed
        self.right_confirmed += right_confirmed

    def numbers(self) -> list[int]:
        """Return the four numbers, for `add_up`."""
        return [self.places, self.right, self.confirmed, self.right_confirmed]


Counts = dict[str, Count]  # by predictor

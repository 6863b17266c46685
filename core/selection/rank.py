"""Where an example stands in the order by disagreement."""

from __future__ import annotations

from typing import NamedTuple


class Rank(NamedTuple):
    """Sorts as the order by disagreement does, the first example first. Make one with `of`."""

    score: float  # negative, as the next: the highest comes first
    differences: int
    tie: bytes  # the digest of the text: a stable order among equals

    @classmethod
    def of(cls, score: float, differences: int, tie: bytes) -> Rank:
        """Return the rank of an example with this score and so many differences."""
        return cls(-score, -differences, tie)

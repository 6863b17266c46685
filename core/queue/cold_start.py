"""The first examples by value, before there are answers to learn from: a random choice of the best."""

from __future__ import annotations

import random
from collections.abc import Sequence

COLD = 3  # answers of people; until then the examples are drawn
_DRAWN = 200  # examples; each costs a look-up by primary key


def random_sample(ids: Sequence[int]) -> list[int]:
    """Return some of `ids`, each at most once, in a random order that depends on their number alone."""
    return random.Random(len(ids)).sample(ids, min(_DRAWN, len(ids)))


def best_quarter(ids: Sequence[int]) -> set[int]:
    """Return the first quarter of `ids`, which are in order of value, and at least COLD of them."""
    return set(ids[: max(len(ids) // 4, COLD)])

"""The first examples by value, before there are answers to learn from: at random, of the best."""

from __future__ import annotations

import random
from collections.abc import Sequence

COLD = 3  # answers of people; the examples before them are drawn
_DRAWN = 200  # examples, each a look-up by primary key


def drawn(ids: Sequence[int]) -> list[int]:
    """Return some of `ids`, each at most once, in a random order that is the same for as many ids."""
    return random.Random(len(ids)).sample(ids, min(_DRAWN, len(ids)))


def best_quarter(ids: Sequence[int]) -> set[int]:
    """Return the first quarter of `ids`, which are by value: at least as many as are to be drawn."""
    return set(ids[: max(len(ids) // 4, COLD)])

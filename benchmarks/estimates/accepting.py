"""Accepting the rest automatically with a bound: how often it is accepted, over all looks together."""

from __future__ import annotations

import numpy as np

from tiebreak.core.estimates.shares import needed, upper_bound
from tiebreak.core.insight.auto_accept import LOOKS

_TEXTS = 20_000
_AGREED = 300  # slice texts on which all agree, which come one by one
_BOUND = 0.05


def looks(bound: float = _BOUND, agreed: int = _AGREED, number: int = LOOKS) -> list[int]:
    """Return after how many texts it is looked: as soon as it may be accepted, and at even distances from there on."""
    first = needed(bound, level_of_look(number))
    return [first + (agreed - first) * at // (number - 1) for at in range(number)]


def level_of_look(number: int = LOOKS) -> float:
    """Return the certainty that each of so many looks takes, for all together to be 95% sure."""
    return 1 - 0.05 / number


def accepted(wrong: float, runs: int, seed: int = 0) -> float:
    """Return in which share of the runs it is accepted, if this share of all texts is wrong."""
    draw = np.random.default_rng(seed)
    most = [max((k for k in range(n) if upper_bound(k, n, level_of_look()) <= _BOUND), default=-1) for n in looks()]
    count = 0
    for _ in range(runs):
        texts = np.arange(_TEXTS) < round(wrong * _TEXTS)
        found = draw.choice(texts, _AGREED, replace=False).cumsum()
        count += any(found[n - 1] <= least for n, least in zip(looks(), most, strict=True))
    return count / runs

"""Accepting the rest automatically with a bound: how often that happens, over all looks together."""

from __future__ import annotations

import numpy as np

from tiebreak.core.estimates.shares import needed, upper_bound
from tiebreak.core.insight.auto_accept import LOOKS

_TEXTS = 20_000
_AGREED = 300  # slice texts on which all agree, answered one by one
_BOUND = 0.05  # the share of wrong texts up to which the rest may be accepted


def looks(bound: float = _BOUND, agreed: int = _AGREED, number: int = LOOKS) -> list[int]:
    """Return the numbers of texts at which to look: as soon as accepting is possible, then at even distances."""
    first = needed(bound, level_of_look(number))
    return [first + (agreed - first) * at // (number - 1) for at in range(number)]


def level_of_look(number: int = LOOKS) -> float:
    """Return the certainty that each of `number` looks needs, so that all together are 95% sure."""
    return 1 - 0.05 / number


def accepted(wrong: float, runs: int, seed: int = 0) -> float:
    """Return the share of the runs that accept the rest if the share `wrong` of all texts is wrong."""
    draw = np.random.default_rng(seed)
    most = [max((k for k in range(n) if upper_bound(k, n, level_of_look()) <= _BOUND), default=-1) for n in looks()]
    count = 0
    for _ in range(runs):
        texts = np.arange(_TEXTS) < round(wrong * _TEXTS)
        found = draw.choice(texts, _AGREED, replace=False).cumsum()
        count += any(found[n - 1] <= least for n, least in zip(looks(), most, strict=True))
    return count / runs

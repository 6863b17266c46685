"""Bounds for a share of texts that are wrong, and an interval for the gap between two shares."""

from __future__ import annotations

from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

_STEPS = 60  # steps of a bisection of 0..1; finer than a float can distinguish


def upper_bound(wrong: int, n: int, level: float = 0.95) -> float:
    """Return an upper bound, 0 to 1, of the true share at this confidence level, if `wrong` of `n` texts are wrong.

    The exact one-sided bound for a binomial share (Clopper & Pearson 1934, "The Use of Confidence or Fiducial Limits").
    It is 1 if there are no texts, or all are wrong.
    """
    if wrong >= n:
        return 1.0
    low, high = wrong / n, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(wrong, n, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def needed(bound: float, level: float = 0.95, wrong: int = 0) -> int:
    """Return how many texts it takes for an upper bound of at most `bound`, 0 to 1, if `wrong` of them are wrong."""
    low, high = wrong, wrong + 1
    while upper_bound(wrong, high, level) > bound:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if upper_bound(wrong, middle, level) > bound:
            low = middle
        else:
            high = middle
    return high


def difference_of_shares(one: int, of_one: int, other: int, of_other: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval, within -1..1, of the share `one` / `of_one` minus the share `other` / `of_other`.

    It follows from the Wilson intervals of both (Newcombe 1998, "Interval Estimation for the Difference Between
    Independent Proportions", method 10). It is (-1, 1) if either number of texts is 0.
    """
    if not of_one or not of_other:
        return -1.0, 1.0
    share, low, high = _wilson(one, of_one, level)
    other_share, other_low, other_high = _wilson(other, of_other, level)
    gap = share - other_share
    below = sqrt((share - low) ** 2 + (other_high - other_share) ** 2)
    above = sqrt((high - share) ** 2 + (other_share - other_low) ** 2)
    return max(gap - below, -1.0), min(gap + above, 1.0)


def _at_most(wrong: int, n: int, share: float) -> float:
    """Return the probability that at most `wrong` of `n` are wrong if this share of all is; 0 < share < 1."""
    odds, rest = log(share), log1p(-share)
    whole = lgamma(n + 1)
    return sum(exp(whole - lgamma(k + 1) - lgamma(n - k + 1) + k * odds + (n - k) * rest) for k in range(wrong + 1))


def _wilson(part: int, whole: int, level: float) -> tuple[float, float, float]:
    """Return the share, and the ends of its interval (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = part / whole
    centre = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return share, min(centre - half, share), max(centre + half, share)

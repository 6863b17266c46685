"""Agreement corrected for chance, for nominal values: Cohen's kappa of two annotators, Krippendorff's alpha of all.

Both are computed from counts of equal units, so time and memory do not grow with the number of units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Value = tuple[str, ...]  # the distinct labels that one annotator gave one unit


def share(part: float, whole: float) -> float | None:
    """Return `part` / `whole`; None if `whole` is 0."""
    return part / whole if whole else None


def cohen_kappa(table: Mapping[tuple[Any, Any], int]) -> float | None:
    """Return Cohen's kappa of `table`: (value of one, value of the other) -> number of units. At most 1; 0 is chance.

    Kappa is (po - pe) / (1 - pe). `po` is the share of equal values; `pe` is the share expected by chance, given how
    often each annotator gave each value. None if there are no units, or if pe is 1: both gave the same value
    throughout. Source: Cohen 1960, "A Coefficient of Agreement for Nominal Scales".
    """
    first: Counter[Any] = Counter()
    second: Counter[Any] = Counter()
    equal = 0
    for (ours, theirs), count in table.items():
        first[ours] += count
        second[theirs] += count
        equal += count * (ours == theirs)
    return _kappa(first.total(), equal, sum(count * second[value] for value, count in first.items()))


def _kappa(units: int, equal: int, by_chance: int) -> float | None:
    """Return kappa from counts; `by_chance` is the sum, over values, of the product of both annotators' counts."""
    return share(units * equal - by_chance, units * units - by_chance)


def krippendorff_alpha(units: Mapping[tuple[Any, ...], int]) -> float | None:
    """Return Krippendorff's alpha for nominal values, at most 1, of `units`: values of a unit -> number of such units.

    Missing values are left out, so units may have different numbers of values; a unit with fewer than two does not
    count. 1 - Do / De, with Do the disagreement within units, and De the disagreement among all values together. None
    if De is 0: there is one value throughout, or no unit with two values. Source: Krippendorff 2011, "Computing
    Krippendorff's Alpha-Reliability".
    """
    given: Counter[Any] = Counter()
    differing: Counter[int] = Counter()  # ordered pairs of values that differ, by size of the unit
    for values, count in units.items():
        if (size := len(values)) > 1:
            here = Counter(values)
            for value, times in here.items():
                given[value] += count * times
            differing[size] += count * (size * size - sum(times * times for times in here.values()))
    return _alpha(given.values(), differing)


def _alpha(given: Iterable[int], differing: Mapping[int, int]) -> float | None:
    """Return alpha from counts: how often each value was given, and the pairs that differ by size of the unit.

    n is the number of all values. Do is (sum over units of pairs that differ / (size - 1)) / n. De is (n * n - sum of
    the squares of `given`) / (n * (n - 1)).
    """
    given = list(given)
    total = sum(given)
    by_chance = total * total - sum(times * times for times in given)
    observed = sum(count / (size - 1) for size, count in sorted(differing.items()))
    return 1.0 - (total - 1) * observed / by_chance if by_chance else None


def label_alphas(units: Mapping[tuple[Value, ...], int], labels: Sequence[str]) -> dict[str, float | None]:
    """Return, by label, the alpha of whether a unit has the label."""
    total = sum(len(values) * count for values, count in units.items())
    given: Counter[str] = Counter()
    differing: dict[str, Counter[int]] = {label: Counter() for label in labels}
    for values, count in units.items():
        size = len(values)
        for label, times in Counter([label for value in values for label in value]).items():
            given[label] += count * times
            differing[label][size] += count * 2 * times * (size - times)
    return {label: _alpha((given[label], total - given[label]), differing[label]) for label in labels}


def label_kappas(table: Mapping[tuple[Value, Value], int], labels: Sequence[str]) -> dict[str, float | None]:
    """Return, by label, the kappa of whether a unit has the label."""
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    both: Counter[str] = Counter()
    units = 0
    for (ours, theirs), count in table.items():
        units += count
        for label in ours:
            first[label] += count
            both[label] += count * (label in theirs)
        for label in theirs:
            second[label] += count
    return {
        label: _kappa(
            units,
            units - first[label] - second[label] + 2 * both[label],
            first[label] * second[label] + (units - first[label]) * (units - second[label]),
        )
        for label in labels
    }

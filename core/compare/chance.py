"""Agreement corrected for chance, of nominal values: Cohen's kappa of two annotators, Krippendorff's alpha of all.

Both are computed from counts of equal units, so that time and memory do not grow with the number of units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Value = tuple[str, ...]  # the labels that one annotator gave one unit, each once


def share(part: float, whole: float) -> float | None:
    """`part` of `whole`; None where there is no whole."""
    return part / whole if whole else None


def cohen_kappa(table: Mapping[tuple[Any, Any], int]) -> float | None:
    """Cohen's kappa of `table`: (value of one, value of the other) -> number of units. At most 1; 0 is chance.

    (po - pe) / (1 - pe), with po the share of equal values and pe the one that both would have by chance with the
    shares of values they gave. None where pe is 1 (both gave one and the same value throughout), or there are no units.
    Source: Cohen 1960, "A Coefficient of Agreement for Nominal Scales".
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
    """Kappa from counts; `by_chance` is the sum over values of the product of how often either gave it."""
    return share(units * equal - by_chance, units * units - by_chance)


def krippendorff_alpha(units: Mapping[tuple[Any, ...], int]) -> float | None:
    """Krippendorff's alpha for nominal values, `units`: the values given to a unit -> number of such units. At most 1.

    Values that are missing are left out, so that units may have different numbers of values; those with less than two
    do not count. 1 - Do / De, with Do the disagreement within units, and De the one among all values put together.
    None where De is 0: there is one value throughout, or no unit with two values.
    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".
    """
    given: Counter[Any] = Counter()
    differing: Counter[int] = Counter()  # by size of the unit: ordered pairs of values that differ
    for values, count in units.items():
        if (size := len(values)) > 1:
            here = Counter(values)
            for value, times in here.items():
                given[value] += count * times
            differing[size] += count * (size * size - sum(times * times for times in here.values()))
    return _alpha(given.values(), differing)


def _alpha(given: Iterable[int], differing: Mapping[int, int]) -> float | None:
    """Alpha from counts: how often each value was given, and the pairs that differ by size of the unit.

    With n values in all, Do is (sum over units of pairs that differ / (size - 1)) / n, and De is (n * n - sum of the
    squares of `given`) / (n * (n - 1)).
    """
    given = list(given)
    total = sum(given)
    by_chance = total * total - sum(times * times for times in given)
    observed = sum(count / (size - 1) for size, count in sorted(differing.items()))
    return 1.0 - (total - 1) * observed / by_chance if by_chance else None


def label_alphas(units: Mapping[tuple[Value, ...], int], labels: Sequence[str]) -> dict[str, float | None]:
    """By label: alpha of whether it is among the labels of a unit."""
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
    """By label: kappa of whether it is among the labels of a unit."""
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

"""Precision, recall, F1 and errors left over all texts, from the known texts and a random sample of the rest.

*Value.* A measure is A / B over all texts: right / marks, right / gold, 2 right / (marks + gold). A text's residual is
z = a - A / B * b, and z^ is the same from what was expected there. The sum over the rest of N texts is estimated as

    L * (sum of z^ over the rest) + N * (mean of z - L z^ over the n sampled texts).

This is the difference estimator (Särndal et al. 1992, "Model Assisted Survey Sampling"). From the sample comes
L = cov(z, z^) / var(z^), within 0..1 (Angelopoulos et al. 2023, "PPI++"). With L = 0 it is the ratio estimator. Each
stratum has its own L.

*Interval.* The variance of a stratum is N (N + n) s^2 / n, with s^2 from the residuals divided by (1 - leverage). It
gives the size of a simple random sample with the same variance. From that size the interval follows as for a share
(Wilson 1927; for surveys Franco et al. 2019, "Comparative Study of Confidence Intervals for Proportions"). It uses
Student's t with the degrees of freedom of Satterthwaite over strata. For the variance alone, a text that is all wrong
and a text that is all right are added to the sample. Mistakes come by the text, so without this the interval would have
no width if no mistake was sampled.

*Missing answers.* The value treats texts with a missing answer as a part of the rest. At one end of the interval all
their marks are wrong, and they miss as much gold as is plausible. At the other end all are right, and none is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple

from tiebreak.core.estimates.quantiles import t_quantile
from tiebreak.core.estimates.strata import LEAST, Counted, SampledText, Stratum, join_small, total

METHOD = "difference estimator on a random slice"
COUNTED = "counted: every text has an answer"

_ROUNDS = 3  # rounds of finding L from the value and the value from L


class Interval(NamedTuple):
    """An estimated value, and the ends of its interval at the confidence level that was asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Estimates of one system over all texts. A measure is None if it has no denominator: no marks, or no gold.

    `errors` counts the wrong and the missed marks in the `unknown` texts, which have no answer. The estimates rest on
    `n` sampled texts. If all texts are known, `is_counted` is true, and both ends of an interval are its value.
    """

    precision: Interval | None
    recall: Interval | None
    f1: Interval | None
    errors: Interval
    n: int
    unknown: int
    missing: int
    level: float
    method: str
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class TooFew:
    """The lack of an estimate: `n` sampled texts are too few, and an estimate takes so many `more`."""

    n: int
    more: int


class _Measure(NamedTuple):
    """A measure: the functions from counts to its numerator and its denominator."""

    numerator: Callable[[Counted], float]
    denominator: Callable[[Counted], float]


_PRECISION = _Measure(lambda each: each.right, lambda each: each.marks)
_RECALL = _Measure(lambda each: each.right, lambda each: each.gold)
_F1 = _Measure(lambda each: 2 * each.right, lambda each: each.marks + each.gold)
_ERRORS = _Measure(lambda each: each.marks + each.gold - 2 * each.right, lambda each: each.marks + each.gold)


class _Part(NamedTuple):
    """A stratum as one measure sees it: pairs of numerator and denominator."""

    known: tuple[float, float]
    rest: int
    expected: tuple[float, float]
    sample: list[tuple[float, float, float, float]]  # the counted pair, then the expected pair

    @property
    def n(self) -> int:
        return len(self.sample)


class _Residuals(NamedTuple):
    """The `slope` L of the residuals of a sample, and the `variance` of the rest's sum."""

    slope: float
    variance: float


def estimate(strata: Sequence[Stratum], level: float = 0.95) -> Scores | TooFew:
    """Estimate one system over all texts, with intervals at this confidence level, 0 to 1.

    Neighbouring strata with few sampled texts are joined; fewer than ten such texts in all give no estimate.
    """
    strata = join_small(strata)
    n = sum(len(each.sample) for each in strata)
    unknown = sum(each.unknown for each in strata)
    missing = unknown - sum(each.rest for each in strata)
    if unknown and n < LEAST:
        return TooFew(n, LEAST - n)
    cases = [[_as_rest(each) for each in strata]]
    if missing:
        cases += [[_as_known(each, is_right) for each in strata] for is_right in (False, True)]
    precision, recall, f1 = (
        _hull([_ratio(case, each, level) for case in cases]) for each in (_PRECISION, _RECALL, _F1)
    )
    errors = _hull([_errors(case, level) for case in cases])
    assert errors is not None
    method = METHOD if unknown else COUNTED
    return Scores(precision, recall, f1, errors, n, unknown, missing, level, method, not unknown)


def _as_rest(stratum: Stratum) -> Stratum:
    """Return the stratum as if its missing texts had never been given out."""
    expected = total((stratum.expected, *stratum.missing_sample, *stratum.missing))
    return replace(stratum, rest=stratum.unknown, expected=expected, missing_sample=(), missing=())


def _as_known(stratum: Stratum, is_right: bool) -> Stratum:
    """Return the stratum as if its missing texts were all right, or as wrong as is plausible."""

    def counted(expected: Counted) -> Counted:
        marks = expected.marks
        return Counted(marks, marks, marks) if is_right else Counted(0, marks, stratum.most_gold)

    sampled = [SampledText(counted(each), each) for each in stratum.missing_sample]
    missing = [counted(each) for each in (*stratum.missing_sample, *stratum.missing)]
    return replace(
        stratum,
        known=total((stratum.known, *missing)),
        sample=(*stratum.sample, *sampled),
        missing_sample=(),
        missing=missing,
    )


def _hull(intervals: Sequence[Interval | None]) -> Interval | None:
    """Return the value of the first interval with the outermost ends of all."""
    if intervals[0] is None:
        return None
    found = [each for each in intervals if each is not None]
    return Interval(intervals[0].value, min(each.low for each in found), max(each.high for each in found))


def _part(stratum: Stratum, measure: _Measure) -> _Part:
    def pair(counted: Counted) -> tuple[float, float]:
        return measure.numerator(counted), measure.denominator(counted)

    sample = [(*pair(each.counted), *pair(each.expected)) for each in stratum.sample]
    return _Part(pair(stratum.known), stratum.rest, pair(stratum.expected), sample)


def _ratio(strata: Iterable[Stratum], measure: _Measure, level: float) -> Interval | None:
    """Return the interval of a numerator over a denominator; None if there is nothing to divide by."""
    parts = [_part(each, measure) for each in strata]
    value = 0.5
    for _ in range(_ROUNDS):
        numerator, denominator = _sums(parts, [_residuals(each, value).slope for each in parts])
        if denominator <= 0:
            return None
        value = numerator / denominator
    if not any(each.rest for each in parts):
        return Interval(value, value, value)
    size = _text_in_rest(parts)
    centre = (numerator + size) / (denominator + 2 * size)
    found = [_residuals(each, centre) for each in parts]
    added = [size * centre, size * (1 - centre)]
    variance = _variance(parts, found, added) / (denominator + 2 * size) ** 2
    skew = _t(parts, found, level) ** 2 * variance / (centre * (1 - centre))
    middle = value + skew / 2
    half = sqrt(skew * value * (1 - value) + skew * skew / 4)
    low, high = (middle - half) / (1 + skew), (middle + half) / (1 + skew)
    return Interval(value, max(min(low, value), 0), min(max(high, value), 1))


def _errors(strata: Iterable[Stratum], level: float) -> Interval:
    """Return the interval of the wrong and missed marks in the texts without an answer; compare `_ratio`."""
    strata = list(strata)
    parts = [_part(each, _ERRORS) for each in strata]
    found = [_residuals(each, 0) for each in parts]
    seen = sum(_ERRORS.numerator(each) for stratum in strata for each in stratum.missing)
    value = max(sum(_rest_sums(part, each.slope)[0] for part, each in zip(parts, found, strict=True)), 0)
    if not any(each.rest for each in parts):
        return Interval(seen, seen, seen)
    size = _text_in_rest(parts)
    skew = _t(parts, found, level) ** 2 * _variance(parts, found, [size]) / (value + size)
    middle, half = value + skew / 2, sqrt(skew * value + skew * skew / 4)
    return Interval(seen + value, seen + max(min(middle - half, value), 0), seen + max(middle + half, value))


def _sums(parts: Sequence[_Part], slopes: Sequence[float]) -> tuple[float, float]:
    """Return the numerator and the denominator over all texts; the numerator is at most the denominator."""
    rests = [_rest_sums(part, slope) for part, slope in zip(parts, slopes, strict=True)]
    known = [sum(part.known[at] for part in parts) for at in (0, 1)]
    numerator, denominator = (known[at] + max(sum(rest[at] for rest in rests), 0) for at in (0, 1))
    return min(numerator, denominator), denominator


def _rest_sums(part: _Part, slope: float) -> tuple[float, float]:
    """Return the numerator and the denominator of a stratum's rest."""
    if not part.rest:
        return 0, 0
    scale = part.rest / part.n
    numerator = sum(a - slope * expected for a, _, expected, _ in part.sample)
    denominator = sum(b - slope * expected for _, b, _, expected in part.sample)
    return slope * part.expected[0] + scale * numerator, slope * part.expected[1] + scale * denominator


def _residuals(part: _Part, value: float) -> _Residuals:
    """Return the residuals of a stratum's sample if the measure has this value."""
    n = part.n
    if not part.rest:
        return _Residuals(0, 0)
    found = [a - value * b for a, b, _, _ in part.sample]
    expected = [a - value * b for _, _, a, b in part.sample]
    mean, expected_mean = sum(found) / n, sum(expected) / n
    found = [each - mean for each in found]
    expected = [each - expected_mean for each in expected]
    spread = sum(each * each for each in expected)
    best = sum(one * other for one, other in zip(found, expected, strict=True)) / spread if spread > 0 else 0
    slope = min(max(best, 0), 1)
    squares = 0.0
    for one, other in zip(found, expected, strict=True):
        leverage = 1 / n + (other * other / spread if slope == best and spread > 0 else 0)
        squares += ((one - slope * other) / (1 - min(leverage, 0.5))) ** 2
    return _Residuals(slope, part.rest * (part.rest + n) / n * squares / n)


def _text_in_rest(parts: Sequence[_Part]) -> float:
    """Return what a sampled text stands for in the rest: the mean denominator, at least one mark, scaled up."""
    sampled = [each for part in parts if part.rest for each in part.sample]
    mean = sum(denominator for _, denominator, _, _ in sampled) / len(sampled)
    return max(mean, 1) * sum(each.rest for each in parts) / len(sampled)


def _variance(parts: Sequence[_Part], found: Iterable[_Residuals], added: Iterable[float]) -> float:
    """Return the variance of the rest's sum, with `added` texts that stand for so much in it."""
    rest = sum(each.rest for each in parts)
    n = sum(each.n for each in parts if each.rest)
    return sum(each.variance for each in found) + (rest + n) / rest * sum(each * each for each in added)


def _t(parts: Sequence[_Part], found: Sequence[_Residuals], level: float) -> float:
    """Return the quantile of Student's t with the degrees of freedom of all strata (Satterthwaite 1946)."""
    both = [(each.variance, part.n - 1) for part, each in zip(parts, found, strict=True) if part.rest]
    variance = sum(each for each, _ in both)
    freedom = float(sum(each for _, each in both))
    if variance:
        freedom = variance * variance / sum(each * each / free for each, free in both)
    return t_quantile((1 + level) / 2, freedom)

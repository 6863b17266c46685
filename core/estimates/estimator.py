"""Precision, recall, F1 and errors left over all texts, from those that are known and a random sample of the rest.

*Value.* A measure is A / B over all texts: right / marks, right / gold, 2 right / (marks + gold). A text's residual is
z = a - A / B * b, and z^ is the same from what was expected there. The rest holds L * (sum of z^ over the rest) + N *
(mean of z - L z^ over the n sampled texts): the difference estimator (Särndal et al. 1992, "Model Assisted Survey
Sampling"), with L = cov(z, z^) / var(z^) within 0..1 from the sample (Angelopoulos et al. 2023, "PPI++"). With L = 0 it
is the ratio estimator. Each stratum has its own L.

*Interval.* The variance of a stratum is N (N + n) s^2 / n, with s^2 from the residuals divided by (1 - leverage). A
simple random sample with that variance has a size, from which the interval follows as for a share (Wilson 1927; for
surveys Franco et al. 2019, "Comparative Study of Confidence Intervals for Proportions"), with Student's t and the
degrees of freedom of Satterthwaite over strata. For the variance alone, a text that is all wrong and one that is all
right are added to the sample: mistakes come by the text, and where none was sampled there is still a width.

*Missing answers.* The value takes those texts for a part of the rest; the interval reaches from where all their marks
are wrong, and as much gold is missed as is plausible, to where all of them are right and nothing is missed.
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

_ROUNDS = 3  # of finding L and the value that the residuals rest on, one from the other


class Interval(NamedTuple):
    """A value, and the ends between which the true one lies with the certainty that was asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Estimates of one system over all texts. A measure is None if it has no denominator: no marks, or no gold.

    `errors` are the wrong marks and the missed ones in the `unknown` texts, which have no answer. They rest on `n`
    sampled texts. If all is known, `is_counted`, and an interval is its value.
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
    """There is no estimate yet: `n` sampled texts are too few, and it takes so many `more`."""

    n: int
    more: int


class _Measure(NamedTuple):
    """What a measure takes from counts: its numerator and its denominator."""

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
    sample: list[tuple[float, float, float, float]]  # as counted, as expected

    @property
    def n(self) -> int:
        return len(self.sample)


class _Residuals(NamedTuple):
    """How far the sample is from what was expected, with the `slope` L; `variance` is that of the rest's sum."""

    slope: float
    variance: float


def estimate(strata: Sequence[Stratum], level: float = 0.95) -> Scores | TooFew:
    """Estimate one system over all texts, with intervals that hold with this certainty, 0 to 1.

    Neighbours among the strata with few sampled texts are joined; fewer than ten in all give no estimate.
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
    """The stratum as if nobody had seen its missing texts."""
    expected = total((stratum.expected, *stratum.missing_sample, *stratum.missing))
    return replace(stratum, rest=stratum.unknown, expected=expected, missing_sample=(), missing=())


def _as_known(stratum: Stratum, is_right: bool) -> Stratum:
    """The stratum as if its missing texts were all right, or as wrong as they may be."""

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
    """The value of the first, within the ends of all."""
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
    """The interval of a numerator over a denominator; None if there is nothing to divide by."""
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
    """The interval of wrong and missed marks in the texts without an answer, as `_ratio` has it for a share."""
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
    """The numerator and the denominator over all texts; the numerator lies within 0 and the denominator."""
    rests = [_rest_sums(part, slope) for part, slope in zip(parts, slopes, strict=True)]
    known = [sum(part.known[at] for part in parts) for at in (0, 1)]
    numerator, denominator = (known[at] + max(sum(rest[at] for rest in rests), 0) for at in (0, 1))
    return min(numerator, denominator), denominator


def _rest_sums(part: _Part, slope: float) -> tuple[float, float]:
    """The numerator and the denominator of a stratum's rest."""
    if not part.rest:
        return 0, 0
    scale = part.rest / part.n
    numerator = sum(a - slope * expected for a, _, expected, _ in part.sample)
    denominator = sum(b - slope * expected for _, b, _, expected in part.sample)
    return slope * part.expected[0] + scale * numerator, slope * part.expected[1] + scale * denominator


def _residuals(part: _Part, value: float) -> _Residuals:
    """The residuals of a stratum's sample, if the measure has this value."""
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
    """What a text of the sample comes to in the rest: the mean of its denominator, one mark at least."""
    sampled = [each for part in parts if part.rest for each in part.sample]
    mean = sum(denominator for _, denominator, _, _ in sampled) / len(sampled)
    return max(mean, 1) * sum(each.rest for each in parts) / len(sampled)


def _variance(parts: Sequence[_Part], found: Iterable[_Residuals], added: Iterable[float]) -> float:
    """The variance of the rest's sum, with texts `added` that come to so much in it."""
    rest = sum(each.rest for each in parts)
    n = sum(each.n for each in parts if each.rest)
    return sum(each.variance for each in found) + (rest + n) / rest * sum(each * each for each in added)


def _t(parts: Sequence[_Part], found: Sequence[_Residuals], level: float) -> float:
    """The quantile of Student's t with the degrees of freedom of all strata (Satterthwaite 1946)."""
    both = [(each.variance, part.n - 1) for part, each in zip(parts, found, strict=True) if part.rest]
    variance = sum(each for each, _ in both)
    freedom = float(sum(each for _, each in both))
    if variance:
        freedom = variance * variance / sum(each * each / free for each, free in both)
    return t_quantile((1 + level) / 2, freedom)

"""The data of an estimate: sums over known texts, a random sample of the rest, and what was expected there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

LEAST = 10  # sampled texts; with fewer there is no estimate


class Counted(NamedTuple):
    """Counts of one system in one text, or in many: its `right` marks, all its `marks`, and the `gold` marks.

    Expected counts need not be whole numbers.
    """

    right: float
    marks: float
    gold: float


NOTHING = Counted(0, 0, 0)


class SampledText(NamedTuple):
    """An answered text that stands for the rest: its `counted` marks, and those `expected` before its answer.

    For an export, `counted` takes the marks that it would have without the answer.
    """

    counted: Counted
    expected: Counted


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of the texts, with a sample from a list of its own.

    `known` sums up all answered texts, including the `sample`: the export holds their answers. `rest` is the number of
    texts without an answer, and `expected` the expected sum over them. A covariate that is known exactly, such as a
    model's marks, is "expected" at its true value, also in the sample. `sample` is a random sample of the texts that no
    order has reached, including the rest.

    Texts that were given out and got no usable answer are missing; they are not in `rest`. What is expected of each is
    in `missing_sample` if it belongs to the sample, else in `missing`. `most_gold` is the most gold marks that a
    missing text may plausibly hold.
    """

    known: Counted
    rest: int
    expected: Counted
    sample: Sequence[SampledText]
    missing_sample: Sequence[Counted] = ()
    missing: Sequence[Counted] = ()
    most_gold: float = 0.0

    @property
    def unknown(self) -> int:
        """The number of texts without a usable answer."""
        return self.rest + len(self.missing_sample) + len(self.missing)


def total(counts: Iterable[Counted]) -> Counted:
    """Return the sum of the counts."""
    right = marks = gold = 0.0
    for each in counts:
        right += each.right
        marks += each.marks
        gold += each.gold
    return Counted(right, marks, gold)


def evenly(counted: Counted, texts: int) -> list[Counted]:
    """Return equal counts for so many texts that sum up to `counted`; of missing texts, estimates need no more."""
    return [Counted(*(each / texts for each in counted))] * texts if texts else []


def join_small(strata: Sequence[Stratum], least: int = LEAST) -> list[Stratum]:
    """Return the strata, each joined with those after it until it has `least` sampled texts.

    A stratum that is left at the end joins the one before, so only a single stratum may have fewer.
    """
    joined: list[Stratum] = []
    for each in strata:
        if joined and len(joined[-1].sample) < least:
            joined[-1] = _join(joined[-1], each)
        else:
            joined.append(each)
    if len(joined) > 1 and len(joined[-1].sample) < least:
        last = joined.pop()
        joined[-1] = _join(joined[-1], last)
    return joined


def _join(one: Stratum, other: Stratum) -> Stratum:
    return Stratum(
        total((one.known, other.known)),
        one.rest + other.rest,
        total((one.expected, other.expected)),
        (*one.sample, *other.sample),
        (*one.missing_sample, *other.missing_sample),
        (*one.missing, *other.missing),
        max(one.most_gold, other.most_gold),
    )

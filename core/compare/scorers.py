"""Scorers: how much the predictions of one example disagree, from 0 (all agree) to 1; by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import combinations
from typing import NamedTuple

from tiebreak.core.compare.cats import Cats, differing_argmax, jensen_shannon
from tiebreak.core.records import Difference, Marks


class Compared(NamedTuple):
    """What a scorer is given of one example: each predictor's marks and its scores of categories, and the differences.

    All are by predictor, the left one first; `cats` is empty where the task is spans.
    """

    readings: Mapping[str, Marks]
    cats: Mapping[str, Cats]
    differences: tuple[Difference, ...]


Scorer = Callable[[Compared], float]


def span_f1(readings: Mapping[str, Collection[object]]) -> float:
    """1 - the mean, over pairs of predictors, of their exact-match F1; two empty readings agree (F1 = 1).

    F1 of two sets of spans A and B is the Dice coefficient 2 |A & B| / (|A| + |B|), which is symmetric, so that no
    predictor has to be the reference (Hripcsak & Rothschild 2005, "Agreement, the F-Measure, and Reliability in
    Information Retrieval"). Unit: none, 0..1. Fewer than two readings: 0.
    """
    total = 0.0
    pairs = 0
    for ours, theirs in combinations([frozenset(spans) for spans in readings.values()], 2):
        size = len(ours) + len(theirs)
        total += 2.0 * len(ours & theirs) / size if size else 1.0
        pairs += 1
    return 1.0 - total / pairs if pairs else 0.0


def mean_over_pairs(score: Callable[[Cats, Cats], float], cats: Mapping[str, Cats]) -> float:
    """The mean of a score of two predictors' categories over all pairs; fewer than two predictors: 0."""
    pairs = [score(ours, theirs) for ours, theirs in combinations(cats.values(), 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _of_cats(score: Callable[[Cats, Cats], float]) -> Scorer:
    return lambda compared: mean_over_pairs(score, compared.cats)


BUILT_IN: dict[str, Scorer] = {
    "span_f1": lambda compared: span_f1(compared.readings),
    "differing_argmax": _of_cats(differing_argmax),
    "jensen_shannon": _of_cats(jensen_shannon),
}


def scorer_named(name: str) -> Scorer:
    """Return the scorer registered as `name`."""
    return BUILT_IN[name]

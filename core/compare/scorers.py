"""How much the readings of one example disagree, from 0 (all agree) to 1."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations

from tiebreak.core.records import Span


def span_f1(readings: Mapping[str, Collection[Span]]) -> float:
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

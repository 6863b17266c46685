"""Differences between the categories of one text: the categories that scores decide for, and how far they differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import log2

from tiebreak.core.records import Categories, Category, Difference, Task

THRESHOLD = 0.5  # of a score, 0..1; in textcat_multilabel a label with at least this score holds
_LEAST = 1e-9  # bits, of a differing label; below it rounding swallows the entropies

Cats = Mapping[str, float]


def decided(cats: Cats, task: Task) -> Categories:
    """Return the categories that scores (0..1) decide for, by label.

    `textcat_multilabel`: those with at least `THRESHOLD`. `textcat`: the one with the highest score, the first in the
    alphabet among equals. If the scores leave more of 1 than the highest, no category holds. The rest then stands for a
    category without a label here: the task has one label, or a label map dropped some. A label without a score does not
    hold.
    """
    if task is not Task.TEXTCAT:
        return tuple(sorted([Category(label) for label, score in cats.items() if score >= THRESHOLD]))
    best = min(cats, key=lambda label: (-cats[label], label), default=None)
    return () if best is None or cats[best] < _left_over(cats) or not cats[best] else (Category(best),)


def _left_over(cats: Cats) -> float:
    """Return the share of 1 that exclusive scores leave for none of their labels."""
    return max(0.0, 1.0 - sum(cats.values()))


def decided_cats(categories: Iterable[Category], labels: Iterable[str]) -> dict[str, float]:
    """Return a decision as cats: 1 for the categories that hold, 0 for the other `labels`."""
    return dict.fromkeys(labels, 0.0) | {category.label: 1.0 for category in categories}


def find_category_differences(readings: Mapping[str, Collection[Category]]) -> tuple[Difference, ...]:
    """Return the labels on which `readings` (predictor -> the categories it decides for) differ, sorted."""
    sets = [frozenset(categories) for categories in readings.values()]
    if len(sets) < 2:
        return ()
    contested = frozenset().union(*sets) - frozenset.intersection(*sets)
    return tuple(
        Difference(0, 0, "missing", {name: (each,) if each in held else () for name, held in readings.items()})
        for each in sorted(contested)
    )


def differing_argmax(ours: Cats, theirs: Cats) -> float:
    """Return 0 if both decide for the same category; else the mean confidence of the two, above 0 and at most 1.

    Confidence is the score of the chosen category, or what the scores leave of 1 if none was chosen. Examples on which
    both are sure rank above those on which one of them wavers. For scores of 0 and 1 the result is 1.
    """
    [our_category, their_category] = [decided(cats, Task.TEXTCAT) for cats in (ours, theirs)]
    if our_category == their_category:
        return 0.0
    return (_confidence(ours, our_category) + _confidence(theirs, their_category)) / 2


def _confidence(cats: Cats, chosen: Categories) -> float:
    return cats[chosen[0].label] if chosen else _left_over(cats)


def jaccard(ours: Cats, theirs: Cats) -> float:
    """Return the Jaccard distance 1 - |A & B| / |A | B| of the two sets of labels; both empty: 0 (Jaccard 1912)."""
    [one, other] = _labels_of(ours, theirs)
    return len(one ^ other) / len(one | other) if one != other else 0.0


def jensen_shannon(ours: Cats, theirs: Cats) -> float:
    """Return the Jaccard distance of the two sets of labels, each differing label weighted by how far its scores
    differ.

    A and B are the sets of labels. For each label in one of them alone, take the Jensen-Shannon divergence of its two
    scores, as Bernoulli distributions, in bits, 0..1. The result is the sum of these divided by |A | B|; both empty: 0.
    For scores of 0 and 1 it is the Jaccard distance 1 - |A & B| / |A | B|. Sources: Jaccard 1912, "The Distribution of
    the Flora in the Alpine Zone"; Lin 1991, "Divergence Measures Based on the Shannon Entropy".
    """
    [one, other] = _labels_of(ours, theirs)
    apart = sum(_divergence(ours.get(label, 0.0), theirs.get(label, 0.0)) for label in sorted(one ^ other))
    return min(apart / len(one | other), 1.0) if apart else 0.0


def _labels_of(*cats: Cats) -> list[set[str]]:
    return [{each.label for each in decided(scores, Task.TEXTCAT_MULTILABEL)} for scores in cats]


def _divergence(p: float, q: float) -> float:
    """Return the Jensen-Shannon divergence of two Bernoulli distributions that differ, in bits."""
    return max(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2, _LEAST)


def _entropy(p: float) -> float:
    return -sum(each * log2(each) for each in (p, 1.0 - p) if each > 0.0)

"""Confusions of labels: a predictor's labels against those of the answers, or against another predictor's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tiebreak.core.compare.alike import Outcome
from tiebreak.core.insight.findings import LabelPattern
from tiebreak.core.selection.filter import Condition, QueueFilter
from tiebreak.core.store.reflecting import WaitingDifferences

NOTHING = ""  # the label of an empty reading
OTHER = "\N{HORIZONTAL ELLIPSIS}"  # the label of an outcome that is no reading, or of all but the most frequent labels
_MOST = 9  # labels of a matrix; the others are merged


@dataclass(frozen=True, slots=True)
class Confusion:
    """A matrix of labels with the number of places of each pair; NOTHING is the label of an empty reading.

    `by` has the predictors of the rows and the columns. The columns are another predictor's labels at waiting places,
    or (None) the labels of the answers at settled places.
    """

    by: tuple[str, str | None]
    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]

    def queue(self, row: str, column: str) -> QueueFilter | None:
        """Return the filter that finds the examples of a cell; None if no filter can."""
        if OTHER in (row, column):
            return None
        left, right = self.by
        if right is not None:
            both = ((left, row), (right, column))
            return QueueFilter((), tuple([Condition("says", (f"{name}={label}",)) for name, label in both]))
        says = Condition("says", (f"{left}={row}",))
        held = () if column == NOTHING else (Condition("label", (column,)),)
        return QueueFilter((), (Condition("status", ("answered",)), says, *held))


def against_answers(
    settled: Mapping[LabelPattern, Counter[Outcome]], predictors: Sequence[str], predictor: str
) -> Confusion:
    """Return the predictor's labels against those of the answers, at the settled differences."""
    at = list(predictors).index(predictor)
    counts: Counter[tuple[str, str]] = Counter()
    for pattern, held in settled.items():
        for outcome, times in held.items():
            counts[pattern.labels[at] or NOTHING, _label_of(outcome, pattern, predictors)] += times
    return Confusion((predictor, None), *_most_frequent(counts))


def against_each_other(
    waiting: Iterable[WaitingDifferences], predictors: Sequence[str], left: str, right: str
) -> Confusion:
    """Return one predictor's labels against another's, at the waiting differences."""
    at = [list(predictors).index(name) for name in (left, right)]
    counts: Counter[tuple[str, str]] = Counter()
    for each in waiting:
        row, column = (each.labels[number] or NOTHING for number in at)
        counts[row, column] += each.places
    return Confusion((left, right), *_most_frequent(counts))


def _label_of(outcome: Outcome, pattern: LabelPattern, predictors: Sequence[str]) -> str:
    if isinstance(outcome, tuple):
        return pattern.labels[list(predictors).index(outcome[0])] or NOTHING
    return NOTHING if outcome == "neither" else OTHER


def _most_frequent(counts: Counter[tuple[str, str]]) -> tuple[tuple[str, ...], dict[tuple[str, str], int]]:
    """Return the most frequent labels in alphabetical order, and the counts with all other labels as OTHER.

    NOTHING and OTHER stand last.
    """
    seen: Counter[str] = Counter()
    for pair, times in counts.items():
        for label in {*pair}:
            seen[label] += times
    ordinary = [label for label, _ in seen.most_common() if label not in (NOTHING, OTHER)]
    shown = sorted(ordinary[:_MOST])
    merged: Counter[tuple[str, str]] = Counter()
    for (row, column), times in counts.items():
        named = [label if label in shown or label == NOTHING else OTHER for label in (row, column)]
        merged[named[0], named[1]] += times
    last = [label for label in (NOTHING, OTHER) if any(label in pair for pair in merged)]
    return (*shown, *last), dict(merged)

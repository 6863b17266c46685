"""Findings about the models that answers support, each with a filter for the waiting places."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tiebreak.core.compare.alike import Outcome
from tiebreak.core.insight.corrected import Corrected
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.core.insight.report import confidence
from tiebreak.core.selection.filter import Condition, QueueFilter
from tiebreak.core.store.reflecting import WaitingDifferences

MOST = 5  # findings that are shown
_LEAST = 5  # settled places; with fewer there is no finding
_HALF = 0.5  # share; a finding's 95% interval has to leave it out


class LabelPattern(NamedTuple):
    """Places of one `kind` and the first label of each predictor there, the left predictor first; None for nothing."""

    kind: str
    labels: tuple[str | None, ...]


class LabelPlaces(NamedTuple):
    """The differences at which `predictor` says `label` and the `others` say their labels.

    `others` are pairs of predictor and label, "" for nothing; if empty, the others may say anything.
    """

    predictor: str
    label: str
    others: tuple[tuple[str, str], ...] = ()

    @property
    def is_alone(self) -> bool:
        """Whether all other predictors have an empty reading."""
        return bool(self.others) and not any(label for _, label in self.others)

    @property
    def queue(self) -> QueueFilter:
        """The filter that finds the waiting examples with such a place."""
        labels = ((self.predictor, self.label), *self.others)
        return QueueFilter((), tuple([Condition("says", (f"{name}={label}",)) for name, label in labels]))


@dataclass(frozen=True, slots=True)
class Finding:
    """How often a predictor was `right` at the `settled` places of the kind `places`; `waiting` places have no answer.

    `weight` is the number of waiting places at which it is right at least, or wrong at least, with 95% confidence.
    """

    places: LabelPlaces
    right: int
    settled: int
    waiting: int
    weight: float


def findings(
    learned: Iterable[LearnedAlike], waiting: Iterable[WaitingDifferences], predictors: Sequence[str]
) -> list[Finding]:
    """Return the findings from the settled places about the waiting places, the greatest weight first.

    A finding takes five settled places, and a share whose 95% interval (Wilson's) leaves out one half. For each label
    of a predictor, the finding with the greatest weight is returned.
    """
    left: Counter[LabelPlaces] = Counter()
    for kind, labels, places in waiting:
        for said in _all_said(LabelPattern(kind, labels), predictors):
            left[said] += places
    found: dict[tuple[str, str], Finding] = {}
    for each in sorted(_found(settled_patterns(learned, predictors), left, predictors), key=_by_weight):
        found.setdefault((each.places.predictor, each.places.label), each)
    return list(found.values())[:MOST]


def findings_of_one(corrected: Mapping[str, Corrected], waiting: Mapping[tuple[str, str], int]) -> list[Finding]:
    """Return findings about the marks of the only predictor, as `findings` does, for labels in `waiting` texts.

    The predictor was right at a mark that was kept.
    """
    right = {
        LabelPlaces(name, label): fate.kept for name, each in corrected.items() for label, fate in each.by_label.items()
    }
    total = {
        LabelPlaces(name, label): fate.marks
        for name, each in corrected.items()
        for label, fate in each.by_label.items()
    }
    left = {LabelPlaces(*each): count for each, count in waiting.items()}
    return sorted(_sure(right, total, left), key=_by_weight)[:MOST]


def settled_patterns(
    learned: Iterable[LearnedAlike], predictors: Sequence[str]
) -> Mapping[LabelPattern, Counter[Outcome]]:
    """Return the outcomes at the settled places with their counts, by the predictors' first labels there."""
    settled: defaultdict[LabelPattern, Counter[Outcome]] = defaultdict(Counter)
    for each in learned:
        first = {name: labels[0] if labels else None for name, labels in each.alike.labels}
        settled[LabelPattern(each.alike.kind, tuple([first.get(name) for name in predictors]))].update(each.held)
    return settled


def _by_weight(finding: Finding) -> tuple[object, ...]:
    return -finding.weight, -len(finding.places.others), finding.places  # of equal weights, the more specific first


def _all_said(pattern: LabelPattern, predictors: Sequence[str]) -> Iterator[LabelPlaces]:
    """Yield the groups of a place: by each predictor's label alone, and by its label beside the others' labels."""
    labels = [(name, label or "") for name, label in zip(predictors, pattern.labels, strict=True)]
    for at, (name, label) in enumerate(labels):
        if label:
            yield LabelPlaces(name, label)
            yield LabelPlaces(name, label, (*labels[:at], *labels[at + 1 :]))


def _is_right(predictor: str, outcome: Outcome) -> bool:
    return isinstance(outcome, tuple) and predictor in outcome


def _found(
    settled: Mapping[LabelPattern, Counter[Outcome]], waiting: Mapping[LabelPlaces, int], predictors: Sequence[str]
) -> Iterator[Finding]:
    right: Counter[LabelPlaces] = Counter()
    total: Counter[LabelPlaces] = Counter()
    for pattern, held in settled.items():
        for said in _all_said(pattern, predictors):
            total[said] += held.total()
            right[said] += sum(times for outcome, times in held.items() if _is_right(said.predictor, outcome))
    yield from _sure(right, total, waiting)


def _sure(
    right: Mapping[LabelPlaces, int], total: Mapping[LabelPlaces, int], waiting: Mapping[LabelPlaces, int]
) -> Iterator[Finding]:
    for said, places in total.items():
        low, high = confidence(right[said], places)
        sure = max(low, 1 - high)
        if places >= _LEAST and waiting.get(said) and sure > _HALF:
            yield Finding(said, right[said], places, waiting[said], sure * waiting[said])

"""What to do next: sentences on the models that answers bear out, each with a filter for the places that wait."""

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
from tiebreak.core.store.reflecting import WaitingPlaces

MOST = 5  # findings that are told
_LEAST = 5  # settled places, from which on a finding says something
_HALF = 0.5  # a share whose 95% interval leaves this out is no chance


class Pattern(NamedTuple):
    """Places of one `kind` at which the predictors, the left one first, say these labels first, None for nothing."""

    kind: str
    labels: tuple[str | None, ...]


class Said(NamedTuple):
    """The differences at which `predictor` says `label`; those at which it `is_alone`, or at which `others` say theirs.

    `others` are pairs of predictor and label, "" for nothing; empty if whatever they say.
    """

    predictor: str
    label: str
    others: tuple[tuple[str, str], ...] = ()

    @property
    def is_alone(self) -> bool:
        """Whether no other predictor says anything."""
        return bool(self.others) and not any(label for _, label in self.others)

    @property
    def queue(self) -> QueueFilter:
        """The filter that finds the examples with such a place that wait."""
        said = ((self.predictor, self.label), *self.others)
        return QueueFilter((), tuple([Condition("says", (f"{name}={label}",)) for name, label in said]))


@dataclass(frozen=True, slots=True)
class Finding:
    """At places as `said` the predictor was `right` at so many of those that are `settled`; `waiting` have no answer.

    `weight` is at how many of those that wait it is right at least, or wrong, by what is sure so far.
    """

    said: Said
    right: int
    settled: int
    waiting: int
    weight: float


def findings(
    learned: Iterable[LearnedAlike], waiting: Iterable[WaitingPlaces], predictors: Sequence[str]
) -> list[Finding]:
    """Return what the settled places say of those that wait, the most places first for which it is sure.

    A finding takes five settled places, and a share that Wilson's 95% interval holds off one half. Of those about one
    predictor's label the one of most weight is told.
    """
    left: Counter[Said] = Counter()
    for kind, labels, places in waiting:
        for said in _all_said(Pattern(kind, labels), predictors):
            left[said] += places
    found: dict[tuple[str, str], Finding] = {}
    for each in sorted(_found(settled_patterns(learned, predictors), left, predictors), key=_by_weight):
        found.setdefault((each.said.predictor, each.said.label), each)
    return list(found.values())[:MOST]


def findings_of_one(corrected: Mapping[str, Corrected], waiting: Mapping[tuple[str, str], int]) -> list[Finding]:
    """Return what became of the marks of the only predictor, of labels that `waiting` texts have, as `findings` does.

    It was right at a mark that was kept.
    """
    right = {Said(name, label): fate.kept for name, each in corrected.items() for label, fate in each.by_label.items()}
    total = {Said(name, label): fate.marks for name, each in corrected.items() for label, fate in each.by_label.items()}
    left = {Said(*each): count for each, count in waiting.items()}
    return sorted(_sure(right, total, left), key=_by_weight)[:MOST]


def settled_patterns(learned: Iterable[LearnedAlike], predictors: Sequence[str]) -> Mapping[Pattern, Counter[Outcome]]:
    """Return how often which outcome held at the settled places, by what the predictors say first there."""
    settled: defaultdict[Pattern, Counter[Outcome]] = defaultdict(Counter)
    for each in learned:
        said = {name: labels[0] if labels else None for name, labels in each.alike.said}
        settled[Pattern(each.alike.kind, tuple([said.get(name) for name in predictors]))].update(each.held)
    return settled


def _by_weight(finding: Finding) -> tuple[object, ...]:
    return -finding.weight, -len(finding.said.others), finding.said  # of two that say as much the one that says where


def _all_said(pattern: Pattern, predictors: Sequence[str]) -> Iterator[Said]:
    """The groups that a place belongs to: by each predictor's label alone, and by it against what the others say."""
    said = [(name, label or "") for name, label in zip(predictors, pattern.labels, strict=True)]
    for at, (name, label) in enumerate(said):
        if label:
            yield Said(name, label)
            yield Said(name, label, (*said[:at], *said[at + 1 :]))


def _is_right(predictor: str, outcome: Outcome) -> bool:
    return isinstance(outcome, tuple) and predictor in outcome


def _found(
    settled: Mapping[Pattern, Counter[Outcome]], waiting: Mapping[Said, int], predictors: Sequence[str]
) -> Iterator[Finding]:
    right: Counter[Said] = Counter()
    total: Counter[Said] = Counter()
    for pattern, held in settled.items():
        for said in _all_said(pattern, predictors):
            total[said] += held.total()
            right[said] += sum(times for outcome, times in held.items() if _is_right(said.predictor, outcome))
    yield from _sure(right, total, waiting)


def _sure(right: Mapping[Said, int], total: Mapping[Said, int], waiting: Mapping[Said, int]) -> Iterator[Finding]:
    for said, places in total.items():
        low, high = confidence(right[said], places)
        sure = max(low, 1 - high)
        if places >= _LEAST and waiting.get(said) and sure > _HALF:
            yield Finding(said, right[said], places, waiting[said], sure * waiting[said])

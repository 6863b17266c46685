"""The agreement of annotators: shares, F1, confusions, Cohen's kappa and Krippendorff's alpha, as pure functions.

Examples are added one by one, and only counts of them are kept. Memory grows with the different combinations of labels
that a token (or a text) got, not with the examples.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

from tiebreak.core.compare.cats import decided
from tiebreak.core.compare.chance import Value, cohen_kappa, krippendorff_alpha, label_alphas, label_kappas, share
from tiebreak.core.compare.pairing import Confusion, find_confusions, labels_by_place, labels_by_token, partial_matches
from tiebreak.core.records import Answer, AnsweredExample, Task, TaskKind
from tiebreak.core.text.tokens import tokenize

T = TypeVar("T")
Names = tuple[str, ...]  # annotators, in alphabetical order
Pair = tuple[str, str]  # two annotators
Patterns = defaultdict[Names, Counter[tuple[T, ...]]]


@dataclass(frozen=True, slots=True)
class Matches:
    """The numbers of spans (or categories) that two annotators have.

    `both` counts spans with the same bounds and label, `first` and `second` all spans of each. Of the other spans,
    `partial` counts pairs that overlap and have the same label, each span in one pair at most.
    """

    both: int = 0
    partial: int = 0
    first: int = 0
    second: int = 0

    @property
    def f1(self) -> float | None:
        """2 both / (first + second), the micro F1, 0..1; None if neither has any.

        It is symmetric, so neither annotator is the reference. Source: Hripcsak & Rothschild 2005, "Agreement, the
        F-Measure, and Reliability in Information Retrieval".
        """
        return share(2 * self.both, self.first + self.second)

    @property
    def partial_f1(self) -> float | None:
        """The same with half a match for each `partial` pair; for categories, which have no bounds, equal to `f1`.

        Source of the half: Chinchor & Sundheim 1993, "MUC-5 Evaluation Metrics".
        """
        return share(2 * self.both + self.partial, self.first + self.second)


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of two annotators, or of all.

    `examples` counts the examples that both answered (for all: that two or more answered). `comparisons` counts the
    pairs of answers, and `equal` the pairs with the same verdict: accept, reject or ignore. `verdict_chance` corrects
    that for chance. All other measures are over the `accepted` pairs, in which both answers are accept. `labels` has
    every label that any annotator used.

    `chance` and `label_chances` say how much the units agree beyond chance. A unit is a token, or, for categories, a
    text. By label, its value is whether the label is there. Over all labels, its value is its (first) label, or none;
    `chance` is None if a unit may have several (spancat, textcat_multilabel).

    The correction for chance is `cohen_kappa` for two annotators and `krippendorff_alpha` for all; None if these are.
    """

    examples: int
    comparisons: int
    equal: int
    verdict_chance: float | None
    accepted: int
    matches: Matches
    labels: Mapping[str, Matches]
    chance: float | None
    label_chances: Mapping[str, float | None]
    confusions: Mapping[Confusion, int]

    @property
    def equal_share(self) -> float | None:
        """The share of equal verdicts, 0..1; None if nothing was compared."""
        return share(self.equal, self.comparisons)

    def confused(self) -> list[tuple[Confusion, int]]:
        """Return the confusions, the most frequent first."""
        return sorted(self.confusions.items(), key=lambda each: (-each[1], *map(_order, each[0])))


@dataclass(frozen=True, slots=True)
class Agreement:
    """The measures by pair of annotators (in alphabetical order) with common examples, and over all annotators.

    Over all, counts are the sums over the pairs, and a confusion is of two labels in alphabetical order, None last.
    """

    task: Task
    annotators: tuple[str, ...]
    pairs: Mapping[Pair, Measures]
    overall: Measures


def measure(examples: Iterable[AnsweredExample], task: Task) -> Agreement:
    """Return the agreement of the annotators of `examples`; each example has two or more answers."""
    tally = _Tally(task)
    for each in examples:
        tally.add(each)
    return tally.result()


class _Tally:
    """The counts of all annotators. A pattern has one value for each annotator, and is counted by their names."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._add = {TaskKind.SPANS: self._add_spans, TaskKind.CATEGORIES: self._add_categories}
        self.verdicts: Patterns[str] = defaultdict(Counter)
        self.accepted: Counter[Names] = Counter()
        self.units: Patterns[Value] = defaultdict(Counter)
        self.places: Patterns[Value] = defaultdict(Counter)
        self.partial: defaultdict[Pair, Counter[str]] = defaultdict(Counter)

    def add(self, example: AnsweredExample) -> None:
        names = tuple(sorted(example.answers))
        answers = [example.answers[name] for name in names]
        if len(names) > 1:
            self.verdicts[names][tuple([answer.answer for answer in answers])] += 1
        accepted = [answer for answer in answers if answer.answer == "accept"]
        if len(accepted) > 1:
            names = tuple([name for name in names if example.answers[name].answer == "accept"])
            self.accepted[names] += 1
            self._add[self.task.kind](names, accepted, example)

    def _add_categories(self, names: Names, accepted: Iterable[Answer], example: AnsweredExample) -> None:
        chosen = [decided(answer.cats or {}, self.task) for answer in accepted]
        pattern = tuple([tuple([span.label for span in spans]) for spans in chosen])
        self.units[names][pattern] += 1
        self.places[names][pattern] += 1

    def _add_spans(self, names: Names, accepted: Iterable[Answer], example: AnsweredExample) -> None:
        spans = [tuple(sorted({*answer.spans})) for answer in accepted]
        self.units[names].update(labels_by_token(example.tokens or tokenize(example.text), spans))
        self.places[names].update(labels_by_place(spans))
        for one, other, label, times in partial_matches(spans):
            self.partial[names[one], names[other]][label] += times

    def result(self) -> Agreement:
        verdicts, units, places = _by_pair(self.verdicts), _by_pair(self.units), _by_pair(self.places)
        accepted: Counter[Pair] = Counter()
        for names, count in self.accepted.items():
            for pair in combinations(names, 2):
                accepted[pair] += count
        labels = sorted({label for table in places.values() for pair in table for value in pair for label in value})
        pairs = {}
        for pair in sorted(verdicts):
            confusions = find_confusions(places.get(pair, {}))
            matches = _matches(confusions, self.partial.get(pair, {}), labels)
            table: Mapping[tuple[Value, Value], int] = units.get(pair, {})
            pairs[pair] = Measures(
                examples=sum(verdicts[pair].values()),
                comparisons=sum(verdicts[pair].values()),
                equal=sum(count for (ours, theirs), count in verdicts[pair].items() if ours == theirs),
                verdict_chance=cohen_kappa(verdicts[pair]),
                accepted=accepted[pair],
                matches=_sum(matches.values()),
                labels=matches,
                chance=cohen_kappa(_whole(table)) if self.task.is_exclusive else None,
                label_chances=label_kappas(table, labels),
                confusions=dict(confusions),
            )
        annotators = tuple(sorted({name for names in pairs for name in names}))
        return Agreement(self.task, annotators, pairs, self._overall(pairs, labels))

    def _overall(self, pairs: Mapping[Pair, Measures], labels: Sequence[str]) -> Measures:
        verdicts, units = _together(self.verdicts), _together(self.units)
        confusions: Counter[Confusion] = Counter()
        for pair in pairs.values():
            for (one, other), count in pair.confusions.items():
                confusions[(one, other) if _order(one) <= _order(other) else (other, one)] += count
        matches = {label: _sum([pair.labels[label] for pair in pairs.values()]) for label in labels}
        return Measures(
            examples=verdicts.total(),
            comparisons=sum(pair.comparisons for pair in pairs.values()),
            equal=sum(pair.equal for pair in pairs.values()),
            verdict_chance=krippendorff_alpha(verdicts),
            accepted=sum(pair.accepted for pair in pairs.values()),
            matches=_sum(matches.values()),
            labels=matches,
            chance=krippendorff_alpha(_whole(units)) if self.task.is_exclusive else None,
            label_chances=label_alphas(units, labels),
            confusions=dict(confusions),
        )


def _by_pair(patterns: Patterns[T]) -> dict[Pair, Counter[tuple[T, T]]]:
    """Return the counts of pairs of values, by pair of annotators."""
    tables: defaultdict[Pair, Counter[tuple[T, T]]] = defaultdict(Counter)
    for names, counts in patterns.items():
        for (at, one), (to, other) in combinations(enumerate(names), 2):
            table = tables[one, other]
            for values, count in counts.items():
                table[values[at], values[to]] += count
    return dict(tables)


def _together(patterns: Patterns[T]) -> Counter[tuple[T, ...]]:
    """Return the counts of the patterns over all annotators."""
    together: Counter[tuple[T, ...]] = Counter()
    for counts in patterns.values():
        together.update(counts)
    return together


def _whole(units: Mapping[Any, int]) -> Counter[Any]:
    """Return the units with only the first label of each value."""
    wholes: Counter[Any] = Counter()
    for values, count in units.items():
        wholes[tuple([value[:1] for value in values])] += count
    return wholes


def _order(label: str | None) -> tuple[bool, str]:
    return label is None, label or ""


def _sum(matches: Collection[Matches]) -> Matches:
    return Matches(
        sum(each.both for each in matches),
        sum(each.partial for each in matches),
        sum(each.first for each in matches),
        sum(each.second for each in matches),
    )


def _matches(
    confusions: Mapping[Confusion, int], partial: Mapping[str, int], labels: Iterable[str]
) -> dict[str, Matches]:
    """Return the matches by label; the totals of each annotator are sums of the confusions' rows and columns."""
    first: Counter[str | None] = Counter()
    second: Counter[str | None] = Counter()
    for (ours, theirs), count in confusions.items():
        first[ours] += count
        second[theirs] += count
    return {
        label: Matches(confusions.get((label, label), 0), partial.get(label, 0), first[label], second[label])
        for label in labels
    }

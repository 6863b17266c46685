"""The questions of a task of categories: the candidates are labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import log, sqrt

import numpy as np

from tiebreak.core.learning.asking import About, Asked, Finder, ReadText, first_of, offered_of_open
from tiebreak.core.learning.candidates import Candidate, readings_of
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.features import EDIT, PRIOR, hash_of, labelled, labels_at, matrix, priors, type_features
from tiebreak.core.learning.model import Floats, Question
from tiebreak.core.learning.span_questions import by_probability, number_of
from tiebreak.core.records import Categories, Category, Difference, LearnedPlace, Likely, Marks, Offer, Span, Task

_WORD = re.compile(r"\w+|[^\w\s]")
_WORDS = 60  # distinct words of a text; later words are ignored
_NONE_OF_ALL = -8.0  # prior weight of no candidate holding, which is impossible: all labels are candidates
_ANOTHER = -0.6  # prior weight of all labels together that no predictor proposed
_OF_WORDS = 2.0  # weight of all words of a text together, no matter how many they are


class CategoryAsker:
    """Asks which label holds if at most one may; if any number may, asks of each label whether it holds."""

    def __init__(self, task: Task, predictors: Sequence[str], labels: Sequence[str]) -> None:
        self._task = task
        self._labels = labels
        self._predictors = tuple(sorted(predictors))
        another = _ANOTHER - log(max(len(labels), 1))
        self._prior = {**PRIOR, "edit": _NONE_OF_ALL, "label": another}

    def read(self, text: str, readings: Mapping[str, Marks]) -> None:
        """Do nothing: no question is about other texts."""

    def count(self, text: str) -> None:
        """Do nothing: no question is about other texts."""

    def ask(self, text: ReadText) -> tuple[Asked, ...]:
        if self._task.is_exclusive:
            place = Difference(0, 0, "missing", text.readings)
            return (
                self._asked(text, place, self._labels_of(text), is_open=not text.readings or bool(text.differences)),
            )
        asked = [self._asked(text, place, readings_of(place), is_open=True) for place in text.differences]
        disputed = {place.label for place in text.differences}
        for label in self._labels:
            if label not in disputed:
                holds = Category(label) in text.agreed
                place = Difference(0, 0, "missing", dict.fromkeys(text.readings, (Category(label),) if holds else ()))
                asked.append(self._asked(text, place, _stays_or_changes(label, holds, text), is_open=False))
        return tuple(asked)

    def _labels_of(self, text: ReadText) -> tuple[Candidate, ...]:
        """Return the candidates of a whole text: the predictors' readings, every other label, and no label."""
        readings = readings_of(Difference(0, 0, "missing", text.readings))
        if len(readings) == 1:
            readings = (readings[0]._replace(name="keep"),)
        known = {each.marks for each in readings}
        others = [Candidate((Category(label),), "label") for label in self._labels] + [Candidate((), "neither")]
        return (*readings, *(each for each in others if each.marks not in known))

    def _asked(self, text: ReadText, place: Difference, candidates: tuple[Candidate, ...], *, is_open: bool) -> Asked:
        about: About = "difference" if is_open else "agreed" if place.label else "unmarked"
        prior = priors(candidates, len(place.readings), self._prior)
        return Asked(about, place, candidates, _question(text, place, candidates, self._predictors, prior))

    def held(self, text: ReadText, asked: Sequence[Asked], truth: Marks) -> list[int]:
        if self._task.is_exclusive:
            return [number_of(truth, asked[0].candidates)]
        found = []
        for each in asked:
            category = Category(_label_of(each))
            found.append(number_of((category,) if category in truth else (), each.candidates))
        return found

    def likely(
        self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate]
    ) -> list[tuple[Likely, ...]]:
        if not self._task.is_exclusive:
            pairs = zip(asked, taken, strict=True)
            return [by_probability(each.candidates, its) for each, its in pairs if each.about == "difference"]
        [each], [its] = asked, taken
        shown = _only(each.candidates[its.at])
        chances = {_only(candidate): float(its.probabilities[at]) for at, candidate in enumerate(each.candidates)}
        if chances[shown] < 1.0 - sum(chances[place.label] for place in text.differences):
            shown = ""  # most probably no proposed label holds
        return [_of_label(place.label, shown, chances) for place in text.differences]

    def offers(
        self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate], least: float
    ) -> tuple[Offer, ...]:
        found: list[Offer] = []
        for each, its in zip(asked, taken, strict=True):
            if each.about == "difference" or not text.readings:
                continue
            first = offered_of_open(each, its) if text.is_open else first_of(each, its, least) or None
            if first is not None:
                found += _offers_at(text, each, its, first)
        return tuple(found)

    def finder(self) -> Finder:
        return NothingFound()


class NothingFound:
    """Finds nothing, since the questions about a text cover all labels already."""

    def find(self, text: ReadText) -> Sequence[tuple[Asked, ChosenCandidate]]:
        return ()

    def learn(self, text: ReadText, truth: Marks, seed: int) -> None:
        """Do nothing."""

    def state(self) -> object:
        return None

    def restore(self, state: object) -> None:
        """Do nothing."""


def _offers_at(text: ReadText, asked: Asked, taken: ChosenCandidate, first: int) -> Iterator[Offer]:
    """Yield the rows of a question: a row for each label that stands, and one for the label that may be added."""
    stands, chances = asked.candidates[0].marks, taken.probabilities[: len(asked.candidates)]
    for mark in stands:
        yield _offer(text, mark, float(chances[0]), stands=True, changes=first > 0)
    other = first or (0 if stands else 1 + int(np.argmax(chances[1:])))
    for mark in asked.candidates[other].marks:  # also if at most one label holds, the other label has a row
        if mark not in stands:
            yield _offer(text, mark, float(chances[other]), stands=False, changes=first > 0)


def _offer(text: ReadText, mark: Span | Category, chance: float, *, stands: bool, changes: bool) -> Offer:
    """Return the row of a label that all predictors have, or none has; the label holds with the probability `chance`.

    If the label `changes`, the opposite of what all predictors say comes first.
    """
    holds: Categories = (Category(mark.label),)
    place = Difference(0, 0, "agreed" if stands else "unmarked", dict.fromkeys(text.readings, holds if stands else ()))
    chance = round(chance, 4)
    yes, no = Likely(holds, chance), Likely((), round(1.0 - chance, 4))
    return Offer(place, LearnedPlace((yes, no) if stands != changes else (no, yes), 0.0))


def _stays_or_changes(label: str, holds: bool, text: ReadText) -> tuple[Candidate, ...]:
    everybody, category = tuple(text.readings), (Category(label),)
    if holds:
        return Candidate(category, "keep", everybody), Candidate((), "drop")
    return Candidate((), "leave", everybody), Candidate(category, "add")


def _label_of(asked: Asked) -> str:
    """Return the label that a question of yes or no is about."""
    return next((mark.label for candidate in asked.candidates for mark in candidate.marks), "")


def _only(candidate: Candidate) -> str:
    """Return the only label of a candidate; "" if it has no label."""
    return next((mark.label for mark in candidate.marks), "")


def _of_label(label: str, first: str, chances: Mapping[str, float]) -> tuple[Likely, ...]:
    """Return the candidates that `label` holds and that it does not; the former leads if `label` is `first`."""
    yes: Categories = (Category(label),)
    chance = round(chances[label], 4)
    both = Likely(yes, chance), Likely((), round(1.0 - chance, 4))
    return both if label == first else both[::-1]


def _question(
    text: ReadText, place: Difference, candidates: tuple[Candidate, ...], predictors: Sequence[str], prior: Floats
) -> Question:
    labels = sorted({mark.label for candidate in candidates for mark in candidate.marks})
    at = {label: number for number, label in enumerate(labels)}
    members = np.zeros((len(candidates) + 1, len(labels)), np.float32)
    for number, candidate in enumerate(candidates):
        for mark in candidate.marks:
            members[number, at[mark.label]] = 1.0
    by_predictor = labels_at(place, predictors)
    own = [type_features(place, candidate, by_predictor, "") for candidate in (*candidates, EDIT)]
    words = [hash_of("word", word) for word in dict.fromkeys(_WORD.findall(text.text.casefold()))][:_WORDS]
    rows = [[*labelled(words, label), *_of_scores(text, label, predictors)] for label in labels]
    scales = np.ones(len(rows[0]) if rows else 0, np.float32)
    scales[: len(words)] = _OF_WORDS / sqrt(max(len(words), 1))
    return Question(matrix(own), matrix(rows), scales, members, prior)


def _of_scores(text: ReadText, label: str, predictors: Sequence[str]) -> list[int]:
    """Return the features of the predictors' votes for the label, and of their scores in tenths."""
    features = [hash_of("label", label)]
    votes = 0
    for name in predictors:
        says = "failed" if name not in text.readings else str(Category(label) in text.readings[name])
        votes += says == "True"
        score = text.scores.get(name, {}).get(label)
        tenths = "" if score is None else str(min(int(10 * score), 9))
        features += [
            hash_of("says", f"{name}|{says}"),
            hash_of("says|label", f"{name}|{says}|{label}"),
            hash_of("score", f"{name}|{tenths}"),
            hash_of("score|label", f"{name}|{tenths}|{label}"),
        ]
    return [*features, hash_of("votes of label", votes), hash_of("votes|label", f"{votes}|{label}")]

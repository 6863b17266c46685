"""The texts of a simulation as arrays: the marks of the systems, the gold marks, and the kinds of places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.replay.data import GoldData, GoldText
from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.learning.outcomes import marks_at
from tiebreak.core.records import Difference, Marks
from tiebreak.core.tasks.registry import rules_of

_AGREED = "agreed"
_RARE = 8  # places; kinds with fewer are counted as one

Array = NDArray[Any]
Kind = tuple[str, ...]
Place = tuple[Kind, Marks, Sequence[Marks]]  # its kind, the gold marks there, and each system's reading


@dataclass(frozen=True)
class AtPlaces:
    """Counts at the places of each kind, in one text or in many; the kind is the last axis of `counts`.

    `places` counts the places, and `gold` the gold marks there. An outcome is the reading of a system; the last outcome
    is no mark. Each outcome has its number of `marks`, how many of them are `right`, and at how many places it `held`.
    A mark on which all systems agree is a place too.
    """

    counts: Array  # the axis before the last: places, gold, then `held`, `right` and `marks` of each outcome

    @property
    def outcomes(self) -> int:
        return (int(self.counts.shape[-2]) - 2) // 3

    @property
    def places(self) -> Array:
        return self.counts[..., 0, :]

    @property
    def gold(self) -> Array:
        return self.counts[..., 1, :]

    @property
    def held(self) -> Array:
        return self._of_outcomes(0)

    @property
    def right(self) -> Array:
        return self._of_outcomes(1)

    @property
    def marks(self) -> Array:
        return self._of_outcomes(2)

    def _of_outcomes(self, number: int) -> Array:
        first = 2 + number * self.outcomes
        return self.counts[..., first : first + self.outcomes, :]


@dataclass(frozen=True)
class Corpus:
    """All texts of a simulation; they are the first axis of each array but `agreed`."""

    systems: tuple[str, ...]
    words: Array
    gold: Array
    marks: Array  # (texts, systems)
    right: Array
    disagreement: Array
    differences: Array
    has_label: Array  # whether any system has the label that a filter asks for
    at: AtPlaces  # (texts, ..., kinds)
    agreed: Array  # by kind: whether it is of marks on which all systems agree

    @property
    def texts(self) -> int:
        return len(self.words)

    @cached_property
    def outside(self) -> Array:
        """How many gold marks lie at no place, by text."""
        found: Array = self.gold - self.at.gold.sum(1)
        return found

    @property
    def errors(self) -> Array:
        """How many marks all systems together have wrong or lack, by text."""
        wrong: Array = (self.marks + self.gold[:, None] - 2 * self.right).sum(1)
        return wrong

    def resampled(self, texts: int, seed: int) -> Corpus:
        """Return a larger corpus, drawn from the texts of this one with replacement."""
        drawn = np.random.default_rng(seed).integers(0, self.texts, texts)
        return Corpus(
            self.systems,
            self.words[drawn],
            self.gold[drawn],
            self.marks[drawn],
            self.right[drawn],
            self.disagreement[drawn],
            self.differences[drawn],
            self.has_label[drawn],
            AtPlaces(self.at.counts[drawn]),
            self.agreed,
        )


def corpus_of(data: GoldData) -> Corpus:
    """Count the marks and places in the texts of a file."""
    read = [_read(data, text) for text in data.texts]
    frequent = Counter(kind for _, places in read for kind, *_ in places)
    kinds = sorted({_folded(kind, frequent) for kind in frequent})
    labels = [{mark.label for each in readings.values() for mark in each} for readings, _ in read]
    asked = Counter(label for each in labels for label in each).most_common()[1][0]
    return Corpus(
        data.systems,
        np.array([text.words for text in data.texts], float),
        np.array([len(text.gold) for text in data.texts], float),
        np.array([[len(each) for each in readings.values()] for readings, _ in read], float),
        np.array([_right(text, readings) for text, (readings, _) in zip(data.texts, read, strict=True)], float),
        np.array([span_f1(readings) for readings, _ in read]),
        np.array([sum(kind[0] != _AGREED for kind, *_ in found) for _, found in read], float),
        np.array([asked in each for each in labels]),
        _at_places(
            [[(_folded(kind, frequent), held, readings) for kind, held, readings in found] for _, found in read], kinds
        ),
        np.array([kind[0] == _AGREED for kind in kinds]),
    )


def _at_places(read: Sequence[Sequence[Place]], kinds: Sequence[Kind]) -> AtPlaces:
    at = {kind: number for number, kind in enumerate(kinds)}
    outcomes = 1 + max(len(readings) for found in read for _, _, readings in found)
    places = AtPlaces(np.zeros((len(read), 2 + 3 * outcomes, len(kinds))))
    for text, found in enumerate(read):
        for kind, truth, readings in found:
            number = at[kind]
            places.places[text, number] += 1
            places.gold[text, number] += len(truth)
            for outcome, reading in enumerate((*readings, ())):
                places.held[text, outcome, number] += set(reading) == set(truth)
                places.right[text, outcome, number] += len(set(reading) & set(truth))
                places.marks[text, outcome, number] += len(reading)
    return places


def _read(data: GoldData, text: GoldText) -> tuple[Mapping[str, Marks], list[Place]]:
    rules = rules_of(data.task)
    readings = {name: data.marks(text, name) for name in data.systems}
    agreed = rules.agreed(readings)
    differences = rules.differences(readings)
    found: list[Place] = [
        (_kind(place, data.systems), truth, [place.readings[name] for name in data.systems])
        for place, truth in zip(differences, marks_at(differences, text.gold, agreed), strict=True)
    ]
    for mark in agreed:
        truth = (mark,) if mark in text.gold else ()
        found.append(((_AGREED, mark.label), truth, [(mark,)] * len(data.systems)))
    return readings, found


def _right(text: GoldText, readings: Mapping[str, Marks]) -> list[int]:
    return [len(set(each) & set(text.gold)) for each in readings.values()]


def _kind(place: Difference, systems: Sequence[str]) -> Kind:
    return (place.kind, *(" ".join(mark.label for mark in place.readings[name]) for name in systems))


def _folded(kind: Kind, frequent: Mapping[Kind, int]) -> Kind:
    return kind if frequent[kind] >= _RARE else (kind[0],)

"""The labels with which a model errs most, and places where it did: what a prompt should define better."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tiebreak.core.compare.alike import Outcome
from tiebreak.core.insight.findings import LabelPattern
from tiebreak.core.records import SettledDifference
from tiebreak.core.store.answers import answers_by_id
from tiebreak.core.store.connection import Store
from tiebreak.core.store.reflecting import newest_answers, texts_by_id

_MOST = 3  # labels that are shown
_PLACES = 3  # places that are shown for each label
_LEAST = 3  # errors; with fewer a label is not doubtful
_ANSWERS = 300  # newest answers; places are taken from these only
_CONTEXT = 24  # characters that are shown on either side of a place


@dataclass(frozen=True, slots=True)
class Doubt:
    """How often a predictor errs with a label at settled differences.

    `too_many` counts places at which it says the label and nothing holds, `mistaken` at which another label holds.
    `missed` counts places at which the label holds and it does not say so. `places` are some of them: before, the text
    covered, after.
    """

    predictor: str
    label: str
    too_many: int
    mistaken: int
    missed: int
    places: tuple[tuple[str, str, str], ...] = ()

    @property
    def errors(self) -> int:
        return self.too_many + self.mistaken + self.missed


def doubts(
    store: Store, settled: Mapping[LabelPattern, Counter[Outcome]], predictors: Sequence[str], whose: Sequence[str]
) -> list[Doubt]:
    """Return the labels with which the predictors `whose` err most, the most errors first."""
    found = [each for name in whose for each in _counted(settled, predictors, name) if each.errors >= _LEAST]
    most = sorted(found, key=lambda each: (-each.errors, each.predictor, each.label))[:_MOST]
    places = _places(store, most) if most else {}
    return [replace(each, places=tuple(places.get((each.predictor, each.label), ()))) for each in most]


def _counted(
    settled: Mapping[LabelPattern, Counter[Outcome]], predictors: Sequence[str], predictor: str
) -> Iterator[Doubt]:
    at = list(predictors).index(predictor)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pattern, held in settled.items():
        own = pattern.labels[at]
        for outcome, times in held.items():
            if isinstance(outcome, tuple) and predictor in outcome:
                continue
            if own is not None:
                counts[own]["too_many" if outcome == "neither" else "mistaken"] += times
            if isinstance(outcome, tuple) and (label := pattern.labels[list(predictors).index(outcome[0])]):
                counts[label]["missed"] += times * (label != own)
    for label, errors in counts.items():
        yield Doubt(predictor, label, errors["too_many"], errors["mistaken"], errors["missed"])


def _places(store: Store, most: Iterable[Doubt]) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Return places of the newest answers at which the predictor erred with the label, in short texts first."""
    wanted = {(each.predictor, each.label) for each in most}
    answers = answers_by_id(store, newest_answers(store, _ANSWERS))
    texts = texts_by_id(store, [answer.example_id for answer in answers])
    found: defaultdict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for answer in sorted(answers, key=lambda each: len(texts[each.example_id])):
        for place in answer.choices:
            for key in wanted:
                if _errs(place, *key) and len(found[key]) < _PLACES:
                    found[key].append(_shown(texts[answer.example_id], place.difference.start, place.difference.end))
    return found


def _errs(place: SettledDifference, predictor: str, label: str) -> bool:
    """Return whether the predictor is wrong at the place about a mark with the label."""
    reading = place.difference.readings.get(predictor)
    if reading is None or {*reading} == {*place.marks}:
        return False
    return any(mark.label == label for mark in {*reading} ^ {*place.marks})


def _shown(text: str, start: int, end: int) -> tuple[str, str, str]:
    return text[max(0, start - _CONTEXT) : start], text[start:end], text[end : end + _CONTEXT]

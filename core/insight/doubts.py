"""Labels on which a model errs most, with places where it did: what the definition in a prompt should say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tiebreak.core.compare.alike import Outcome
from tiebreak.core.insight.findings import Pattern
from tiebreak.core.records import SettledDifference
from tiebreak.core.store.answers import answers_by_id
from tiebreak.core.store.connection import Store
from tiebreak.core.store.reflecting import newest_answers, texts_of

_MOST = 3  # labels that are told
_PLACES = 3  # that are shown of each
_LEAST = 3  # errors, from which on a label is doubtful
_ANSWERS = 300  # of which places are taken
_CONTEXT = 24  # characters that a place is shown with, on either side


@dataclass(frozen=True, slots=True)
class Doubt:
    """How often a predictor errs with a label at settled differences.

    It says it where nothing holds (`too_many`) or another label does (`mistaken`), or not where it holds (`missed`).
    `places` are some of them: before, the text covered, after.
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
    store: Store, settled: Mapping[Pattern, Counter[Outcome]], predictors: Sequence[str], whose: Sequence[str]
) -> list[Doubt]:
    """Return the labels with which the predictors `whose` err most, the most errors first."""
    found = [each for name in whose for each in _counted(settled, predictors, name) if each.errors >= _LEAST]
    most = sorted(found, key=lambda each: (-each.errors, each.predictor, each.label))[:_MOST]
    places = _places(store, most) if most else {}
    return [replace(each, places=tuple(places.get((each.predictor, each.label), ()))) for each in most]


def _counted(settled: Mapping[Pattern, Counter[Outcome]], predictors: Sequence[str], predictor: str) -> Iterator[Doubt]:
    at = list(predictors).index(predictor)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pattern, held in settled.items():
        said = pattern.labels[at]
        for outcome, times in held.items():
            if isinstance(outcome, tuple) and predictor in outcome:
                continue
            if said is not None:
                counts[said]["too_many" if outcome == "neither" else "mistaken"] += times
            if isinstance(outcome, tuple) and (label := pattern.labels[list(predictors).index(outcome[0])]):
                counts[label]["missed"] += times * (label != said)
    for label, errors in counts.items():
        yield Doubt(predictor, label, errors["too_many"], errors["mistaken"], errors["missed"])


def _places(store: Store, most: Iterable[Doubt]) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Places of the newest answers at which the predictor erred with the label, in short texts first."""
    wanted = {(each.predictor, each.label) for each in most}
    answers = answers_by_id(store, newest_answers(store, _ANSWERS))
    texts = texts_of(store, [answer.example_id for answer in answers])
    found: defaultdict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for answer in sorted(answers, key=lambda each: len(texts[each.example_id])):
        for place in answer.choices:
            for key in wanted:
                if _errs(place, *key) and len(found[key]) < _PLACES:
                    found[key].append(_shown(texts[answer.example_id], place.difference.start, place.difference.end))
    return found


def _errs(place: SettledDifference, predictor: str, label: str) -> bool:
    """Whether the predictor is wrong there, and the label is what it says or what holds."""
    said = place.difference.readings.get(predictor)
    if said is None or {*said} == {*place.marks}:
        return False
    return any(mark.label == label for mark in {*said} ^ {*place.marks})


def _shown(text: str, start: int, end: int) -> tuple[str, str, str]:
    return text[max(0, start - _CONTEXT) : start], text[start:end], text[end : end + _CONTEXT]

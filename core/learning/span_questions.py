"""The questions of a task of spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from tiebreak.core.compare.spread import Spread
from tiebreak.core.learning.asking import About, Asked, Finder, ReadText, first_of, offered_of_open
from tiebreak.core.learning.candidates import Candidate, candidates_of, other_labels
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.corpus import Corpus, unmarked
from tiebreak.core.learning.features import Context, ask
from tiebreak.core.learning.outcomes import marks_at
from tiebreak.core.learning.span_finder import SpanFinder
from tiebreak.core.records import Difference, LearnedPlace, Likely, Marks, Offer, OfferKind, Span, Spans, Task

_LEAST = 0.001  # probability; less probable candidates fall away
_MOST = 12  # candidates of a place; the others fall away


class SpanAsker:
    """Asks about differences, agreed spans, and unmarked occurrences of surfaces that all marked elsewhere."""

    def __init__(self, task: Task, predictors: Sequence[str], labels: Sequence[str]) -> None:
        self._task = task
        self._labels = labels
        self._corpus = Corpus(predictors)

    def read(self, text: str, readings: Mapping[str, Marks]) -> None:
        self._corpus.add(text, _spans_of(readings))

    def count(self, text: str) -> None:
        self._corpus.count(text)

    def ask(self, text: ReadText) -> tuple[Asked, ...]:
        spreads = {name: Spread(spans) for name, spans in _spans_of(text.readings).items()}
        places: list[tuple[About, Difference, tuple[Candidate, ...]]] = [
            ("difference", place, candidates_of(place, self._task, self._labels)) for place in text.differences
        ]
        everybody = tuple(text.readings)
        for span in cast(Spans, text.agreed):
            stays_or_goes = Candidate((span,), "keep", everybody), Candidate((), "drop")
            others = other_labels(span, self._labels) if text.is_open else ()
            places.append(("agreed", _place(span, "agreed", text, (span,)), (*stays_or_goes, *others)))
        # In an open text, the finder asks about unmarked places.
        more = () if text.is_open else unmarked(self._corpus, text.text, _spans_of(text.readings))
        for span, _ in more:
            candidates = Candidate((), "leave", everybody), Candidate((span,), "add")
            places.append(("unmarked", _place(span, "unmarked", text, ()), candidates))
        there = [{name: spread.touching(*place[:2]) for name, spread in spreads.items()} for _, place, _ in places]
        contexts = [Context(text.text, each, self._corpus) for each in there]
        questions = ask([(place, its, context) for (_, place, its), context in zip(places, contexts, strict=True)])
        return tuple([Asked(*each, question) for each, question in zip(places, questions, strict=True)])

    def held(self, text: ReadText, asked: Sequence[Asked], truth: Marks) -> list[int]:
        there = iter(marks_at(text.differences, truth, text.agreed))
        found = []
        holds = cast(set[Span], set(truth))
        spread = Spread(holds)
        for each in asked:
            if each.about == "difference":
                found.append(number_of(next(there), each.candidates))
            else:
                marks = next((its.marks for its in each.candidates if its.marks and holds.issuperset(its.marks)), ())
                is_other = text.is_open and not marks and bool(spread.touching(*each.place[:2]))
                found.append(len(each.candidates) if is_other else number_of(marks, each.candidates))
        return found

    def likely(
        self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate]
    ) -> list[tuple[Likely, ...]]:
        return [
            by_probability(each.candidates, its)
            for each, its in zip(asked, taken, strict=True)
            if each.about == "difference"
        ]

    def offers(
        self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate], least: float
    ) -> tuple[Offer, ...]:
        found = []
        for each, its in zip(asked, taken, strict=True):
            if each.about == "difference":
                continue
            first = offered_of_open(each, its) if text.is_open else first_of(each, its, least) or None
            if first is not None:
                found.append(Offer(each.place, learned_at(each.candidates, its._replace(at=first))))
        return tuple(sorted(found, key=lambda offer: offer.place[:2]))

    def finder(self) -> Finder:
        return SpanFinder(self._task, self._corpus)


def _spans_of(readings: Mapping[str, Marks]) -> dict[str, Spans]:
    return {name: cast(Spans, marks) for name, marks in readings.items()}


def _place(span: Span, about: About, text: ReadText, marks: Spans) -> Difference:
    """Return the place of a span as a difference at which all readings are equal; `about` is its kind."""
    return Difference(span.start, span.end, cast(OfferKind, about), dict.fromkeys(text.readings, marks))


def number_of(marks: Marks, candidates: Sequence[Candidate]) -> int:
    return next((at for at, each in enumerate(candidates) if each.marks == marks), len(candidates))


def learned_at(candidates: Sequence[Candidate], taken: ChosenCandidate) -> LearnedPlace:
    """Return what was learned of a place outside the differences."""
    likely = by_probability(candidates, taken)
    return LearnedPlace(likely, round(max(0.0, 1.0 - sum(each.probability for each in likely)), 4))


def by_probability(candidates: Sequence[Candidate], taken: ChosenCandidate) -> tuple[Likely, ...]:
    """Return the candidates of a difference: the taken candidate, then the others by probability, without the least."""
    chances = [round(float(chance), 4) for chance in taken.probabilities[: len(candidates)]]
    order = sorted(range(len(candidates)), key=lambda at: (at != taken.at, -chances[at], at))
    kept = [at for at in order if at == taken.at or chances[at] >= _LEAST][:_MOST]
    return tuple([Likely(candidates[at].marks, chances[at]) for at in kept])

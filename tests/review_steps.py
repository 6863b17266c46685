"""Reviews without a screen: made from readings, opened and answered."""

from __future__ import annotations

from collections.abc import Mapping

from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import (
    AnswerValue,
    CurrentPrediction,
    Difference,
    Example,
    Learned,
    LearnedPlace,
    Likely,
    Marks,
    Offer,
    QueueItem,
    Span,
    Spans,
    Task,
)
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview


def review_of(
    text: str, readings: Mapping[str, Spans], task: Task = Task.NER, learned: Learned | None = None
) -> SpanReview:
    predictions = {name: CurrentPrediction(name, spans) for name, spans in readings.items()}
    item = QueueItem(Example(1, text, 0), span_f1(readings), find_differences(readings), predictions)
    return SpanReview(item, task, learned=learned)


def learned_place(*candidates: tuple[Marks, float], held: int = 0, seen: int = 0) -> LearnedPlace:
    """Return what was learned of a difference: marks with their probability, the most probable first."""
    edit = 1.0 - sum(probability for _, probability in candidates)
    return LearnedPlace(tuple(Likely(*each) for each in candidates), max(edit, 0.0), held, seen)


def offer_of(readings: Mapping[str, Marks], stands: Marks, *candidates: tuple[Marks, float]) -> Offer:
    """Return the offer in a text with these `readings` if all of them have `stands`; see `learned_place`."""
    spans = [
        mark for marks in (stands, *[marks for marks, _ in candidates]) for mark in marks if isinstance(mark, Span)
    ]
    start, end = min((span.start for span in spans), default=0), max((span.end for span in spans), default=0)
    place = Difference(start, end, "agreed" if stands else "unmarked", dict.fromkeys(readings, stands))
    return Offer(place, learned_place(*candidates))


def opened(review: AnyReview | None) -> AnyReview:
    assert review is not None
    return review


def answer(session: ReviewSession, review: AnyReview | None, value: AnswerValue = "accept") -> AnyReview | None:
    return session.answer(opened(review), value, seconds=1.0, keys=1)

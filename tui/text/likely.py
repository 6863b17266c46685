"""The probability of what stands at a difference, by what earlier answers taught, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tiebreak.core.records import Difference, LearnedPlace, Marks
from tiebreak.core.review.choices import DistinctReading
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.text.cutting import cut_middle
from tiebreak.tui.text.readings import everyone
from tiebreak.tui.text.render import visible

STRENGTHS = ((0.9, "█"), (0.5, "▄"), (0.0, "▁"))  # the least probability of each sign, the strongest first
_NAME = 16  # cells; a longer name of a predictor or label is cut
_MOST = 3  # names or labels that are listed at most


def strength(probability: float) -> str:
    """Return the sign of a probability."""
    return next(sign for least, sign in STRENGTHS if probability >= least)


def percent(probability: float) -> str:
    """Return a probability as a percentage, at most 99%, since nothing that was learned is certain."""
    return f"{min(probability, 0.99):.0%}"


def row_strength(review: AnyReview, at: int) -> str | None:
    """Return the sign of how sure the choice at the difference `at` is, or "" once it is confirmed.

    None if nothing was learned of the example.
    """
    if not any(review.learned):
        return None
    probability = None if review.choices[at].confirmed else review.probability(at)
    return "" if probability is None else strength(probability)


def row_reason(review: AnyReview, at: int) -> tuple[str, ...]:
    """Return how probable the choice at the difference `at` is, in ever shorter forms, the longest first.

    For the first candidate that is `94% sure (PERSON, only spacy: right 14 of 16)`, with how often it held; for another
    candidate `4% likely`. ("",) if the choice is not a candidate; () if nothing was learned of the example.
    """
    place, probability = review.learned[at], review.probability(at)
    if place is None:
        return ()
    if probability is None:
        return ("",)
    share = percent(probability)
    if place.candidates[0].marks != review.choices[at].marks:
        return f"{share} likely", share
    if not place.seen and review.differences[at].is_offer:
        return f"{share} sure ({_offer_words(review.differences[at], review.readings[at])})", f"{share} sure", share
    if not place.seen:
        return f"{share} sure", share
    situation, outcome = held_words(review.differences[at], review.readings[at], place)
    return f"{share} sure ({situation}: {outcome})", f"{share} ({situation}: {outcome})", f"{share} ({outcome})", share


def held_words(
    difference: Difference, readings: Sequence[DistinctReading[Any]], place: LearnedPlace
) -> tuple[str, str]:
    """Return what the predictors say at a difference, and how often the first candidate held in such a case."""
    first = place.candidates[0].marks
    if difference.is_offer:
        outcome = "right" if first == readings[0].marks else "wrong" if not (first and readings[0].marks) else "another"
        return _offer_words(difference, readings), f"{outcome} {place.held} of {place.seen}"
    filled = [reading for reading in readings if reading.marks]
    holding = next((reading for reading in filled if reading.marks == first), None)
    outcome = "right" if holding else _outcome(first, filled)
    return _situation(difference, filled, holding), f"{outcome} {place.held} of {place.seen}"


def _offer_words(difference: Difference, readings: Sequence[DistinctReading[Any]]) -> str:
    """Return what all predictors say at an offer, or the offered labels if no predictor has them."""
    if readings[0].marks:
        return f"{_labels(readings[0].marks)} by {everyone(difference)}"
    return f"{_labels(readings[1].marks)}, by no model"


def _situation(
    difference: Difference, filled: Sequence[DistinctReading[Any]], holding: DistinctReading[Any] | None
) -> str:
    """Return the readings with marks and their predictors; the reading that holds comes first."""
    if len(filled) == 1:
        silent = [name for name in difference.readings if name not in filled[0].predictors]
        only = f", only {_names(filled[0].predictors)}" if len(silent) == 1 == len(filled[0].predictors) else ""
        return f"{_labels(filled[0].marks)}{only or f' by {_names(filled[0].predictors)}, not {_names(silent)}'}"
    if holding is None:
        return ", ".join([_by(reading) for reading in filled[:_MOST]])
    if difference.kind == "boundary":
        return f"{_labels(holding.marks)}, bounds of {_names(holding.predictors)}"
    others = [f"not {_by(reading)}" for reading in filled if reading is not holding]
    return ", ".join([_by(holding), *others[:_MOST]])


def _outcome(first: Marks, filled: Sequence[DistinctReading[Any]]) -> str:
    """Return what held, if no reading with marks did."""
    if not first:
        return "wrong" if len(filled) == 1 else "both wrong" if len(filled) == 2 else "all wrong"
    proposed = [mark for reading in filled for mark in reading.marks]
    if set(first) == set(proposed):
        return "both right" if len(filled) == 2 else "all right"
    if {mark.label for mark in first}.isdisjoint([mark.label for mark in proposed]):
        return f"{_labels(first)} instead"
    return "a mix"


def _by(reading: DistinctReading[Any]) -> str:
    return f"{_labels(reading.marks)} by {_names(reading.predictors)}"


def _labels(marks: Marks) -> str:
    return "+".join(_listed([mark.label for mark in marks]))


def _names(predictors: Sequence[str]) -> str:
    return ", ".join(_listed(predictors))


def _listed(words: Sequence[str]) -> Iterable[str]:
    shown = [cut_middle(visible(word), _NAME) for word in words[:_MOST]]
    return shown if len(words) <= _MOST else [*shown, "…"]

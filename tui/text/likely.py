"""How sure what stands at a difference is, by what earlier answers taught, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tiebreak.core.records import Difference, LearnedPlace, Marks
from tiebreak.core.review.choices import Reading
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.text.cutting import cut_middle
from tiebreak.tui.text.readings import everyone
from tiebreak.tui.text.render import visible

STRENGTHS = ((0.9, "█"), (0.5, "▄"), (0.0, "▁"))  # from which probability on a sign stands, the strongest first
_NAME = 16  # cells of a predictor's name or a label
_MOST = 3  # names or labels that are told


def strength(probability: float) -> str:
    """The sign of how sure something so probable is."""
    return next(sign for least, sign in STRENGTHS if probability >= least)


def percent(probability: float) -> str:
    """A probability as it is read; nothing that was learned is certain, so 99% is the most."""
    return f"{min(probability, 0.99):.0%}"


def row_strength(review: AnyReview, at: int) -> str | None:
    """The sign at the difference `at` of how sure what stands there is: "" once it is confirmed.

    None if nothing was learned of the example.
    """
    if not any(review.learned):
        return None
    probability = None if review.choices[at].confirmed else review.probability(at)
    return "" if probability is None else strength(probability)


def row_reason(review: AnyReview, at: int) -> tuple[str, ...]:
    """How probable what stands at the difference `at` is, and if that is the first candidate how often it held.

    That reads `94% sure (PERSON, only spacy: right 14 of 16)`, and ever shorter where there is little room; of another
    candidate `4% likely`. Empty if what stands is no candidate; () if nothing was learned of the example.
    """
    place, probability = review.learned[at], review.probability(at)
    if place is None:
        return ()
    if probability is None:
        return ("",)
    told = percent(probability)
    if place.candidates[0].marks != review.choices[at].marks:
        return f"{told} likely", told
    if not place.seen and review.differences[at].is_offer:
        return f"{told} sure ({_offer_words(review.differences[at], review.readings[at])})", f"{told} sure", told
    if not place.seen:
        return f"{told} sure", told
    situation, outcome = held_words(review.differences[at], review.readings[at], place)
    return f"{told} sure ({situation}: {outcome})", f"{told} ({situation}: {outcome})", f"{told} ({outcome})", told


def held_words(difference: Difference, readings: Sequence[Reading[Any]], place: LearnedPlace) -> tuple[str, str]:
    """What the predictors say at a difference, and how often the first candidate held where they said the same."""
    first = place.candidates[0].marks
    if difference.is_offer:
        outcome = "right" if first == readings[0].marks else "wrong" if not (first and readings[0].marks) else "another"
        return _offer_words(difference, readings), f"{outcome} {place.held} of {place.seen}"
    said = [reading for reading in readings if reading.marks]
    holding = next((reading for reading in said if reading.marks == first), None)
    outcome = "right" if holding else _outcome(first, said)
    return _situation(difference, said, holding), f"{outcome} {place.held} of {place.seen}"


def _offer_words(difference: Difference, readings: Sequence[Reading[Any]]) -> str:
    """What all say at an offer, or that no predictor says anything."""
    if readings[0].marks:
        return f"{_labels(readings[0].marks)} by {everyone(difference)}"
    return f"{_labels(readings[1].marks)}, by no model"


def _situation(difference: Difference, said: Sequence[Reading[Any]], holding: Reading[Any] | None) -> str:
    """Who says what; what holds comes first."""
    if len(said) == 1:
        silent = [name for name in difference.readings if name not in said[0].predictors]
        who = f", only {_names(said[0].predictors)}" if len(silent) == 1 == len(said[0].predictors) else ""
        return f"{_labels(said[0].marks)}{who or f' by {_names(said[0].predictors)}, not {_names(silent)}'}"
    if holding is None:
        return ", ".join([_by(reading) for reading in said[:_MOST]])
    if difference.kind == "boundary":
        return f"{_labels(holding.marks)}, bounds of {_names(holding.predictors)}"
    others = [f"not {_by(reading)}" for reading in said if reading is not holding]
    return ", ".join([_by(holding), *others[:_MOST]])


def _outcome(first: Marks, said: Sequence[Reading[Any]]) -> str:
    """What held, if it is no reading with something in it."""
    if not first:
        return "wrong" if len(said) == 1 else "both wrong" if len(said) == 2 else "all wrong"
    proposed = [mark for reading in said for mark in reading.marks]
    if set(first) == set(proposed):
        return "both right" if len(said) == 2 else "all right"
    if {mark.label for mark in first}.isdisjoint([mark.label for mark in proposed]):
        return f"{_labels(first)} instead"
    return "a mix"


def _by(reading: Reading[Any]) -> str:
    return f"{_labels(reading.marks)} by {_names(reading.predictors)}"


def _labels(marks: Marks) -> str:
    return "+".join(_told([mark.label for mark in marks]))


def _names(predictors: Sequence[str]) -> str:
    return ", ".join(_told(predictors))


def _told(words: Sequence[str]) -> Iterable[str]:
    told = [cut_middle(visible(word), _NAME) for word in words[:_MOST]]
    return told if len(words) <= _MOST else [*told, "…"]

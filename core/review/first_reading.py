"""The first reading: the candidate that an answer starts with at each difference, as earlier answers taught."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from tiebreak.core.records import Learned, LearnedPlace, Marks

LEAST_ANSWERS = 5  # answers; if fewer taught, an answer starts with the left reading


class FirstReadingSource(StrEnum):
    """The first reading at each difference: the left predictor's reading, or the most probable candidate."""

    LEFT = "left"
    LEARNED = "learned"


class FirstReading(NamedTuple):
    """The marks that a difference was first shown with, and their probability, 0..1.

    `marks` are None if an older version did not keep them; `probability` is None if nothing had been learned.
    """

    marks: Marks | None
    probability: float | None = None


def with_evidence(learned: Learned | None) -> Learned | None:
    """Return what was learned if an answer may start with it; None if it rests on too few answers."""
    return None if learned is None or learned.answers < LEAST_ANSWERS else learned


def first_reading(left: Marks, place: LearnedPlace | None) -> FirstReading:
    """Return the most probable candidate of `place`: the reading `left` unless another is more probable."""
    if place is None or not place.candidates:
        return FirstReading(left)
    best = place.candidates[0]
    return FirstReading(left if (left, best.probability) in place.candidates else best.marks, best.probability)

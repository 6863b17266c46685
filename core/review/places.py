"""The places of a review: the differences of its example, and the offers beside them, in text order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tiebreak.core.records import (
    Category,
    Difference,
    Learned,
    LearnedPlace,
    Marks,
    QueueItem,
    SettledDifference,
    Span,
)
from tiebreak.core.review.choices import DistinctReading, distinct_readings


class Place(NamedTuple):
    """A place to settle, a difference or an offer, with its distinct readings and what was learned of it."""

    difference: Difference
    readings: tuple[DistinctReading[Any], ...]
    learned: LearnedPlace | None

    @property
    def label(self) -> str:
        """The first label of any reading; in a task of categories, the label that the place is about."""
        return next((mark.label for reading in self.readings for mark in reading.marks), "")


class Offered(NamedTuple):
    """A place at which all predictors agree, the marks offered `instead`, and what was learned of it."""

    difference: Difference
    instead: Marks
    learned: LearnedPlace | None = None

    @property
    def stands(self) -> Marks:
        """The marks that all predictors have here, perhaps none."""
        return next(iter(self.difference.readings.values()), ())

    @property
    def place(self) -> Place:
        """The place with its two readings: the reading of all predictors, and the offered reading."""
        names = tuple(self.difference.readings)
        return Place(
            self.difference, (DistinctReading(names, self.stands), DistinctReading((), self.instead)), self.learned
        )


def offered_of(learned: Learned | None, settled: Sequence[SettledDifference] | None = None) -> list[Offered]:
    """Return the offers that were `learned`; if the places were `settled` before, the offers of that time.

    An offer that would change nothing is left out.
    """
    offers = () if learned is None else learned.offers
    if settled is None:
        found = [Offered(offer.place, offer.instead, offer.learned) for offer in offers if offer.instead is not None]
    else:
        known = {(offer.place.start, offer.place.end, offer.instead): offer.learned for offer in offers}
        found = [
            Offered(place, each.instead, known.get((place.start, place.end, each.instead)))
            for each in settled
            if (place := each.difference).is_offer and each.instead is not None
        ]
    return [each for each in found if each.instead != each.stands]


def to_confirm(agreed: Marks, predictors: Sequence[str]) -> list[Offered]:
    """Return a row for each place of the `agreed` marks; its other reading is empty.

    Marks with the same bounds share a row.
    """
    places: dict[tuple[object, ...], list[Span | Category]] = {}
    for mark in agreed:
        places.setdefault(mark[:-1] or tuple(mark), []).append(mark)
    return [_row(tuple(marks), predictors) for marks in places.values()]


def _row(marks: Marks, predictors: Sequence[str]) -> Offered:
    first = marks[0]
    start, end = (first.start, first.end) if isinstance(first, Span) else (0, 0)
    return Offered(Difference(start, end, "agreed", dict.fromkeys(predictors, marks)), ())


def places_of(item: QueueItem, learned: Learned | None, offered: Sequence[Offered]) -> tuple[Place, ...]:
    """Return the differences of `item` and the offers, in text order; categories by label."""
    of_each: Sequence[LearnedPlace | None] = [None] * len(item.differences) if learned is None else learned.places
    differences = [
        Place(each, distinct_readings(each), its) for each, its in zip(item.differences, of_each, strict=True)
    ]
    if not offered:
        return tuple(differences)
    both = [*differences, *(each.place for each in offered)]
    return tuple(sorted(both, key=lambda place: (place.difference.start, place.difference.end, place.label)))

"""The outcome of an answer at each difference: which marks held, and how much that counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from tiebreak.core.compare.spread import Spread
from tiebreak.core.records import Answer, Category, Difference, Marks, Span

if TYPE_CHECKING:  # it brings numpy
    from tiebreak.core.learning.asking import Asked

UNCONFIRMED = 0.9  # weight of a place that was accepted as it was shown; a settled place weighs 1

Place = tuple[int, int, str]


def marks_at(differences: Sequence[Difference], truth: Marks, agreed: Marks) -> list[Marks]:
    """Return the marks of the `truth` of a whole text that belong to each difference; none belongs to two.

    Spans that are not agreed belong to a difference that they overlap, a category to the difference of its label.
    """
    left = set(truth).difference(agreed)
    if all(difference.is_category for difference in differences):
        return [tuple([mark for mark in left if mark.label == difference.label]) for difference in differences]
    spread = Spread(cast(set[Span], left))
    found: list[Marks] = []
    for difference in differences:
        here = tuple([span for span in spread.touching(difference.start, difference.end) if span in left])
        left.difference_update(here)
        found.append(here)
    return found


def weights_of(answer: Answer, asked: Sequence[Asked], held: Sequence[int]) -> list[float]:
    """Return the weight, 0..1, of the outcome at each question.

    A settled difference has the full weight, as has an agreed or unmarked mark that was changed, or offered and
    settled. A place that was accepted as it was shown weighs less: the annotator may not have looked.
    """
    confirmed, offered = confirmed_places(answer), _confirmed_offers(answer)
    weights = []
    for each, at in zip(asked, held, strict=True):
        if each.about == "difference":
            sure = _is_confirmed(each.place, confirmed)
        else:
            sure = at != 0 or not offered.isdisjoint(_places_asked(each))
        weights.append(1.0 if sure else UNCONFIRMED)
    return weights


def confirmed_places(answer: Answer) -> set[Place]:
    """Return the places that the annotator settled one by one."""
    return {place_of(choice.difference) for choice in answer.choices if choice.confirmed}


def _confirmed_offers(answer: Answer) -> set[Place]:
    """Return the offered places that the annotator settled one by one."""
    return {
        (start, end, settled.label if _are_categories((*settled.difference.readings.values(), settled.instead)) else "")
        for settled in answer.offered
        if settled.confirmed
        for start, end in [settled.difference[:2]]
    }


def _places_asked(asked: Asked) -> list[Place]:
    """Return the places of a question at which all predictors agree; categories have a place for each label."""
    marks = [mark for candidate in asked.candidates for mark in candidate.marks]
    categories = [(0, 0, mark.label) for mark in marks if isinstance(mark, Category)]
    return categories or [place_of(asked.place)]


def _are_categories(readings: Iterable[Marks | None]) -> bool:
    return any(isinstance(mark, Category) for marks in readings for mark in marks or ())


def _is_confirmed(difference: Difference, confirmed: set[Place]) -> bool:
    """Return whether a difference was settled; for a question about all labels together, whether any label was."""
    if difference.is_category:
        labels = {mark.label for marks in difference.readings.values() for mark in marks}
        return any((0, 0, label) in confirmed for label in labels)
    return place_of(difference) in confirmed


def place_of(difference: Difference) -> Place:
    """Return the place of a difference; those of categories are all at 0, and only their labels differ."""
    return difference.start, difference.end, difference.label if difference.is_category else ""

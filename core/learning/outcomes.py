"""What an answer says of each difference: what held there, and how sure the person made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from tiebreak.core.compare.spread import Spread
from tiebreak.core.records import Answer, Category, Difference, Marks, Span

if TYPE_CHECKING:  # it brings numpy
    from tiebreak.core.learning.asking import Asked

UNCONFIRMED = 0.9  # what a place counts that was accepted as it was shown; one that was settled counts 1

Place = tuple[int, int, str]


def marks_at(differences: Sequence[Difference], truth: Marks, agreed: Marks) -> list[Marks]:
    """Return which marks of the `truth` of a whole text belong to each difference; none belongs to two.

    Of spans it is those that overlap it and are not agreed; of categories its label.
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
    """Return what the outcome at each question counts, 0..1.

    A difference that was settled counts whole; so does an agreed or unmarked mark that was changed, or that was offered
    and settled. What was accepted as it was shown counts less: nobody may have looked.
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
    """Return the places that the person settled one by one."""
    return {place_of(choice.difference) for choice in answer.choices if choice.confirmed}


def _confirmed_offers(answer: Answer) -> set[Place]:
    """The places that were offered, and that the person settled one by one."""
    return {
        (start, end, settled.label if _are_categories((*settled.difference.readings.values(), settled.instead)) else "")
        for settled in answer.offered
        if settled.confirmed
        for start, end in [settled.difference[:2]]
    }


def _places_asked(asked: Asked) -> list[Place]:
    """The places that a question where all say the same is about; of categories there is one a label."""
    marks = [mark for candidate in asked.candidates for mark in candidate.marks]
    categories = [(0, 0, mark.label) for mark in marks if isinstance(mark, Category)]
    return categories or [place_of(asked.place)]


def _are_categories(readings: Iterable[Marks | None]) -> bool:
    return any(isinstance(mark, Category) for marks in readings for mark in marks or ())


def _is_confirmed(difference: Difference, confirmed: set[Place]) -> bool:
    """Whether it was settled; a question about all labels together is so if any of them was."""
    if difference.is_category:
        labels = {mark.label for marks in difference.readings.values() for mark in marks}
        return any((0, 0, label) in confirmed for label in labels)
    return place_of(difference) in confirmed


def place_of(difference: Difference) -> Place:
    """Return where a difference is: of categories all are at 0, and the label tells them apart."""
    return difference.start, difference.end, difference.label if difference.is_category else ""

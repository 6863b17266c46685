"""Which place comes next where texts are answered place by place: the one of the most value, in whatever text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from tiebreak.core.records import LearnedPlace, Marks

WINDOW = 20  # words on each side of a place that are read to settle it
LATER = 40  # places that come before one that was skipped

_READ, _LOOK, _PICK = 0.25, 1.0, 1.5  # seconds: of a word, of a place, of taking another reading than the first
_EDIT_ERRORS = 2.0  # wrong marks at a place at which nothing that is known holds

PlaceKey = tuple[int, int, Marks | None]  # the bounds, and what is offered there


class WaitingPlace(NamedTuple):
    """A place of a text that waits to be settled, and its value: expected corrections a second."""

    key: PlaceKey
    value: float


class TextPlaces(NamedTuple):
    """What waits of all the places of a text, in text order; and how many places it has."""

    waiting: Sequence[WaitingPlace]
    all: int


class Next(NamedTuple):
    """What comes next: a text, and its place; None for a text that has none left, and is answered whole."""

    example_id: int
    key: PlaceKey | None


def place_value(first: Marks, learned: LearnedPlace | None) -> float:
    """Return the corrections a second that settling a place is expected to bring, if it starts with `first`."""
    errors, changes = 1.0, 0.5
    if learned is not None and learned.candidates:
        wrong = [(each.probability, {*each.marks} ^ {*first}) for each in learned.candidates if each.marks != first]
        errors = sum(probability * len(marks) for probability, marks in wrong) + learned.edit * _EDIT_ERRORS
        changes = sum(probability for probability, _ in wrong) + learned.edit
    return round(errors / (2 * WINDOW * _READ + _LOOK + changes * _PICK), 4)


class WaitingPlaces:
    """The places that wait in some texts, which are few: each call goes through all of them.

    The place of the most value comes first, where a value counts the more the less of its text is left: nothing that is
    settled counts for the export before all of the text is. Of places of the same value those of the text that was put
    in first come first, in text order. A skipped place comes after so many others, or once nothing else is left.
    """

    def __init__(self) -> None:
        self._texts: dict[int, TextPlaces] = {}
        self._later: dict[Next, int] = {}  # which turn brings back what was skipped
        self._turn = 0

    def __len__(self) -> int:
        """How many places the texts have, settled or not."""
        return sum(each.all for each in self._texts.values())

    @property
    def texts(self) -> Collection[int]:
        """The texts that were put in."""
        return self._texts.keys()

    def put(self, example_id: int, places: TextPlaces) -> None:
        """Put in a text, or say what waits in it now; without any place it waits as a whole."""
        self._texts[example_id] = places

    def drop(self, example_id: int) -> None:
        """Nothing of the text waits any more."""
        self._texts.pop(example_id, None)

    def settled(self) -> None:
        """A place was settled: those that were skipped come nearer."""
        self._turn += 1

    def skip(self, example_id: int, key: PlaceKey | None) -> None:
        """Have the place come later, after all that were skipped before."""
        self._turn += 1
        self._later[Next(example_id, key)] = self._turn + LATER

    def best(self, without: Collection[int]) -> Next | None:
        """Return the place that comes next, of the texts that are not among `without`."""
        waiting = ((self._rank(each, value), each) for each, value in self._waiting() if each.example_id not in without)
        return min(waiting, key=lambda ranked: ranked[0], default=(None, None))[1]

    def _waiting(self) -> Iterator[tuple[Next, float]]:
        for example_id, places in self._texts.items():
            if not places.waiting:
                yield Next(example_id, None), 0.0
            for key, value in places.waiting:
                yield Next(example_id, key), value * places.all / len(places.waiting)

    def _rank(self, each: Next, value: float) -> tuple[int, float]:
        return max(self._later.get(each, 0) - self._turn, 0), -value

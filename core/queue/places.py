"""The place that comes next in a sitting place by place: the most valuable, in any text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from tiebreak.core.records import LearnedPlace, Marks

WINDOW = 20  # words on each side of a place; the annotator reads them to settle it
LATER = 40  # places; a skipped place comes after as many others

_READ, _LOOK, _PICK = 0.25, 1.0, 1.5  # seconds to read a word, look at a place, take another than the first reading
_EDIT_ERRORS = 2.0  # marks that are wrong at a place if no known candidate holds

PlaceKey = tuple[int, int, Marks | None]  # the bounds, and the marks of the offer there


class WaitingPlace(NamedTuple):
    """A place of a text that waits to be settled, and its value in expected corrections a second."""

    key: PlaceKey
    value: float


class TextPlaces(NamedTuple):
    """The places of a text that wait, in text order, and how many places it has in all."""

    waiting: Sequence[WaitingPlace]
    all: int


class Next(NamedTuple):
    """The text and place that come next; `key` is None if the text has no place left, and is answered whole."""

    example_id: int
    key: PlaceKey | None


def place_value(first: Marks, learned: LearnedPlace | None) -> float:
    """Return the expected corrections a second from settling a place that starts with `first`."""
    errors, changes = 1.0, 0.5
    if learned is not None and learned.candidates:
        wrong = [(each.probability, {*each.marks} ^ {*first}) for each in learned.candidates if each.marks != first]
        errors = sum(probability * len(marks) for probability, marks in wrong) + learned.edit * _EDIT_ERRORS
        changes = sum(probability for probability, _ in wrong) + learned.edit
    return round(errors / (2 * WINDOW * _READ + _LOOK + changes * _PICK), 4)


class WaitingPlaces:
    """The places that wait in a few texts; each call goes through all of them.

    The most valuable place comes first. A value counts for more the less of its text is left, since a text is not
    exported before it is all settled. Equal values come in the order in which their texts were put in, then in text
    order. A skipped place comes after LATER others, or once nothing else is left.
    """

    def __init__(self) -> None:
        self._texts: dict[int, TextPlaces] = {}
        self._later: dict[Next, int] = {}  # the turn that brings a skipped place back
        self._turn = 0

    def __len__(self) -> int:
        """Return how many places the texts have, settled or not."""
        return sum(each.all for each in self._texts.values())

    @property
    def texts(self) -> Collection[int]:
        """The texts that were put in."""
        return self._texts.keys()

    def put(self, example_id: int, places: TextPlaces) -> None:
        """Put in a text, or update the places that wait in it; without any place it waits as a whole."""
        self._texts[example_id] = places

    def drop(self, example_id: int) -> None:
        """Forget a text in which nothing waits any more."""
        self._texts.pop(example_id, None)

    def settled(self) -> None:
        """Count a settled place, which brings skipped places nearer."""
        self._turn += 1

    def skip(self, example_id: int, key: PlaceKey | None) -> None:
        """Put the place off, until after all that were skipped before."""
        self._turn += 1
        self._later[Next(example_id, key)] = self._turn + LATER

    def best(self, without: Collection[int]) -> Next | None:
        """Return the place that comes next in the texts that are not among `without`."""
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

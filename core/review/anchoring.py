"""Showing the runner-up first at a few places where two candidates are about as likely, to measure what that does.

What stands first is taken more often than it holds (the anchoring effect: Tversky & Kahneman 1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tiebreak.core.records import Difference, Learned, LearnedPlace, Marks
from tiebreak.core.tasks.protocol import TaskRules
from tiebreak.core.text.hashes import text_digest

_CLOSE = 0.15  # between the probabilities of the two likeliest candidates
_SALT = b"anchoring"


class Close(NamedTuple):
    """A difference at which two candidates are about as likely: the likelier, the other, and if that `is_swapped`.

    Then the other was shown first, and asks to be confirmed.
    """

    place: Difference
    likelier: Marks
    other: Marks
    is_swapped: bool


class Anchored(NamedTuple):
    """What was learned of a text, with the runner-up first at some places, and the places where that might be."""

    learned: Learned
    close: tuple[Close, ...]


def anchored(learned: Learned, differences: Sequence[Difference], text: str, share: float) -> Anchored:
    """Put the runner-up first at this share, 0 to 1, of the places where it is about as likely as the likeliest.

    Which they are depends on the text and the place alone.
    """
    places, close = [], []
    for number, (place, difference) in enumerate(zip(learned.places, differences, strict=True)):
        is_close = _is_close(place)
        is_swapped = is_close and _point(text, number) < share
        if is_close:
            likelier, other = (each.marks for each in place.candidates[:2])
            close.append(Close(difference, likelier, other, is_swapped))
        places.append(_swapped(place) if is_swapped else place)
    return Anchored(learned._replace(places=tuple(places)), tuple(close))


def close_object(close: Close, rules: TaskRules) -> dict[str, Any]:
    """Return what an answer keeps of such a place: the two candidates, the likelier one first."""
    place = close.place
    candidates = [[span._asdict() for span in rules.stored(marks)] for marks in (close.likelier, close.other)]
    return {"start": place.start, "end": place.end, "candidates": candidates, "swapped": close.is_swapped}


def _is_close(place: LearnedPlace) -> bool:
    if len(place.candidates) < 2:
        return False
    one, two = (each.probability for each in place.candidates[:2])
    return abs(one - two) <= _CLOSE


def _swapped(place: LearnedPlace) -> LearnedPlace:
    one, two, *others = place.candidates
    return place._replace(candidates=(two, one, *others))


def _point(text: str, number: int) -> float:
    """Where a place of a text lies between 0 and 1."""
    return int.from_bytes(text_digest(f"{number} {text}{_SALT!r}")[:8]) / 2**64

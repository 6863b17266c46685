"""Showing the runner-up first at a few places with two about equally likely candidates, to measure the effect.

People take the candidate that stands first more often than it holds (anchoring: Tversky & Kahneman 1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tiebreak.core.records import Difference, Learned, LearnedPlace, Marks
from tiebreak.core.tasks.protocol import TaskRules
from tiebreak.core.text.hashes import text_digest

_CLOSE = 0.15  # probability; the two likeliest candidates are close if they differ by no more
_SALT = b"anchoring"


class Close(NamedTuple):
    """A difference with two about equally likely candidates.

    If `is_swapped`, the less likely candidate was shown first, and the annotator has to confirm it.
    """

    place: Difference
    likelier: Marks
    other: Marks
    is_swapped: bool


class Anchored(NamedTuple):
    """What was learned of a text, with the runner-up first at some places, and all its `close` places."""

    learned: Learned
    close: tuple[Close, ...]


def anchored(learned: Learned, differences: Sequence[Difference], text: str, share: float) -> Anchored:
    """Put the runner-up first at a `share`, 0 to 1, of the places where two candidates are close.

    The choice of places depends on the text and the place alone.
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
    """Return the JSON object that an answer keeps of a close place: its two candidates, the likelier first."""
    place = close.place
    candidates = [[span._asdict() for span in rules.stored(marks)] for marks in (close.likelier, close.other)]
    return {"start": place.start, "end": place.end, "candidates": candidates, "swapped": close.is_swapped}


def _is_close(place: LearnedPlace) -> bool:
    if len(place.candidates) < 2:
        return False
    first, second = (each.probability for each in place.candidates[:2])
    return abs(first - second) <= _CLOSE


def _swapped(place: LearnedPlace) -> LearnedPlace:
    first, second, *others = place.candidates
    return place._replace(candidates=(second, first, *others))


def _point(text: str, number: int) -> float:
    """Return a number from 0 to 1 that is stable for a place of a text."""
    return int.from_bytes(text_digest(f"{number} {text}{_SALT!r}")[:8]) / 2**64

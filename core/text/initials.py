"""The nearest token that begins with a given letter, as a new bound of a span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from tiebreak.core.text.units import Units


def nearest_start(text: str, units: Units, start: int, end: int, letter: str) -> int | None:
    """Return the start of the nearest unit that begins with `letter` and can be the first of a span up to `end`.

    `start` is where the span begins now. Of two units at the same distance the left one counts. Case counts only if
    `letter` is a capital. None if no unit fits.
    """
    here = bisect_left(units.starts, start)
    last = bisect_left(units.starts, end)
    found = [at for at in range(last) if units.starts[at] != start and _begins(text, units.starts[at], letter)]
    nearest = min(found, key=lambda at: (abs(at - here), at > here), default=None)
    return None if nearest is None else units.starts[nearest]


def nearest_end(text: str, units: Units, start: int, end: int, letter: str) -> int | None:
    """Return the end of the nearest unit that begins with `letter` and can be the last of a span from `start` on.

    `end` is where the span ends now. Of two units at the same distance the right one counts; see `nearest_start`.
    """
    here = bisect_left(units.ends, end)
    first = bisect_right(units.ends, start)
    places = range(first, len(units))
    found = [at for at in places if units.ends[at] != end and _begins(text, units.starts[at], letter)]
    nearest = min(found, key=lambda at: (abs(at - here), at < here), default=None)
    return None if nearest is None else units.ends[nearest]


def _begins(text: str, start: int, letter: str) -> bool:
    sign = text[start : start + len(letter)]
    return sign == letter or (letter == letter.lower() and sign.lower() == letter)

"""Code points and UTF-16 units of one text: offsets of either converted to the other."""

from __future__ import annotations

import re
from bisect import bisect_left

_PAIRED = re.compile("[\U00010000-\U0010ffff]")


def has_pairs(text: str) -> bool:
    """Return whether a character of the text takes two UTF-16 units, so that the unit of offsets matters."""
    return not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) != 2 * len(text)


class CodeUnits:
    """The offsets of a text with characters of two UTF-16 units. Up to `first` both units give the same offset."""

    def __init__(self, text: str) -> None:
        self._pairs = [match.start() for match in _PAIRED.finditer(text)]  # in code points
        self._pair_units = [place + number for number, place in enumerate(self._pairs)]
        self.length = len(text)
        self.units = self.length + len(self._pairs)
        self.first = self._pairs[0] if self._pairs else self.length

    def code_point(self, unit: int) -> int | None:
        """Convert a UTF-16 offset to code points; return None if it is outside the text or within a character."""
        before = bisect_left(self._pair_units, unit)
        if before and self._pair_units[before - 1] == unit - 1:
            return None
        return unit - before if 0 <= unit <= self.units else None

    def code_unit(self, point: int) -> int:
        """Convert an offset in code points to UTF-16 units."""
        return point + bisect_left(self._pairs, point)

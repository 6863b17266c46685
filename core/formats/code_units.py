"""Code points and UTF-16 units of one text: which offset in one is which in the other."""

from __future__ import annotations

import re
from bisect import bisect_left

_PAIRED = re.compile("[\U00010000-\U0010ffff]")


def has_pairs(text: str) -> bool:
    """Whether the text has a character of two UTF-16 units, so that offsets differ by what they count."""
    return not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) != 2 * len(text)


class CodeUnits:
    """The offsets of a text that has characters of two UTF-16 units. Up to `first` both units count alike."""

    def __init__(self, text: str) -> None:
        self._pairs = [match.start() for match in _PAIRED.finditer(text)]  # in code points
        self._pair_units = [place + number for number, place in enumerate(self._pairs)]
        self.length = len(text)
        self.units = self.length + len(self._pairs)
        self.first = self._pairs[0] if self._pairs else self.length

    def code_point(self, unit: int) -> int | None:
        """The offset in code points; None where that in UTF-16 units is outside the text or within a character."""
        before = bisect_left(self._pair_units, unit)
        if before and self._pair_units[before - 1] == unit - 1:
            return None
        return unit - before if 0 <= unit <= self.units else None

    def code_unit(self, point: int) -> int:
        """The offset in UTF-16 units of one in code points."""
        return point + bisect_left(self._pairs, point)

"""The window of a long text around one of its places: some words on each side."""

from __future__ import annotations

import re

_WORD = re.compile(r"\S+")
_LONGEST = 240  # characters on each side at most, however long the words are


def window_of(text: str, start: int, end: int, words: int) -> tuple[int, int]:
    """Return where the window around the place begins and ends, in code points: so many words on each side."""
    first = max(start - _LONGEST, 0)
    before = [match.start() for match in _WORD.finditer(text, first, start)]
    if first > 0 and len(before) > 1 and not text[first - 1].isspace():
        del before[0]  # the end of a word
    last = min(end + _LONGEST, len(text))
    after = [match.end() for match in _WORD.finditer(text, end, last)]
    if last < len(text) and len(after) > 1 and not text[last].isspace():
        del after[-1]
    left = before[-words] if len(before) >= words else before[0] if before and first > 0 else first
    right = after[words - 1] if len(after) >= words else after[-1] if after and last < len(text) else last
    return min(left, start), max(right, end)

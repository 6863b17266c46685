"""Places of words in a text: search, and the other places with the same surface."""

from __future__ import annotations

import re

from tiebreak.core.records import Span, Token
from tiebreak.core.text.units import Units


def find(text: str, words: str) -> list[Token]:
    """Return the places of `words` in `text`. Case counts only if `words` has a capital; any white space matches."""
    if not words.strip():
        return []
    return _places(text, words, ignore_case=words == words.lower())


def same_surface(text: str, span: Span, tokens: Units) -> list[Token]:
    """Return the other places with the text of `span`: as it is written, or else in any case.

    A side of `span` that is the bound of a token has to be one there, too: "art" is not found in "start".
    """
    bounded = tokens.bounded(span.start, span.end)
    words = text[span.start : span.end]
    for ignore_case in (False, True):
        places = [
            (start, end)
            for start, end in _places(text, words, ignore_case=ignore_case)
            if (end <= span.start or span.end <= start)
            and all(there or not here for here, there in zip(bounded, tokens.bounded(start, end), strict=True))
        ]
        if places:
            return places
    return []


def _places(text: str, words: str, *, ignore_case: bool) -> list[Token]:
    pattern = r"\s+".join(map(re.escape, words.split())) or re.escape(words)
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE if ignore_case else 0)]

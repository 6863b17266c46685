"""Tokens of a text, for when neither the source nor a pipeline gave any."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from tiebreak.core.records import Token

_TOKEN = re.compile(r"\w+(?:[.,]\d+)*|[^\w\s]")
_JOINERS = "\u200c\u200d"


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the words, numbers, single signs and white space of `text` as (start, end) in code points.

    As in spaCy, one space after a token belongs to it, and the remaining white space is a token of its own. Combining
    marks and joiners, which `re` takes for signs, stay with their word.
    """
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    return tuple(_with_white_space(text, tokens if text.isascii() else _with_marks(text, tokens)))


def _with_white_space(text: str, tokens: list[Token]) -> Iterator[Token]:
    before = 0
    for start, end in [*tokens, (len(text), len(text))]:
        gap = before + (before > 0 and text[before : before + 1] == " ")
        if gap < start:
            yield gap, start
        if start < end:
            yield start, end
        before = end


def _with_marks(text: str, tokens: list[Token]) -> list[Token]:
    whole: list[Token] = []
    for start, end in tokens:
        if whole and whole[-1][1] == start and _belong_together(text[start - 1], text[start]):
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return whole


def _belong_together(before: str, after: str) -> bool:
    if after in _JOINERS or before in _JOINERS or unicodedata.category(after)[0] == "M":
        return True
    return unicodedata.category(before)[0] == "M" and after.isalnum()

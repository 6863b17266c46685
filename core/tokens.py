"""Tokens of a text, where neither the source nor a pipeline gave any."""

from __future__ import annotations

import re
import unicodedata

from tiebreak.core.records import Token

_TOKEN = re.compile(r"\w+(?:[.,]\d+)*|[^\w\s]")
_JOINERS = "\u200c\u200d"


def tokenize(text: str) -> tuple[Token, ...]:
    """Words, numbers and single signs of `text` as (start, end) in code points; white space is no token.

    Combining marks and joiners, which `re` takes for signs, stay with the word they are in.
    """
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    if text.isascii():
        return tuple(tokens)
    whole: list[Token] = []
    for start, end in tokens:
        if whole and whole[-1][1] == start and _belong_together(text[start - 1], text[start]):
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return tuple(whole)


def _belong_together(before: str, after: str) -> bool:
    if after in _JOINERS or before in _JOINERS or unicodedata.category(after)[0] == "M":
        return True
    return unicodedata.category(before)[0] == "M" and after.isalnum()

"""The hashed features of the tokens of a text: their words, and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tiebreak.core.learning.features import hash_of, shape_of
from tiebreak.core.records import Token
from tiebreak.core.text.tokens import tokenize
from tiebreak.core.text.units import Units, token_units

Hashes = npt.NDArray[np.unsignedinteger[Any]]

# Thai to Burmese, Khmer, kana and Han have no spaces between words, so each character is a token.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_EDGE = ("", "^", "", "", "")  # beyond the text


class Tokens(NamedTuple):
    """The first tokens of a text, and their `features` (tokens x n)."""

    text: str
    units: Units
    features: Hashes


def tokens_of(text: str, most: int) -> Tokens:
    """Return the tokens of a text, `most` at most."""
    units = token_units(text, _parted(text, tokenize(text)))
    units = Units(units.starts[:most], units.ends[:most])
    return Tokens(text, units, _features_of([text[slice(*units[at])] for at in range(len(units))]))


def _parted(text: str, tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens, and in scripts without spaces each character."""
    for start, end in tokens:
        for match in _UNSPACED.finditer(text, start, end):
            if start < match.start():
                yield start, match.start()
            yield match.span()
            start = match.end()
        if start < end:
            yield start, end


def _features_of(words: list[str]) -> Hashes:
    described = [_EDGE, _EDGE, *map(_described, words), _EDGE, _EDGE]
    rows = []
    for at in range(len(words)):
        (before2, *_), before, own, behind, (behind2, *_) = described[at : at + 5]
        word, shape, prefix, suffix, ending = own
        values = (
            "token",
            f"is {word}",
            f"shape {shape}",
            f"prefix {prefix}",
            f"suffix {suffix}",
            f"ending {ending}",
            f"word and shape {word} {shape}",
            f"before {before[0]}",
            f"behind {behind[0]}",
            f"two before {before2}",
            f"two behind {behind2}",
            f"shape before {before[1]}",
            f"shape behind {behind[1]}",
            f"shapes {before[1]} {shape} {behind[1]}",
            f"with before {before[0]} {word}",
            f"with behind {word} {behind[0]}",
        )
        rows.append([hash_of("token", value) for value in values])
    return np.array(rows, np.uint32)


@lru_cache(maxsize=1 << 16)
def _described(word: str) -> tuple[str, str, str, str, str]:
    """Return a word in lower case, its shape, its prefix, its suffix and its ending."""
    lower = word.casefold()
    return lower, shape_of(word), lower[:3], lower[-3:], lower[-2:]

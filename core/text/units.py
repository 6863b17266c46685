"""The places where a cursor can stand in a text: at tokens, at characters as a person counts them, and at words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tiebreak.core.records import Token

_WORD = re.compile(r"[^\s\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]+")  # full-width signs separate words like white space
_OPENING = "\"'([{“‘„‚«‹¿¡"  # signs that begin a quotation or a bracket, not a word
_CLOSING = ".,;:!?…'\"”’»)]}،؛؟।"  # signs that end a sentence, a clause or a quotation, not a word
_INITIALS = re.compile(r"(?:\b\w\.){2,}$")  # U.S.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Units:
    """Stretches of a text from left to right, at least one, that do not overlap: `starts` and `ends` in code points."""

    starts: Sequence[int]
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Token:
        return self.starts[index], self.ends[index]

    def holding(self, position: int) -> int:
        """Return the unit that holds `position`, else the next one after it, else the last."""
        return min(bisect_right(self.ends, position), len(self.ends) - 1)

    def up_to(self, position: int) -> int:
        """Return the last unit that begins at or before `position`, else the first."""
        return max(bisect_right(self.starts, position) - 1, 0)

    def within(self, start: int, end: int) -> tuple[int, int]:
        """Return the units that overlap `start` to `end`, as the bounds of a slice."""
        return bisect_right(self.ends, start), bisect_left(self.starts, end)

    def bounded(self, start: int, end: int) -> tuple[bool, bool]:
        """Return whether a unit begins at `start`, and whether a unit ends at `end`."""
        return _holds(self.starts, start), _holds(self.ends, end)


def token_units(text: str, tokens: Iterable[Token]) -> Units:
    """Return the tokens without the white space at their ends; the whole text if no token is left."""
    starts, ends, before = [], [], 0
    for start, end in tokens:
        while start < end and text[start : start + 1].isspace():
            start += 1
        while start < end and text[end - 1 : end].isspace():
            end -= 1
        if before <= start < end <= len(text):
            starts.append(start)
            ends.append(end)
            before = end
    return Units(starts, ends) if starts else Units([0], [len(text)])


def character_units(text: str) -> Units:
    """Return the characters as a person counts them, by the main rules of Unicode's UAX 29.

    One character is a sign with its marks, joined emoji, a flag, CR LF, or a syllable of Hangul letters.
    """
    starts = _plain_starts(text) if text.isascii() else _cluster_starts(text)
    return Units(starts, [*starts[1:], len(text)]) if starts else Units([0], [0])


def word_starts(text: str) -> list[int]:
    """Return where the words begin, after signs that open a quotation or a bracket.

    White space and full-width punctuation separate words. A word has a letter or a digit.
    """
    return [start + len(word) - len(word.lstrip(_OPENING)) for start, word in _words(text)]


def word_ends(text: str) -> list[int]:
    """Return where the words end: before signs that close a sentence or a quotation, and before a possessive `'s`."""
    return [start + len(_without_closing(word)) for start, word in _words(text)]


def _words(text: str) -> Iterator[tuple[int, str]]:
    for match in _WORD.finditer(text):
        if any(sign.isalnum() for sign in match.group()):
            yield match.start(), match.group()


def _without_closing(word: str) -> str:
    bare = word.rstrip(_CLOSING)
    if initials := _INITIALS.search(word[: len(bare) + 1]):
        return word[: initials.end()]
    return bare[:-2] if bare[:-2] and bare.endswith(("'s", "’s")) else bare


def trimmed(text: str, start: int, end: int) -> Token | None:
    """Return `start` and `end` without the white space at both ends; None if there is nothing else."""
    stretch = text[start:end]
    left = len(stretch) - len(stretch.lstrip())
    right = len(stretch.rstrip())
    return (start + left, start + right) if left < right else None


def _holds(ordered: Sequence[int], position: int) -> bool:
    index = bisect_left(ordered, position)
    return index < len(ordered) and ordered[index] == position


def _plain_starts(text: str) -> Sequence[int]:
    if "\r\n" not in text:
        return range(len(text))
    return [at for at in range(len(text)) if text[at] != "\n" or text[at - 1 : at] != "\r"]


def _cluster_starts(text: str) -> list[int]:
    starts: list[int] = []
    before = ""
    half_a_flag = False
    for at, sign in enumerate(text):
        is_flag_letter = "\U0001f1e6" <= sign <= "\U0001f1ff"
        if not (half_a_flag and is_flag_letter) and not _continues(before, sign):
            starts.append(at)
            half_a_flag = is_flag_letter
        elif is_flag_letter:
            half_a_flag = False
        before = sign
    return starts


def _continues(before: str, sign: str) -> bool:
    """Return whether `sign` belongs to the cluster that ends with `before`."""
    if sign < "\u0300":
        return sign == "\n" and before == "\r"
    if not before or before < " ":
        return False
    if sign in _JOINERS or "\U0001f3fb" <= sign <= "\U0001f3ff" or "\U000e0020" <= sign <= "\U000e007f":
        return True
    if "\u1160" <= sign <= "\u11ff" or "\ud7b0" <= sign <= "\ud7fb":  # vowels and final consonants
        return "\u1100" <= before <= "\u11ff" or "\ua960" <= before <= "\ua97c" or "\uac00" <= before <= "\ud7fb"
    category = unicodedata.category(sign)
    return category[0] == "M" or (before == "\u200d" and category == "So")

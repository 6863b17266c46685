"""Comparing words that are written differently, and finding where words end, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′´`", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    }
)
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"  # Thai, Lao, Myanmar, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u30ff\u31f0-\u31ff"  # Han, Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U000323af]"
)
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_WITH_CLITICS = re.compile(  # Hebrew, Arabic, Hangul
    "[\u0590-\u06ff\u0750-\u077f\u0870-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|" + _HANGUL.pattern
)
# Korean writes its particles as one with the noun: a word may end before them.
_PARTICLES = re.compile(
    "(?:은|는|이|가|을|를|의|에|에서|에게|에게서|한테|께|께서|으로|로|으로서|로서|으로써|로써|와|과|도|만|까지|부터|"
    r"보다|처럼|마다|조차|밖에|이나|나|이랑|랑|하고|이며|며|이고|이라고|라고|이라는|라는|이란|란|들|입니다|이다|였다|이었다){1,3}\b"
)
_UNDERSCORES = 3  # at most; more are not emphasis but a part of the word
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")  # ASCII with single spaces


class Folded(NamedTuple):
    """A text in the form that is compared; `starts` and `ends` are the original offsets of each of its characters."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def is_whole(self, start: int, end: int) -> bool:
        """Return whether neither `start` nor `end` splits the folded form of an original character."""
        starts = self.starts
        return (not start or starts[start] != starts[start - 1]) and (
            end == len(starts) or starts[end] != starts[end - 1]
        )


def unfolded(text: str) -> Folded:
    """Return the text unchanged, to be compared character by character."""
    return Folded(text, range(len(text)), range(1, len(text) + 1))


def fold(text: str) -> Folded:
    """Make case, composition of characters (NFC, NFD), white space, quotes and dashes equal, and keep the offsets.

    A run of white space becomes one space; a character without width (a soft hyphen) disappears. A match never begins
    or ends between a character and its combining marks, or inside a character that folds to several (`ß`, `İ`,
    ligatures).
    """
    if _PLAIN.fullmatch(text):
        return unfolded(text.lower().replace("`", "'"))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    known: dict[str, str] = {}
    for start, end in _clusters(text):
        cluster = text[start:end]
        piece = known.get(cluster)
        if piece is None:
            piece = known[cluster] = _fold_cluster(cluster)
        pieces.append(piece)
        if len(piece) == 1:
            starts.append(start)
            ends.append(end)
        else:
            starts += [start] * len(piece)
            ends += [end] * len(piece)
    return Folded("".join(pieces), starts, ends)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield each character with its marks, and each run of white space, as (start, end)."""
    kinds: dict[str, str] = {}
    start, before = 0, ""
    for index, character in enumerate(text):
        kind = kinds.get(character)
        if kind is None:
            category = unicodedata.category(character)
            kind = " " if character.isspace() else category if category == "Cf" else category[0]
            kinds[character] = kind
        if index and kind not in ("M", "Cf") and not kind == before == " ":
            yield start, index
            start = index
        before = before if kind == "Cf" else kind
    if text:
        yield start, len(text)


def _fold_cluster(cluster: str) -> str:
    if not cluster.isascii():
        cluster = "".join(character for character in cluster if unicodedata.category(character) != "Cf")
    if cluster.isspace():
        return " "
    caseless = unicodedata.normalize("NFD", cluster).casefold()
    return unicodedata.normalize("NFD", caseless).translate(_ALIKE)


def is_within_word(text: str, index: int) -> bool:
    """Return whether no word may begin or end at `index`: between two word characters of a script with spaces."""
    if not 0 < index < len(text):
        return False
    before, after = text[index - 1], text[index]
    if not (_is_word(before) and _is_word(after)):
        return False
    if "_" in (before, after) and _emphasises(text, index):
        return False
    if before < "\u0e00" and after < "\u0e00":
        return True
    if _WITHOUT_SPACES.match(before) or _WITHOUT_SPACES.match(after):
        return False
    return not _is_hangul_border(text, index)


def _is_hangul_border(text: str, index: int) -> bool:
    """Return whether Hangul meets another script at `index`, or a noun its particles."""
    hangul = [_HANGUL.match(each) is not None for each in text[index - 1 : index + 1]]
    if not any(hangul):
        return False
    return (not all(hangul) and not _is_mark(text[index])) or _PARTICLES.match(text, index) is not None


def _emphasises(text: str, index: int) -> bool:
    """Return whether the underscores at `index` surround words, as in Markdown, and are not inside a word."""
    before = text[max(0, index - _UNDERSCORES - 1) : index].rstrip("_")
    after = text[index : index + _UNDERSCORES + 1].lstrip("_")
    return not (before and _is_word(before[-1]) and after and _is_word(after[0]))


def is_hangul(letters: str) -> bool:
    """Return whether all of `letters` are Korean."""
    return all(map(_HANGUL.match, letters))


def attaches(letters: str) -> bool:
    """Return whether `letters` begins and ends in a script that joins clitics to the word, and is not a number."""
    edges = letters[:1] + letters[-1:]
    return all(map(_WITH_CLITICS.match, edges)) and not all(map(str.isdigit, edges))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_" or _is_mark(character)


def _is_mark(character: str) -> bool:
    return character > "\u02ff" and unicodedata.category(character)[0] == "M"

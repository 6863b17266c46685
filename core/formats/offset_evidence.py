"""Evidence in a record for the unit of its offsets: quoted texts, tokens, and the bounds of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tiebreak.core.formats.code_units import CodeUnits, has_pairs
from tiebreak.core.records import OffsetUnit, Token

MISQUOTED = "quoted texts that differ from the text at their offsets: the offsets count"
Bounds = tuple[int, int]
_JOINERS = frozenset("\u200c\u200d")
_SKIN = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # these colour the emoji before them
_SLACK = 64  # characters; a quote may lack this much of the text's white space


class DoubtfulBounds(NamedTuple):
    """A span or token on which the units differ: its bounds read as code points, and read as UTF-16 units.

    `units` is None if it is outside the text or within a character. `quote` is the text in the span itself, if any.
    """

    points: Bounds
    units: Bounds | None
    quote: str | None


def doubtful_bounds(given: object, units: CodeUnits) -> Iterator[DoubtfulBounds]:
    """Yield the places of a record's `spans` or `tokens` on which the units differ, the last one first."""
    for each in reversed(given) if isinstance(given, list) else ():
        if not isinstance(each, dict):
            continue
        start, end, quote = each.get("start"), each.get("end"), each.get("text")
        if type(start) is int and type(end) is int and (end > units.first or start > units.first):
            first, last = units.code_point(start), units.code_point(end)
            taken = None if first is None or last is None else (first, last)
            yield DoubtfulBounds((start, end), taken, quote if isinstance(quote, str) else None)


class UnitEvidence(NamedTuple):
    """The unit that a record shows; None if it could be either. `is_weak`: only the bounds of words show it."""

    unit: OffsetUnit | None
    is_weak: bool = False


def unit_of_spans(
    text: str, spans: Sequence[DoubtfulBounds], token_unit: OffsetUnit | None, tokens: Sequence[Token] | None
) -> UnitEvidence:
    """Return the unit that spans show.

    The evidence, strongest first: texts that they quote, the range of the text, the unit of the record's tokens, the
    bounds of `tokens` or words. If quoted texts fit either way, the bounds do not count: in a text that repeats itself
    they fit either way, too.
    """
    unit, quoted = _by_quotes(text, spans)
    unit = unit or _by_range(text, spans) or token_unit
    if unit is not None or quoted:
        return UnitEvidence(unit)
    return UnitEvidence(_by_bounds(text, spans, tokens), is_weak=tokens is None)


def unit_of_tokens(text: str, tokens: Iterator[DoubtfulBounds]) -> OffsetUnit | None:
    """Return the unit in which tokens match their quoted text, by the last token that matches in one unit alone."""
    for token in tokens:
        if token.quote is not None:
            fits = _quotes(text, token.points, token.quote), _quotes(text, token.units, token.quote)
            if fits[0] != fits[1]:
                return OffsetUnit.CODE_POINTS if fits[0] else OffsetUnit.UTF_16
    return None


class Quotable:
    """A text that results quote."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._units = CodeUnits(text) if has_pairs(text) else None
        self.units = self._units.units if self._units is not None else len(text)  # its length in UTF-16 units

    def has(self, start: object, end: object, quote: str) -> bool:
        """Return whether `quote` is there in either unit, apart from white space and line breaks as `\\n`."""
        if type(start) is not int or type(end) is not int:
            return False
        if _is_quoted(self.text, (start, end), quote):
            return True
        if self._units is None:
            return False
        place = next(doubtful_bounds([{"start": start, "end": end}], self._units), None)
        return place is not None and _is_quoted(self.text, place.units, quote)


def misquoting(fields: Mapping[str, Any]) -> int:
    """Count the spans of a record, with offsets in code points, whose quote differs from the text there."""
    text, spans = fields.get("text"), fields.get("spans")
    if not isinstance(text, str) or not isinstance(spans, list):
        return 0
    return sum(_misquotes(text, each) for each in spans)


def _misquotes(text: str, span: object) -> bool:
    quote = span.get("text") if isinstance(span, dict) else None
    if not isinstance(span, dict) or not isinstance(quote, str):
        return False
    start, end = span.get("start"), span.get("end")
    return type(start) is int and type(end) is int and not _is_quoted(text, (start, end), quote)


def _is_quoted(text: str, bounds: Bounds | None, quote: str) -> bool:
    return any(_quotes(text, bounds, quote, level) for level in range(_LEVELS))


def _by_quotes(text: str, spans: Sequence[DoubtfulBounds]) -> tuple[OffsetUnit | None, bool]:
    """Return the unit in which more quotes match the text; and whether some match in both."""
    quoting = [(span, span.quote) for span in spans if span.quote is not None]
    points = 0
    for level in range(_LEVELS if quoting else 0):
        points = sum(_quotes(text, span.points, quote, level) for span, quote in quoting)
        units = sum(_quotes(text, span.units, quote, level) for span, quote in quoting)
        if points != units:
            return _more(points, units), False
        if points == len(quoting):
            break
    return None, points > 0


_LEVELS = 3


def _quotes(text: str, bounds: Bounds | None, quote: str, level: int = 0) -> bool:
    """Return whether `quote` matches there: exactly (0), apart from escaped line breaks (1), or also from white space
    (2).
    """
    if bounds is None or not 0 <= bounds[0] < bounds[1] <= len(text):
        return False
    start, end = bounds
    if not level:
        return end - start == len(quote) and text.startswith(quote, start)
    return end - start <= 2 * len(quote) + _SLACK and _plain(text[start:end], level) == _plain(quote, level)


def _plain(text: str, level: int) -> str:
    """Return the text without differences that tools make in quotes.

    Label Studio writes each LF and CR in them as the two characters `\\n` (selection-tools.js), and browsers change
    white space.
    """
    text = text.replace("\\n", "\n").replace("\r", "\n")
    return text if level == 1 else "".join(text.split())


def _by_range(text: str, spans: Sequence[DoubtfulBounds]) -> OffsetUnit | None:
    length = len(text)
    points = units = 0
    for (start, end), in_units, _ in spans:
        points += 0 <= start < end <= length
        units += in_units is not None and in_units[0] < in_units[1]
    return _more(points, units)


def _by_bounds(text: str, spans: Sequence[DoubtfulBounds], tokens: Sequence[Token] | None) -> OffsetUnit | None:
    if tokens is not None:
        starts, ends = {start for start, _ in tokens}, {end for _, end in tokens}
        points = sum(span.points[0] in starts and span.points[1] in ends for span in spans)
        units = sum(span.units is not None and span.units[0] in starts and span.units[1] in ends for span in spans)
    else:
        points = sum(_is_of_words(text, span.points) for span in spans)
        units = sum(_is_of_words(text, span.units) for span in spans)
    return _more(points, units)


def _more(points: int, units: int) -> OffsetUnit | None:
    if points == units:
        return None
    return OffsetUnit.CODE_POINTS if points > units else OffsetUnit.UTF_16


def _is_of_words(text: str, bounds: Bounds | None) -> bool:
    """Return whether the bounds hold whole words, numbers, signs and emoji, without white space at the ends."""
    if bounds is None or not 0 <= bounds[0] < bounds[1] <= len(text):
        return False
    start, end = bounds
    if text[start].isspace() or text[end - 1].isspace():
        return False
    return not (_is_within(text, start) or _is_within(text, end))


def _is_within(text: str, place: int) -> bool:
    """Return whether the place is within a word or an emoji."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before == "_" or before.isalnum():
        return after == "_" or after.isalnum() or (not after.isascii() and _is_joined(before, after))
    return not (before.isascii() and after.isascii()) and _is_joined(before, after)


def _is_joined(before: str, after: str) -> bool:
    if after in _JOINERS or before in _JOINERS or after in _SKIN or unicodedata.category(after)[0] == "M":
        return True
    return unicodedata.category(before)[0] == "M" and after.isalnum()

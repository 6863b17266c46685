"""Texts cut into tokens that together are exactly the text, for formats that hold a text only as its tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from tiebreak.core.formats.write_options import ExportedRecord
from tiebreak.core.records import Span, Token
from tiebreak.core.text.tokens import tokenize

SPLIT = "spans off token bounds: tokens split there"  # a note of a report


class Pieces(NamedTuple):
    """Tokens in text order, and whether a space follows each that is not itself a token. Together they are the text.

    `off` counts the spans that did not fall on token bounds, so that tokens were split there.
    """

    tokens: tuple[Token, ...]
    spaces: tuple[bool, ...]
    off: int = 0

    def starts(self) -> dict[int, int]:
        """Return the number of the token that starts at each place of the text."""
        return {start: number for number, (start, _) in enumerate(self.tokens)}

    def ends(self) -> dict[int, int]:
        """Return the number of the token that ends at each place of the text."""
        return {end: number for number, (_, end) in enumerate(self.tokens)}


def cut(record: ExportedRecord, spans: Collection[Span] = ()) -> Pieces:
    """Cut the record's text into its own tokens, or into Tiebreak's if it has none, with `spans` on token bounds.

    As in spaCy, one space after a token belongs to it; all else between tokens becomes a token of its own.
    """
    text: str = record["text"]
    tokens = [(token["start"], token["end"]) for token in record.get("tokens") or ()] or tokenize(text)
    pieces = list(_without_gaps(text, tokens))
    starts = {start for start, _, is_token in pieces if is_token}
    ends = {end for _, end, is_token in pieces if is_token}
    off = [span for span in spans if span.start not in starts or span.end not in ends]
    return _join(pieces, {span.start for span in off}, {span.end for span in off}, len(off))


def _without_gaps(text: str, tokens: Iterable[Token]) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, whether it is a token) for the whole text; a piece that is not a token is one space."""
    before = 0
    for start, end in [*(token for token in tokens if token[0] < token[1]), (len(text), len(text))]:
        if 0 < before < start and text[before] == " ":
            yield before, before + 1, False
            before += 1
        if before < start:
            yield before, start, True
        if start < end:
            yield start, end, True
        before = end


def _join(pieces: Sequence[tuple[int, int, bool]], starts: set[int], ends: set[int], off: int) -> Pieces:
    """Split pieces at these starts and ends of spans.

    A space becomes part of the token before it, unless a span begins or ends with the space.
    """
    cuts = sorted(starts | ends)
    tokens: list[Token] = []
    spaces: list[bool] = []
    for start, end, is_token in pieces:
        if not is_token and start not in starts and end not in ends:
            spaces[-1] = True
            continue
        for place in cuts[bisect_right(cuts, start) :]:
            if place >= end:
                break
            tokens.append((start, place))
            spaces.append(False)
            start = place
        tokens.append((start, end))
        spaces.append(False)
    return Pieces(tuple(tokens), tuple(spaces), off)

"""Fast look-up of spans by place: a text may hold ten thousand spans, and as many differences."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from tiebreak.core.records import Span, Spans


class Spread:
    """Spans in text order. A look-up visits only the spans that begin at most the longest span's length before the
    place.
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans)
        self._starts = [span.start for span in self._spans]
        self._longest = max((span.end - span.start for span in self._spans), default=0)

    def touching(self, start: int, end: int) -> Spans:
        """Return the spans that overlap the stretch from `start` to `end`, in order."""
        first = bisect_left(self._starts, start - self._longest)
        last = bisect_left(self._starts, end)
        return tuple([span for span in self._spans[first:last] if span.end > start])

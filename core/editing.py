"""Editing the spans of one text by the keyboard: a cursor over tokens (or characters), a selection, and its spans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from tiebreak.core.records import Span, Spans, Task, Token


class SpanEditor:
    """The state of an edit. Positions are indices into `units`, the tokens or characters of the text.

    `cursor` is where one is, `anchor` where the selection began (equal without one).
    """

    def __init__(self, text: str, tokens: Sequence[Token], spans: Iterable[Span], task: Task, at: int = 0) -> None:
        self.text = text
        self.tokens = [token for token in tokens if text[slice(*token)].strip()] or [(0, len(text))]
        self.units: Sequence[Token] = self.tokens
        self.task = task
        self.spans: Spans = tuple(sorted(spans))
        self._stepped_to: Span | None = None
        self.cursor = self.anchor = self._unit_at(at)

    @property
    def selection(self) -> Token:
        """The selected stretch as (start, end) in code points; the unit under the cursor where nothing is selected."""
        first, last = sorted((self.cursor, self.anchor))
        return self.units[first][0], self.units[last][1]

    @property
    def by_characters(self) -> bool:
        return self.units is not self.tokens

    @property
    def current(self) -> Span | None:
        """The span under the cursor; where several are, the one that was stepped to, else the shortest."""
        start, end = self.units[self.cursor]
        under = [span for span in self.spans if span.start < end and start < span.end]
        if self._stepped_to in under:
            return self._stepped_to
        return min(under, key=lambda span: (span.end - span.start, span)) if under else None

    def move(self, step: int, *, extend: bool = False) -> None:
        """Move the cursor `step` units; with `extend` the selection grows or shrinks."""
        self.cursor = max(0, min(self.cursor + step, len(self.units) - 1))
        if not extend:
            self.anchor = self.cursor

    def move_to_span(self, step: int) -> None:
        """Move to the next (1) or previous (-1) span, round the ends."""
        if not self.spans:
            return
        current = self.current
        if current is not None:
            index = (self.spans.index(current) + step) % len(self.spans)
        else:
            here = bisect_left([span.start for span in self.spans], self.units[self.cursor][0])
            index = (here if step > 0 else here - 1) % len(self.spans)
        self._stepped_to = self.spans[index]
        self.cursor = self.anchor = self._unit_at(self._stepped_to.start)

    def toggle_characters(self) -> None:
        """Move by characters where tokens cannot express a span, and back."""
        at = self.units[self.cursor][0]
        self.units = self.tokens if self.by_characters else [(at, at + 1) for at in range(len(self.text))]
        self.cursor = self.anchor = self._unit_at(at)

    def label(self, label: str) -> None:
        """Give `label` to the span under the cursor; with a selection, or on no span, make a span there."""
        current = self.current
        if self.cursor == self.anchor and current is not None:
            self._put(current._replace(label=label), instead_of=current)
        else:
            self._put(Span(*self.selection, label), instead_of=None)
        self.anchor = self.cursor

    def delete(self) -> None:
        """Delete the span under the cursor."""
        current = self.current
        if current is not None:
            self.spans = tuple(span for span in self.spans if span != current)

    def move_end(self, step: int) -> None:
        """Move the end of the span under the cursor by one unit, never past its start."""
        if (span := self.current) is None:
            return
        ends = [end for _, end in self.units]
        index = bisect_right(ends, span.end) if step > 0 else bisect_left(ends, span.end) - 1
        if 0 <= index < len(ends) and ends[index] > span.start:
            self._resize(span, span._replace(end=ends[index]))

    def move_start(self, step: int) -> None:
        """Move the start of the span under the cursor by one unit, never past its end."""
        if (span := self.current) is None:
            return
        starts = [start for start, _ in self.units]
        index = bisect_right(starts, span.start) if step > 0 else bisect_left(starts, span.start) - 1
        if 0 <= index < len(starts) and starts[index] < span.end:
            self._resize(span, span._replace(start=starts[index]))

    def _resize(self, span: Span, resized: Span) -> None:
        self._put(resized, instead_of=span)
        start, end = self.units[self.cursor]
        if end <= resized.start or resized.end <= start:
            self.cursor = self._unit_at(resized.start if end <= resized.start else resized.end - 1)
        self.anchor = self.cursor

    def _put(self, span: Span, *, instead_of: Span | None) -> None:
        """Add `span`; where the task forbids overlap, the spans under it give way."""
        kept = {other for other in self.spans if other != instead_of}
        if not self.task.allows_overlap:
            kept = {other for other in kept if not other.overlaps(span)}
        self.spans = tuple(sorted({*kept, span}))
        self._stepped_to = span

    def _unit_at(self, position: int) -> int:
        """The unit that holds `position`, or the next one after it."""
        ends = [end for _, end in self.units]
        return min(bisect_right(ends, position), len(self.units) - 1)

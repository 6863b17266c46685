"""Editing the spans of one text: a cursor over tokens (or characters), a selection, the spans, undo and redo."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from tiebreak.core.records import Span, Spans, Task, Token
from tiebreak.core.text.initials import nearest_end, nearest_start
from tiebreak.core.text.occurrences import same_surface
from tiebreak.core.text.units import Units, character_units, token_units, trimmed, word_ends, word_starts

MERGE_REACH = 3  # tokens between two spans; if more lie there, merging the two takes a selection


class _State(NamedTuple):
    """The state that undo brings back. The cursor and the anchor are in code points."""

    spans: Spans
    stepped_to: Span | None
    displaced: Spans
    displaced_by: Span | None
    cursor: int
    anchor: int
    has_selection: bool


class SpanEditor:
    """The state of an edit. Positions are indices into `units`, the tokens or characters of the text.

    `anchor` is where the selection began; without `has_selection` it equals `cursor`. If the task forbids overlap, a
    span that is made or grows takes the place of the spans under it. These are `displaced`, and come back when it
    shrinks. A method that changes spans can be undone, and returns whether it changed any, or how many.
    """

    def __init__(self, text: str, tokens: Sequence[Token], spans: Iterable[Span], task: Task, at: int = 0) -> None:
        self.text = text
        self.tokens = token_units(text, tokens)
        self.units = self.tokens
        self.task = task
        self.spans: Spans = tuple(sorted(spans))
        self.displaced: Spans = ()
        self._displaced_by: Span | None = None
        self._stepped_to: Span | None = None
        self._words = word_starts(text)
        self._done: list[_State] = []
        self._undone: list[_State] = []
        self.cursor = self.anchor = self.units.holding(at)
        self.has_selection = False  # the bounds cannot show it: a selection may be of one unit

    @property
    def selection(self) -> Token:
        """The selected stretch as (start, end) in code points; without a selection, the unit under the cursor."""
        first, last = sorted((self.cursor, self.anchor))
        return self.units.starts[first], self.units.ends[last]

    @property
    def by_characters(self) -> bool:
        return self.units is not self.tokens

    @property
    def current(self) -> Span | None:
        """The span under the cursor; of several, the span that was stepped to, else the shortest."""
        under = self._touching(self.units[self.cursor])
        if self._stepped_to in under:
            return self._stepped_to
        return min(under, key=lambda span: (span.end - span.start, span)) if under else None

    def move(self, step: int, *, extend: bool = False) -> None:
        """Move the cursor `step` units; with `extend` the selection grows or shrinks."""
        self._go(self.cursor + step, extend)

    def move_to(self, position: int, *, extend: bool = False) -> None:
        """Move the cursor to the unit that holds the code point `position`, or to the next unit."""
        self._go(self.units.holding(position), extend)

    def move_by_word(self, step: int, *, extend: bool = False) -> None:
        """Move to the start of the next word (1), or of this or the previous word (-1), past punctuation tokens.

        With `extend` and to the right (1), the selection grows to the end of this or the next word.
        """
        if extend and step > 0:
            self._go(next((last for last in self._last_units if last > self.cursor), len(self.units)), extend)
            return
        start, end = self.units[self.cursor]
        index = bisect_left(self._words, end) if step > 0 else bisect_left(self._words, start) - 1
        if 0 <= index < len(self._words):
            self._go(self.units.holding(self._words[index]), extend)
        else:
            self._go(len(self.units) if step > 0 else 0, extend)

    def move_to_span(self, step: int) -> bool:
        """Move to the next (1) or previous (-1) span, round the ends."""
        if not self.spans:
            return False
        current = self.current
        if current is not None:
            index = (self.spans.index(current) + step) % len(self.spans)
        else:
            here = bisect_left(self.spans, (self.units.starts[self.cursor],))
            index = (here if step > 0 else here - 1) % len(self.spans)
        self.stand_on(self.spans[index])
        return True

    def stand_on(self, span: Span) -> None:
        """Move to the start of `span`; it is the current span then, even if others lie there."""
        self._stepped_to = span
        self._go(self.units.holding(span.start))

    def next_place(self, places: Sequence[Token], step: int) -> int | None:
        """Return the index of the next (1) or previous (-1) of `places` from the selection, round the ends.

        `places` are in text order; the result is None if there are no places.
        """
        if not places:
            return None
        first, last = sorted((self.cursor, self.anchor))
        at = [self.units.holding(start) for start, _ in places]
        return (bisect_right(at, last) if step > 0 else bisect_left(at, first) - 1) % len(places)

    def select(self, anchor: int, position: int) -> None:
        """Select the units of the code points from `anchor` to `position`, and put the cursor at `position`."""
        first, last = sorted((anchor, position))
        start = self.units.holding(first)
        end = max(self.units.up_to(last), start)
        self.anchor, self.cursor = (start, end) if anchor <= position else (end, start)
        self.has_selection = True

    def toggle_characters(self) -> None:
        """Switch between moving by tokens and, for spans that need it, by characters; keep the selection."""
        start, end = self.selection
        backwards = self.cursor < self.anchor
        self.units = self.tokens if self.by_characters else character_units(self.text)
        if self.has_selection:
            self.select(*((end - 1, start) if backwards else (start, end - 1)))
        else:
            self._go(self.units.holding(start))

    def label(self, label: str) -> bool:
        """Give `label` to the span under the cursor; with a selection, or without a span, make a span there."""
        current = self.current
        if current is not None and not self.has_selection:
            self._put(current._replace(label=label), instead_of=current)
            return True
        stretch = self.selection if self.by_characters else trimmed(self.text, *self.selection)
        if stretch is None or stretch[0] == stretch[1]:
            return False
        same = current if current is not None and current[:2] == stretch and not self.task.allows_overlap else None
        self._put(Span(*stretch, label), instead_of=same)
        return True

    @property
    def _last_units(self) -> Iterator[int]:
        """The last unit of each word that ends at the cursor or after it."""
        for end in self._word_ends[bisect_left(self._word_ends, self.units.ends[self.cursor]) :]:
            yield self.units.holding(end - 1)

    @cached_property
    def _word_ends(self) -> list[int]:
        return word_ends(self.text)

    @property
    def changes(self) -> int:
        """The number of changes that can be undone."""
        return len(self._done)

    def add(self, spans: Iterable[Span]) -> int:
        """Add the spans that overlap no other, as one step. Returns how many."""
        added = set[Span]()
        for span in spans:
            if not any(self._gives_way(other, span) for other in (*self.spans, *added)):
                added.add(span)
        self._change({*self.spans, *added}, stepped_to=max(added, default=None))
        return len(added)

    def take_reading(self, reading: Spans, place: Token, *, instead_of: Iterable[Span]) -> bool:
        """Put the spans of `reading` in place of `instead_of`, and move to the first of them, else to `place`."""
        others = set(self.spans).difference(instead_of)
        kept = {other for other in others if not any(self._gives_way(other, span) for span in reading)}
        changed = self._change({*kept, *reading}, stepped_to=None)
        if reading:
            self.stand_on(reading[0])
        else:
            self.move_to(place[0])
        return changed

    def delete(self) -> int:
        """Delete the span under the cursor, or all spans that the selection touches. Returns how many."""
        current = self.current
        doomed = self._touching(self.selection) if self.has_selection else [current] if current else []
        if doomed:
            self._change(set(self.spans).difference(doomed), stepped_to=None)
        return len(doomed)

    def move_end(self, step: int) -> bool:
        """Move the end of the span under the cursor, else of the selection, by one unit, never past its start."""
        if (span := self.current) is None:
            return self._resize_selection(0, step)
        ends = self.units.ends
        index = bisect_right(ends, span.end) if step > 0 else bisect_left(ends, span.end) - 1
        if not 0 <= index < len(ends) or ends[index] <= span.start:
            return False
        return self._resize(span, span._replace(end=ends[index]))

    def move_start(self, step: int) -> bool:
        """Move the start of the span under the cursor, else of the selection, by one unit, never past its end."""
        if (span := self.current) is None:
            return self._resize_selection(step, 0)
        starts = self.units.starts
        index = bisect_right(starts, span.start) if step > 0 else bisect_left(starts, span.start) - 1
        if not 0 <= index < len(starts) or starts[index] >= span.end:
            return False
        return self._resize(span, span._replace(start=starts[index]))

    def move_start_to(self, letter: str) -> bool:
        """Put the start of the span under the cursor at the nearest unit that begins with `letter`; see `initials`.

        Without a span, move the start of the selection, or of the unit under the cursor.
        """
        start, end = self._bounds
        found = nearest_start(self.text, self.units, start, end, letter)
        return found is not None and self._set_bounds(found, end)

    def move_end_to(self, letter: str) -> bool:
        """Put the end of the span under the cursor at the nearest unit with `letter`; see `move_start_to`."""
        start, end = self._bounds
        found = nearest_end(self.text, self.units, start, end, letter)
        return found is not None and self._set_bounds(start, found)

    @property
    def _bounds(self) -> Token:
        return self.selection if self.current is None else self.current[:2]

    def _set_bounds(self, start: int, end: int) -> bool:
        if (span := self.current) is not None:
            return self._resize(span, Span(start, end, span.label))
        self.select(start, end - 1)
        return True

    def split(self) -> bool:
        """Split the span under the cursor in two at the cursor."""
        if (span := self.current) is None:
            return False
        at = self.units.starts[self.cursor]
        before, after = trimmed(self.text, span.start, at), trimmed(self.text, at, span.end)
        if at <= span.start or before is None or after is None:
            return False
        second = Span(*after, span.label)
        return self._change({*self.spans, Span(*before, span.label), second} - {span}, stepped_to=second)

    def merge(self) -> bool:
        """Merge the spans that the selection touches; without a selection, the current span and the next.

        The merged span has the label of the first. The next span is too distant if more than MERGE_REACH tokens lie
        between.
        """
        parts = self._touching(self.selection) if self.has_selection else self._neighbours()
        if len(parts) < 2:
            return False
        merged = Span(parts[0].start, max(span.end for span in parts), parts[0].label)
        others = set(self.spans).difference(parts)
        return self._change(
            {merged, *(other for other in others if not self._gives_way(other, merged))}, stepped_to=merged
        )

    def label_same(self) -> tuple[int, int]:
        """Put the label of the span under the cursor on the same text elsewhere, as one step.

        Returns how many spans are new, and how many places are left alone since a span with other bounds overlaps.
        """
        if (current := self.current) is None:
            return 0, 0
        spans = set(self.spans)
        in_the_way = 0
        taken = Units([span.start for span in self.spans], [span.end for span in self.spans])
        for start, end in same_surface(self.text, current, self.tokens):
            there = () if self.task.allows_overlap else self.spans[slice(*taken.within(start, end))]
            if all(other[:2] == (start, end) for other in there):
                spans.difference_update(there)
                spans.add(Span(start, end, current.label))
            else:
                in_the_way += 1
        labelled = len(spans.difference(self.spans))
        self._change(spans, stepped_to=current)
        return labelled, in_the_way

    def delete_same(self) -> int:
        """Delete the span under the cursor, and all spans with its label and text. Returns how many."""
        if (current := self.current) is None:
            return 0
        places = {current[:2], *same_surface(self.text, current, self.tokens)}
        kept = {span for span in self.spans if span.label != current.label or span[:2] not in places}
        deleted = len(self.spans) - len(kept)
        self._change(kept, stepped_to=None)
        return deleted

    def undo(self) -> bool:
        """Undo the last change of spans."""
        return self._swap(self._done, self._undone)

    def redo(self) -> bool:
        """Redo the change that was undone last."""
        return self._swap(self._undone, self._done)

    def _go(self, index: int, extend: bool = False) -> None:
        self.cursor = max(0, min(index, len(self.units) - 1))
        self.has_selection = extend
        if not extend:
            self.anchor = self.cursor

    def _touching(self, stretch: Token) -> list[Span]:
        return [span for span in self.spans if span.start < stretch[1] and stretch[0] < span.end]

    def _neighbours(self) -> list[Span]:
        current = self.current
        following = next((span for span in self.spans if current and span.start >= current.end), None)
        if current is None or following is None:
            return []
        between = self.tokens.holding(following.start) - self.tokens.up_to(current.end - 1) - 1
        return [current, following] if between <= MERGE_REACH else []

    def _resize(self, span: Span, resized: Span) -> bool:
        self._put(resized, instead_of=span)
        start, end = self.units[self.cursor]
        if end <= resized.start or resized.end <= start:
            self._go(self.units.holding(resized.start if end <= resized.start else resized.end - 1))
        return True

    def _resize_selection(self, start: int, end: int) -> bool:
        """Move the bounds of the selection by so many units; False without a selection, or past the other bound."""
        first, last = sorted((self.anchor, self.cursor))
        first, last = first + start, last + end
        if not self.has_selection or not 0 <= first <= last < len(self.units):
            return False
        self.anchor, self.cursor = (first, last) if self.anchor <= self.cursor else (last, first)
        return True

    def _gives_way(self, other: Span, span: Span) -> bool:
        return other == span or (not self.task.allows_overlap and other.overlaps(span))

    def _put(self, span: Span, *, instead_of: Span | None) -> None:
        """Add `span` for `instead_of`. Spans that it overlaps give way; spans that gave way to `instead_of` return."""
        pool = {*self.spans, *(self.displaced if instead_of == self._displaced_by else ())} - {instead_of}
        displaced = {other for other in pool if self._gives_way(other, span)}
        self._change({*(pool - displaced), span}, stepped_to=span, displaced=displaced)

    def _change(
        self, spans: Collection[Span | None], *, stepped_to: Span | None, displaced: Iterable[Span] = ()
    ) -> bool:
        """Take `spans` from now on, and end the selection. Returns whether the spans changed."""
        ordered = tuple(sorted(span for span in spans if span is not None))
        if changed := ordered != self.spans:
            self._done.append(self._state())
            self._undone.clear()
            self.spans = ordered
            self.displaced = tuple(sorted(displaced))
            self._displaced_by = stepped_to
        self._stepped_to = stepped_to
        self._go(self.cursor)
        return changed

    def _state(self) -> _State:
        starts = self.units.starts
        return _State(
            self.spans,
            self._stepped_to,
            self.displaced,
            self._displaced_by,
            starts[self.cursor],
            starts[self.anchor],
            self.has_selection,
        )

    def _swap(self, taken: list[_State], given: list[_State]) -> bool:
        if not taken:
            return False
        given.append(self._state())
        state = taken.pop()
        self.spans, self._stepped_to, self.displaced, self._displaced_by, *_ = state
        self.cursor, self.anchor = self.units.holding(state.cursor), self.units.holding(state.anchor)
        self.has_selection = state.has_selection
        return True

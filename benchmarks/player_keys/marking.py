"""The fewest keys found that leave exactly the gold spans, marked with a cursor."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import count

from benchmarks.player_keys.standing import TO_LETTER, Standing, commands_of
from benchmarks.player_keys.text_moves import Keys, TextMoves
from tiebreak.core.records import Span
from tiebreak.core.text.occurrences import find
from tiebreak.core.text.units import Units
from tiebreak.tui.screens.choose_label import matching_labels

_MOST_STATES = 3_000  # states, each with all next spans tried; then the search gives up
_MOST_TABS = 8  # keys in a row
_MOST_BOUNDS = 8  # keys on one bound of a span; then that way is dropped
_MOST_TYPED = 4  # characters typed to find a word
_FAR = 4  # keys; words at least this far away are searched for too


def label_keys(labels: Sequence[str], label: str) -> Keys:
    """Return the digit of a label, or the typed start of its name if it has no digit."""
    number = labels.index(label) + 1
    if number < 10:
        return (str(number),)
    starts = (label[:length] for length in range(1, len(label)))
    start = next((each for each in starts if matching_labels(labels, each)[0] == label), label)
    return ("t", *start, "enter")


class Marking:
    """Plans the keys of one text by a best-first search: one span at a time, always the next on either side.

    `takes_all`: the likely proposals that are left at the end are taken with the answer.
    """

    def __init__(self, moves: TextMoves, gold: Collection[Span], *, takes_all: bool) -> None:
        self.moves = moves
        self.gold = frozenset(gold)
        self.takes_all = takes_all

    def keys(self, standing: Standing) -> Keys | None:
        """Return the keys after which the gold stands, without an answering key; None if no way was found."""
        order = count()
        waiting: list[tuple[int, int, int, Keys, Standing]] = [(0, 0, next(order), (), standing)]
        seen: set[tuple[object, ...]] = set()
        while waiting and len(seen) < _MOST_STATES:
            *_, keys, here = heapq.heappop(waiting)
            if not self._wrong(here):
                return keys
            if here.state in seen:
                continue
            seen.add(here.state)
            for pressed, after in self._steps(here):
                if after.state not in seen:
                    cost = len(keys) + len(pressed)
                    estimate = cost + self._least(after)
                    heapq.heappush(waiting, (estimate, -cost, next(order), (*keys, *pressed), after))
        return None

    def step_by_step(self, standing: Standing) -> Keys | None:
        """Return the keys of a person who looks no step ahead and always takes the step that mends most spans a key.

        None if no step helps.
        """
        keys: Keys = ()
        while wrong := len(self._wrong(standing)):
            steps = [(wrong - len(self._wrong(after)), pressed, after) for pressed, after in self._steps(standing)]
            helping = [each for each in steps if each[0] > 0]
            if not helping:
                return None
            _, pressed, standing = min(helping, key=lambda step: len(step[1]) / step[0])
            keys += pressed
        return keys

    def _result(self, standing: Standing) -> frozenset[Span]:
        """Return the spans that the answer would have."""
        return frozenset((*standing.editor.spans, *(standing.likely if self.takes_all else ())))

    def _wrong(self, standing: Standing) -> frozenset[Span]:
        return self._result(standing) ^ self.gold

    def _least(self, standing: Standing) -> int:
        """Return the least number of keys that it takes: one for each wanted text and label that is not proposed."""
        missing = self.gold.difference(standing.editor.spans, standing.waiting)
        text = standing.editor.text
        return len({(text[span.start : span.end].lower(), span.label) for span in missing})

    def _steps(self, here: Standing) -> Iterator[tuple[Keys, Standing]]:
        """Yield ways to mend one more span."""
        ways = self._ways_from(here)
        wrong = self._wrong(here)
        for span in self._next(here, wrong):
            found = self._adding(here, ways, span) if span in self.gold else self._deleting(here, ways, span)
            for keys, after in found:
                yield keys, after
                for more in ("asterisk",) if span in self.gold else ():
                    further = after.pressed((more,))
                    if len(self._wrong(further)) < len(self._wrong(after)):
                        yield (*keys, more), further
        if here.likely and not self.takes_all:
            yield ("right_square_bracket",), here.pressed(("right_square_bracket",))

    def _next(self, here: Standing, wrong: frozenset[Span]) -> list[Span]:
        """Return the wrong spans next to the cursor on both sides, and the first and last in the text."""
        missing = wrong & self.gold
        overlaps = here.editor.task.allows_overlap
        ordered = sorted(
            span for span in wrong if span in missing or overlaps or not any(span.overlaps(each) for each in missing)
        )
        at = here.editor.units.starts[here.editor.cursor]
        after = [span for span in ordered if span.end > at][:1]
        before = [span for span in ordered if span.end <= at][-1:]
        return list(dict.fromkeys((*after, *before, ordered[0], ordered[-1])))

    def _ways_from(self, here: Standing) -> list[tuple[Keys, int]]:
        """Return the places that need no move by token, with their keys: the cursor's, and spans reached by tab."""
        at = here.editor.cursor
        ways: list[tuple[Keys, int]] = self.moves.steps_from(at) if here.editor.has_selection else [((), at)]
        for key in ("tab", "shift+tab"):
            moved = here
            for times in range(1, _MOST_TABS + 1):
                moved = moved.pressed((key,))
                ways.append(((key,) * times, moved.editor.cursor))
        if here.marks and here.waiting and here.here is None:
            ways.append((("enter",), here.pressed(("enter",)).editor.cursor))
        return ways

    def _way(self, ways: Sequence[tuple[Keys, int]], to: int) -> Keys:
        return min(((*keys, *self.moves.moves_from(at)[to]) for keys, at in ways), key=len)

    def _adding(self, here: Standing, ways: Sequence[tuple[Keys, int]], span: Span) -> Iterator[tuple[Keys, Standing]]:
        label = label_keys(here.labels, span.label)
        if here.editor.has_selection and here.editor.selection == span[:2]:
            yield label, self._after(here, label, span)
        for start, keys in (*self._selections(here, span, label), *self._changes(here, span, label)):
            after = self._after(here.at(start), keys, span)
            if span in after.editor.spans:
                yield (*self._way(ways, start), *keys), after
        first = here.editor.units.holding(span.start)
        if len(self._way(ways, first)) >= _FAR:
            yield from self._finding(here, span, label)

    def _after(self, standing: Standing, keys: Keys, span: Span) -> Standing:
        """Return the standing after these keys; they may type a label."""
        if "t" not in commands_of(keys):
            return standing.pressed(keys)
        typed = next(at for at, key in enumerate(keys) if key == "t" and (not at or keys[at - 1] not in TO_LETTER))
        return standing.pressed(keys[:typed]).labelled(span.label).pressed(keys[keys.index("enter") + 1 :])

    def _selections(self, here: Standing, span: Span, label: Keys) -> Iterator[tuple[int, Keys]]:
        """Yield ways to mark the span, each with the token that the cursor starts at.

        They select it from its first or last token, label one of its tokens and grow it, or select by characters.
        """
        units = here.editor.units
        first, end = units.within(span.start, span.end)
        last = end - 1
        if units.starts[first] != span.start or units.ends[last] != span.end:
            right = ("right",) * (span.start - units.starts[first])
            yield first, ("c", *right, *("L",) * (span.end - span.start - 1), *label, "c")
            return
        yield first, (*self.moves.extends_from(first)[last], *label)
        start, end_there = to_letters(here.editor.text, units, span)
        yield first, (*end_there, *label)
        yield last, (*start, *label)
        yield last, (*self.moves.extends_from(last)[first], *label)
        for at in range(first, last + 1) if last > first else ():
            yield at, (*label, *("full_stop",) * (last - at), *("less_than_sign",) * (at - first))

    def _changes(self, here: Standing, span: Span, label: Keys) -> Iterator[tuple[int, Keys]]:
        """Yield ways to take the proposal, or to change the bounds or the label of a span or proposal that overlaps."""
        units = here.editor.units
        for other in (*here.editor.spans, *here.waiting):
            if not other.overlaps(span):
                continue
            for at in range(*units.within(other.start, other.end)):
                on = here.at(at)
                if other not in (on.editor.current, on.here):
                    continue
                if other == span:
                    yield at, ("enter",)
                    continue
                bounds = self._bounds(on, span)
                if bounds is not None:
                    yield at, (*bounds, *(label if other.label != span.label else ()))
                if on.editor.task.allows_overlap is False and other.end < span.end:
                    yield at, ("m",)

    def _bounds(self, on: Standing, span: Span) -> Keys | None:
        """Return the keys that give the span or proposal here the bounds of `span`; None if no keys do."""
        keys: Keys = ()
        start, end = (on.here or on.editor.current or span)[:2]
        for side, (grow, shrink), now, wanted in (
            (1, ("full_stop", "comma"), end, span.end),
            (0, ("less_than_sign", "greater_than_sign"), start, span.start),
        ):
            key = grow if (now < wanted) == (side == 1) else shrink
            if now != wanted:
                letter = to_letters(on.editor.text, on.editor.units, span)[side]
                there = on.pressed(letter)
                if self._far(on, side, wanted) > len(letter) and self._side(there, side) == wanted:
                    on, keys = there, (*keys, *letter)
            for _ in range(_MOST_BOUNDS):
                current = on.editor.current or on.here
                if current is None or current[side] == wanted:
                    break
                on, keys = on.pressed((key,)), (*keys, key)
            if (current := on.editor.current or on.here) is None or current[side] != wanted:
                return None
        return keys

    @staticmethod
    def _side(on: Standing, side: int) -> int | None:
        current = on.editor.current or on.here
        return None if current is None else (current.start, current.end)[side]

    def _far(self, on: Standing, side: int, wanted: int) -> int:
        """Return how many tokens a bound of the span or proposal here is from its wanted place."""
        now = self._side(on, side)
        if now is None:
            return 0
        units = on.editor.units
        places = units.ends if side else units.starts
        return abs(bisect_left(places, now) - bisect_left(places, wanted))

    def _finding(self, here: Standing, span: Span, label: Keys) -> Iterator[tuple[Keys, Standing]]:
        """Yield a way that searches for the beginning of the span's first word."""
        editor, text = here.editor, here.editor.text
        _, end = editor.units.within(span.start, span.end)
        for length in range(1, _MOST_TYPED + 1):
            typed = text[span.start : span.start + length]
            if not (typed.isascii() and typed.isalnum()) or len(typed) < length:
                return
            matches = find(text, typed)
            index = editor.next_place(matches, 1)
            if index is None or matches[index][0] != span.start:
                continue
            found = here.at(editor.units.holding(span.start))
            found.editor.select(matches[index][0], matches[index][1] - 1)
            keys = (*self.moves.extends_from(found.editor.cursor)[end - 1], *label)
            after = self._after(found, keys, span)
            if span in after.editor.spans:
                yield ("slash", *typed, "enter", *keys), after
            return

    def _deleting(
        self, here: Standing, ways: Sequence[tuple[Keys, int]], span: Span
    ) -> Iterator[tuple[Keys, Standing]]:
        for at in range(*here.editor.units.within(span.start, span.end)):
            on = here.at(at)
            if span not in (on.editor.current, on.here):
                continue
            for key in ("d", "D"):
                after = on.pressed((key,))
                if len(self._wrong(after)) < len(self._wrong(here)):
                    yield (*self._way(ways, at), key), after


def to_letters(text: str, units: Units, span: Span) -> tuple[Keys, Keys]:
    """Return the keys that put a start at the span's first word, and those that put an end at its last, by letter."""
    first, end = units.within(span.start, span.end)
    return ("left_parenthesis", text[units.starts[first]]), ("right_parenthesis", text[units.starts[end - 1]])


def plan(standing: Standing, moves: TextMoves, gold: Collection[Span]) -> Keys | None:
    """Return the keys that answer a text with the gold, the accepting key last; None if no way was found."""
    ways = []
    for takes_all, accept in ((False, "a"), (True, "A")):
        if takes_all and not standing.likely:
            continue
        keys = Marking(moves, gold, takes_all=takes_all).keys(standing)
        if keys is not None:
            ways.append((*keys, accept))
    return min(ways, key=len, default=None)

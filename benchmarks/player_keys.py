"""The fewest keys found that settle an example, for a player who knows the gold labels, by the review's own rules."""

from __future__ import annotations

import copy
import heapq
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from tiebreak.core.records import QueueItem, Span, Spans, Task
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview

Keys = tuple[str, ...]
_DECIDE: Mapping[str, Callable[[SpanReview], object]] = {
    "left": lambda review: review.step(-1),
    "right": lambda review: review.step(1),
    "0": SpanReview.choose_neither,
    "b": SpanReview.choose_both,
    "m": SpanReview.mix,
    "full_stop": lambda review: review.move_end(1),
    "comma": lambda review: review.move_end(-1),
    "greater_than_sign": lambda review: review.move_start(1),
    "less_than_sign": lambda review: review.move_start(-1),
}
_EDIT: Mapping[str, Callable[[SpanEditor], object]] = {
    "left": lambda editor: editor.move(-1),
    "right": lambda editor: editor.move(1),
    "shift+left": lambda editor: editor.move(-1, extend=True),
    "shift+right": lambda editor: editor.move(1, extend=True),
    "d": SpanEditor.delete,
    "full_stop": lambda editor: editor.move_end(1),
    "comma": lambda editor: editor.move_end(-1),
    "greater_than_sign": lambda editor: editor.move_start(1),
    "less_than_sign": lambda editor: editor.move_start(-1),
}
_MOST = 6  # keys on a difference without edit mode
_MOST_STATES = 60_000  # of an edit
_WEIGHT = 4  # keys that a wrong span is taken to cost, when the search for an edit chooses where to look


@dataclass(frozen=True)
class Player:
    """Knows the digits of the labels and what the gold spans of a text are."""

    task: Task
    labels: Sequence[str]

    def play(self, item: QueueItem, gold: Collection[Span]) -> Keys:
        """All keys on one example, the accepting one last. What is left unconfirmed `A` confirms."""
        wanted = self.wanted(item, gold)
        from_left = _tour([self._keys(item, *each) for each in enumerate(wanted)], all_confirmed=False)
        all_right = _tour([self._keys(item, *each, ("right",)) for each in enumerate(wanted)], all_confirmed=True)
        return (*min(from_left, ("right_square_bracket", *all_right), key=len), "A")

    def wanted(self, item: QueueItem, gold: Collection[Span]) -> list[Spans]:
        """The gold spans of each difference; one that lies in several counts where that costs the fewest keys."""
        review = SpanReview(item, self.task)
        wanted: list[list[Span]] = [[] for _ in item.differences]
        for span in sorted(set(gold).difference(review.agreed)):
            places = [
                at for at, place in enumerate(item.differences) if span.start < place.end and place.start < span.end
            ]
            if places:
                best = min(places, key=lambda at: self._cost_of(item, wanted, places, span, at))
                wanted[best].append(span)
        return [tuple(sorted(spans)) for spans in wanted]

    def _cost_of(self, item: QueueItem, wanted: list[list[Span]], places: list[int], span: Span, at: int) -> int:
        if len(places) == 1:
            return 0
        return sum(len(self._keys(item, each, (*wanted[each], *([span] * (each == at))))) for each in places)

    def _keys(self, item: QueueItem, at: int, spans: Spans, start: Keys = ()) -> Keys:
        """The keys that leave `spans` at the difference `at`, once it is in focus; `start` was pressed before."""
        alone = replace(item, differences=item.differences[at : at + 1])
        wanted = tuple(sorted(spans))
        digits = [
            str(digit) for digit, label in enumerate(self.labels, 1) if any(span.label == label for span in wanted)
        ]
        review = SpanReview(alone, self.task)
        for key in start:
            _DECIDE[key](review)
        tried: dict[Spans, Keys] = {review.choices[0].marks: ()}
        for stands, keys in _grown(tried):  # the shortest first
            if stands == wanted:
                return keys
            for key in (*_DECIDE, *digits) if len(keys) < _MOST else ():
                review.replace_spans((*review.agreed, *stands))
                self._press(review, key)
                tried.setdefault(review.choices[0].marks, (*keys, key))
        edits = [
            (*first, *edit)
            for first in ((), ("right",), ("0",))
            if (edit := self._edit(alone, (*start, *first), wanted)) is not None
        ]
        return min(edits, key=len)

    def _press(self, review: SpanReview, key: str) -> None:
        if key in _DECIDE:
            _DECIDE[key](review)
        else:
            review.relabel(self.labels[int(key) - 1])

    def _edit(self, alone: QueueItem, start: Keys, wanted: Spans) -> Keys | None:
        """The keys of edit mode that do the same after the keys `start`; a good way, not always the shortest.

        None where the search gives up.
        """
        review = SpanReview(alone, self.task)
        for key in start:
            _DECIDE[key](review)
        goal = {*review.base, *wanted}
        if not self.task.allows_overlap:
            goal = {span for span in goal if span in wanted or not any(span.overlaps(other) for other in wanted)}
        digits = {str(self.labels.index(label) + 1): label for label in {span.label for span in wanted}}
        first = SpanEditor(alone.example.text, review.tokens, review.marks, self.task, alone.differences[0].start)
        order = count()
        waiting: list[tuple[int, int, Keys, SpanEditor]] = [(0, next(order), (), first)]
        seen: set[tuple[object, ...]] = set()
        while waiting and len(seen) < _MOST_STATES:
            _, _, keys, editor = heapq.heappop(waiting)
            if set(editor.spans) == goal:
                return ("e", *keys, "enter")
            for key, following in _edits(editor, digits):
                state = following.spans, following.cursor, following.anchor, following.current
                if state not in seen:
                    seen.add(state)
                    wrong = goal.symmetric_difference(following.spans)
                    at = following.units[following.cursor][0]
                    away = min(
                        [
                            abs(bisect_left(following.tokens, (span.start,)) - bisect_left(following.tokens, (at,)))
                            for span in wrong
                        ],
                        default=0,
                    )
                    cost = len(keys) + 1 + _WEIGHT * len(wrong) + away
                    heapq.heappush(waiting, (cost, next(order), (*keys, key), following))
        return None


def _tour(needed: Sequence[Keys], *, all_confirmed: bool) -> Keys:
    """The keys of all differences, with those that go from one to the next, in the best of some orders."""
    places = [at for at, keys in enumerate(needed) if keys]
    first, rest = places[: places[:1] == [0]], [at for at in places if at]
    orders = [[*first, *rest[:split], *reversed(rest[split:])] for split in range(len(rest) + 1)]
    orders += [[*first, *reversed(rest[split:]), *rest[:split]] for split in range(len(rest))]
    return min((_walk(order, needed, all_confirmed=all_confirmed) for order in orders), key=len)


def _grown(tried: dict[Spans, Keys]) -> Iterator[tuple[Spans, Keys]]:
    """All items, those that are added meanwhile too, in the order of their coming."""
    done = 0
    while done < len(tried):
        news = list(islice(tried.items(), done, None))
        done += len(news)
        yield from news


def _edits(editor: SpanEditor, digits: Mapping[str, str]) -> Iterator[tuple[str, SpanEditor]]:
    for key in (*_EDIT, *digits):
        following = copy.copy(editor)
        if key in digits:
            following.label(digits[key])
        else:
            _EDIT[key](following)
        yield key, following


def _walk(order: Sequence[int], needed: Sequence[Keys], *, all_confirmed: bool) -> Keys:
    keys: list[str] = []
    at = 0
    unconfirmed = set() if all_confirmed else set(range(len(needed)))
    for number, place in enumerate(order):
        keys += [*_way(at, place, unconfirmed, len(needed)), *needed[place]]
        at = place
        unconfirmed.discard(place)
        if unconfirmed and keys[-1] in ("left", "right") and number + 1 < len(order):  # with shift it goes on by itself
            further = min(unconfirmed, key=lambda other: (other - at) % len(needed))
            following = order[number + 1]
            ways = [_way(start, following, unconfirmed, len(needed)) for start in (at, further)]
            if len(ways[1]) < len(ways[0]):
                keys[-1] = f"shift+{keys[-1]}"
                at = further
    return tuple(keys)


def _way(at: int, to: int, unconfirmed: Collection[int], places: int) -> list[str]:
    """The shortest way from one difference to another."""
    ways = []
    for step, every, open_only in ((1, "down", "tab"), (-1, "up", "shift+tab")):
        passed = [(at + step * distance) % places for distance in range(1, (step * (to - at)) % places + 1)]
        ways.append([every] * len(passed))
        if to in unconfirmed:
            ways.append([open_only] * sum(each in unconfirmed for each in passed))
    return min(ways, key=len)

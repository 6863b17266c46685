"""The fewest keys found that settle the differences of an example, by the review's own rules."""

from __future__ import annotations

import copy
import heapq
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from benchmarks.player_keys.marking import label_keys, to_letters
from tiebreak.core.records import Learned, Offer, Span, Spans
from tiebreak.core.review.edit_place import go_to_difference
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.text.units import Units

Keys = tuple[str, ...]
_DECIDE: Mapping[str, Callable[[SpanReview], object]] = {
    "left": lambda review: review.step(-1),
    "right": lambda review: review.step(1),
    "0": SpanReview.choose_neither,
    "b": SpanReview.choose_both,
    "m": SpanReview.mix,
    "left_square_bracket": lambda review: review.choose_all(next(iter(review.proposals))),
    "right_square_bracket": lambda review: review.choose_all(list(review.proposals)[-1]),
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
_ALL = ("left_square_bracket", "right_square_bracket")  # keys that settle all differences of an example
_MOST = 6  # keys on a difference; what takes more is edited
_MOST_STATES = 20_000  # states of an edit; then the search gives up
_UNKNOWN = 1000  # keys; the cost assumed for a difference for which no keys are found
_WEIGHTS = (4, 16)  # keys; the costs assumed for a wrong span, tried in turn, when the search chooses where to look


@dataclass(frozen=True)
class Player:
    """Knows the keys of the labels, and plans keys for the gold spans of a text."""

    labels: Sequence[str]

    def play(self, review: SpanReview, gold: Collection[Span]) -> Keys | None:
        """Return all keys on an example that was just opened; the last key confirms all differences and accepts.

        None if no way was found: bounds within a token take edit mode's characters, which this player does not know.
        """
        wanted = self.wanted(review, gold)
        known: dict[tuple[int, Spans], Keys | None] = {}  # by difference and the spans that stand there
        ways = []
        for start in ((), *[(key,) for key in _ALL]):
            needed = []
            for at, spans in enumerate(wanted):
                stands = at, _alone(review, at, start).choices[0].marks
                if stands not in known:
                    known[stands] = self._keys(review, at, spans, start)
                needed.append(known[stands])
            found = [keys for keys in needed if keys is not None]
            if len(found) < len(needed):
                return None
            ways.append((*start, *best_tour(found, _left_open(review, start))[1], "A"))
        return min(ways, key=len)

    def wanted(self, review: SpanReview, gold: Collection[Span]) -> list[Spans]:
        """Return the gold spans of each difference; a span in several counts at the one with the fewest keys."""
        wanted: list[list[Span]] = [[] for _ in review.differences]
        for span in sorted(set(gold).difference(review.agreed)):
            places = [
                at for at, place in enumerate(review.differences) if span.start < place.end and place.start < span.end
            ]
            if places:
                best = min(places, key=lambda at: self._cost_of(review, wanted, places, span, at))
                wanted[best].append(span)
        return [tuple(sorted(spans)) for spans in wanted]

    def keys_at(self, review: SpanReview, at: int, spans: Spans) -> Keys | None:
        """Return the keys, without an edit, that leave `spans` at the difference `at` in focus; None if too many."""
        return self._keys(review, at, spans, edits=False)

    def _cost_of(self, review: SpanReview, wanted: list[list[Span]], places: list[int], span: Span, at: int) -> int:
        if len(places) == 1:
            return 0
        needed = [self._keys(review, each, (*wanted[each], *([span] * (each == at)))) for each in places]
        return sum(_UNKNOWN if keys is None else len(keys) for keys in needed)

    def _keys(self, review: SpanReview, at: int, spans: Spans, start: Keys = (), *, edits: bool = True) -> Keys | None:
        """Return the keys that leave `spans` at the difference `at` in focus; the keys `start` were pressed before."""
        wanted = tuple(sorted(spans))
        labels = self._label_keys({span.label for span in wanted})
        letters = _letters(review, wanted)
        alone = _alone(review, at, start)
        tried: dict[Spans, Keys] = {alone.choices[0].marks: ()}
        for stands, keys in _grown(tried):  # the shortest first
            if stands == wanted:
                return keys
            plain = [(key,) for key in _DECIDE if key not in _ALL]
            for press in (*plain, *labels, *letters) if len(keys) < _MOST else ():
                alone.replace_spans((*alone.agreed, *stands))
                if press in labels:
                    alone.relabel(labels[press])
                elif press in letters:
                    letters[press](alone, press[1])
                else:
                    _DECIDE[press[0]](alone)
                tried.setdefault(alone.choices[0].marks, (*keys, *press))
        return self._edited(review, at, wanted, start) if edits else None

    def _edited(self, review: SpanReview, at: int, wanted: Spans, start: Keys) -> Keys | None:
        """Return the keys of an edit that leave `wanted` at the difference `at`."""
        labels = self._label_keys({span.label for span in wanted})
        before: dict[Spans, Keys] = {}  # the spans that an edit may begin with, and the key that puts them there
        for first in ((), ("left",), ("right",), ("0",)):
            before.setdefault(_alone(review, at, (*start, *first)).choices[0].marks, first)
        found = [
            (*first, *edit)
            for first in before.values()
            if (edit := self._edit(_alone(review, at, (*start, *first)), wanted, labels)) is not None
        ]
        return min(found, key=len, default=None)

    def _label_keys(self, labels: Collection[str]) -> dict[Keys, str]:
        """Return the labels by their keys: a digit, or the typed start of the name for a label without a digit."""
        return {label_keys(self.labels, label): label for label in self.labels if label in labels}

    def _edit(self, alone: SpanReview, wanted: Spans, labels: Mapping[Keys, str]) -> Keys | None:
        """Return edit mode's keys for the same: a good way, not always the shortest. None if the search gives up."""
        goal = {*alone.base, *wanted}
        if not alone.task.allows_overlap:
            goal = {span for span in goal if span in wanted or not any(span.overlaps(other) for other in wanted)}
        bounds = {*alone.tokens, *(mark[:2] for each in alone.readings[0] for mark in each.marks)}
        starts, ends = ({each[side] for each in bounds} for side in (0, 1))
        if any(span.start not in starts or span.end not in ends for span in wanted):
            return None
        found = (self._search(alone, goal, labels, weight) for weight in _WEIGHTS)
        return next(filter(None, found), None)

    def _search(self, alone: SpanReview, goal: set[Span], labels: Mapping[Keys, str], weight: int) -> Keys | None:
        first = SpanEditor(alone.item.example.text, alone.tokens, alone.marks, alone.task)
        go_to_difference(first, alone, 0)
        order = count()
        waiting: list[tuple[int, int, Keys, SpanEditor]] = [(0, next(order), (), first)]
        seen: set[tuple[object, ...]] = set()
        while waiting and len(seen) < _MOST_STATES:
            _, _, keys, editor = heapq.heappop(waiting)
            if set(editor.spans) == goal:
                return ("e", *keys, "enter")
            for press, following in _edits(editor, labels):
                state = following.spans, following.cursor, following.anchor, following.current
                if state not in seen:
                    seen.add(state)
                    cost = len(keys) + len(press) + _distance(following, goal, weight)
                    heapq.heappush(waiting, (cost, next(order), (*keys, *press), following))
        return None


def _letters(review: SpanReview, wanted: Spans) -> dict[Keys, Callable[[SpanReview, str], bool]]:
    """Return the moves that put a bound at the first or last word of a wanted span by its letter, by their keys."""
    text = review.item.example.text
    units = Units(*zip(*review.tokens, strict=True)) if review.tokens else Units([0], [0])
    found: dict[Keys, Callable[[SpanReview, str], bool]] = {}
    for span in wanted:
        start, end = to_letters(text, units, span)
        found |= {start: SpanReview.move_start_to, end: SpanReview.move_end_to}
    return found


def _alone(review: SpanReview, at: int, pressed: Keys) -> SpanReview:
    """Return a review of the difference or offer `at` alone, after these keys, as of a review that was just opened."""
    difference, place = review.differences[at], review.learned[at]
    offers = () if place is None or not difference.is_offer else (Offer(difference, place),)
    places = () if place is None or difference.is_offer else (place,)
    learned = None if place is None else Learned(review.rests_on, places, offers)
    item = replace(review.item, differences=() if difference.is_offer else (difference,))
    if review.is_open_text:  # then each mark of the only model is a row of its own
        here = [(name, each, difference.readings.get(name, ())) for name, each in item.predictions.items()]
        item = replace(item, predictions={name: replace(each, marks=marks) for name, each, marks in here})
    alone = SpanReview(item, review.task, review.labels, learned)
    for key in pressed:
        _DECIDE[key](alone)
    return alone


def _distance(editor: SpanEditor, goal: Collection[Span], weight: int) -> int:
    """Estimate the keys from the edited spans to the goal, by the wrong spans and the tokens to the next of them."""
    wrong = set(goal).symmetric_difference(editor.spans)
    here = bisect_left(editor.tokens, (editor.units[editor.cursor][0],))
    away = min([abs(bisect_left(editor.tokens, (span.start,)) - here) for span in wrong], default=0)
    return weight * len(wrong) + away


def _left_open(review: SpanReview, start: Keys) -> frozenset[int]:
    """Return the places that are still open after the keys `start`, which settle all differences but no offer."""
    return frozenset(at for at, place in enumerate(review.differences) if place.is_offer or not start)


def best_tour(needed: Sequence[Keys], left_open: frozenset[int]) -> tuple[list[int], Keys]:
    """Return the differences that need keys, in the best of some orders, and all keys of the tour with its moves."""
    places = [at for at, keys in enumerate(needed) if keys]
    first, rest = places[: places[:1] == [0]], [at for at in places if at]
    orders = [[*first, *rest[:split], *reversed(rest[split:])] for split in range(len(rest) + 1)]
    orders += [[*first, *reversed(rest[split:]), *rest[:split]] for split in range(len(rest))]
    tours = [(order, _walk(order, needed, left_open)) for order in orders]
    return min(tours, key=lambda tour: len(tour[1]))


def _grown(tried: dict[Spans, Keys]) -> Iterator[tuple[Spans, Keys]]:
    """Yield all items in their order, also those that are added meanwhile."""
    done = 0
    while done < len(tried):
        news = list(islice(tried.items(), done, None))
        done += len(news)
        yield from news


def _edits(editor: SpanEditor, labels: Mapping[Keys, str]) -> Iterator[tuple[Keys, SpanEditor]]:
    for key, press in _EDIT.items():
        following = copy.copy(editor)
        press(following)
        yield (key,), following
    for keys, label in labels.items():
        following = copy.copy(editor)
        following.label(label)
        yield keys, following


def _walk(order: Sequence[int], needed: Sequence[Keys], left_open: frozenset[int]) -> Keys:
    keys: list[str] = []
    at = 0
    unconfirmed = set(left_open)
    for number, place in enumerate(order):
        keys += [*_way(at, place, unconfirmed, len(needed)), *needed[place]]
        at = place
        unconfirmed.discard(place)
        if unconfirmed and keys[-1] in ("left", "right") and number + 1 < len(order):  # with shift the key also goes on
            further = min(unconfirmed, key=lambda other: (other - at) % len(needed))
            following = order[number + 1]
            ways = [_way(start, following, unconfirmed, len(needed)) for start in (at, further)]
            if len(ways[1]) < len(ways[0]):
                keys[-1] = f"shift+{keys[-1]}"
                at = further
    return tuple(keys)


def _way(at: int, to: int, unconfirmed: Collection[int], places: int) -> list[str]:
    """Return the shortest way from one difference to another."""
    ways = []
    for step, every, open_only in ((1, "down", "tab"), (-1, "up", "shift+tab")):
        passed = [(at + step * distance) % places for distance in range(1, (step * (to - at)) % places + 1)]
        ways.append([every] * len(passed))
        if to in unconfirmed:
            ways.append([open_only] * sum(each in unconfirmed for each in passed))
    return min(ways, key=len)

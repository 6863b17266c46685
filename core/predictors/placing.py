"""Placing the mentions that an LLM lists: each gets its place in the text, or is dropped with a reason."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from tiebreak.core.predictors.folding import Folded, attaches, fold, is_hangul, is_within_word, unfolded
from tiebreak.core.records import Span, Spans

PLACED = "placed"
FOLDED = "folded"
REPEATED = "repeated"
NOT_IN_TEXT = "not in text"
NO_FURTHER = "no further occurrence"
OVERLAPS = "overlaps"
LABEL_UNKNOWN = "label unknown"
UNREADABLE = "unreadable"

_Place = tuple[int, int]
_MISSES = 100  # finds inside words; then the search jumps from word to word, lest a text of one letter take forever


class Mention(NamedTuple):
    """One item of an answer: words that the LLM says are in the text, and their label."""

    text: str
    label: str


class Placed(NamedTuple):
    """`spans` in text order; `dropped`: text, label and reason of the rest; `counts`: mentions by outcome."""

    spans: Spans
    dropped: list[dict[str, Any]]
    counts: dict[str, int]


class Outcome(NamedTuple):
    """The result for one mention: the name of an outcome (the constants above), and its span if it was placed."""

    name: str
    span: Span | None = None


def place(text: str, mentions: Sequence[Mention], *, overlap: bool) -> Placed:
    """Place `mentions` in `text`; with `overlap`, spans may overlap.

    A mention matches whole words, as they are written or else folded (see `fold`). The n-th listing of a surface gets
    its n-th occurrence, whatever the order of the answer. Each mention has one outcome: `placed`, `folded`, `repeated`,
    or the reason why it was dropped. `repeated` is an n-th listing, n >= 2, that is written as in the text and got an
    occurrence of its own.
    """
    outcomes = place_each(text, mentions, overlap=overlap)
    return Placed(
        tuple(sorted({outcome.span for outcome in outcomes if outcome.span is not None})),
        [
            dropped(*mention, outcome.name)
            for mention, outcome in zip(mentions, outcomes, strict=True)
            if not outcome.span
        ],
        dict(Counter([outcome.name for outcome in outcomes])),
    )


def dropped(text: str, label: str, reason: str) -> dict[str, Any]:
    """Make the record of a mention that could not be placed."""
    return {"text": text, "label": label, "reason": reason}


def place_each(text: str, mentions: Sequence[Mention], *, overlap: bool) -> list[Outcome]:
    """Place mentions as `place` does, and return one outcome a mention.

    Longer surfaces go first; among equally long surfaces, those that the text has as they are written.
    """
    outcomes = [Outcome(UNREADABLE)] * len(mentions)
    listings: dict[str, list[int]] = {}
    for index, mention in enumerate(mentions):
        if surface := mention.text.strip():
            listings.setdefault(surface, []).append(index)
    page = _PlacedText(text)
    searches = [
        _Search(page, surface, [(n, mentions[n].label) for n in places]) for surface, places in listings.items()
    ]
    searches.sort(key=_Search.rank)
    take = _take_nested if overlap else _take_apart
    begin = 0
    for end in range(1, len(searches) + 1):
        if end == len(searches) or len(searches[end].surface) != len(searches[begin].surface):
            for folding in (False, True):
                for search in searches[begin:end]:
                    if search.waiting:
                        take(page, search, outcomes, folding)
            begin = end
    return outcomes


@dataclass(eq=False)
class _PlacedText:
    """The text, and the spans placed in it so far: bounds in text order, and the labels at each place."""

    text: str
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    labels: dict[_Place, set[str]] = field(default_factory=dict)

    @cached_property
    def exact(self) -> Folded:
        return unfolded(self.text)

    @cached_property
    def folded(self) -> Folded:
        return fold(self.text)

    @cached_property
    def borders(self) -> list[int]:
        """The indices at which words may begin or end."""
        return [index for index in range(len(self.text) + 1) if not is_within_word(self.text, index)]

    def words(self, form: Folded, needle: str) -> Iterator[_Place]:
        """Yield the places of `needle` in a form of the text, as whole words, from left to right."""
        text, misses = self.text, 0
        at = form.text.find(needle)
        while at >= 0:
            end = at + len(needle)
            place = form.starts[at], form.ends[end - 1]
            if form.is_whole(at, end) and not is_within_word(text, place[0]) and not is_within_word(text, place[1]):
                yield place
                at = form.text.find(needle, end)
                continue
            misses += 1
            after = at + 1
            if misses > _MISSES:
                after = self.next_word(form, place[0])
            at = form.text.find(needle, after)

    def next_word(self, form: Folded, index: int) -> int:
        """Return the offset, in a form of the text, at which the first word after `index` begins."""
        border = bisect_right(self.borders, index)
        return bisect_left(form.starts, self.borders[border]) if border < len(self.borders) else len(form.text)

    def is_free(self, start: int, end: int) -> bool:
        """Return whether nothing is placed there; only for spans that do not overlap."""
        at = bisect_left(self.starts, end)
        return not at or self.ends[at - 1] <= start

    def put(self, place: _Place, label: str) -> Span:
        if place not in self.labels:
            insort(self.starts, place[0])
            insort(self.ends, place[1])
        self.labels.setdefault(place, set()).add(label)
        return Span(*place, label)


class _Search:
    """One surface: its listings (index, label) that wait for a place, and its occurrences, found when needed."""

    def __init__(self, page: _PlacedText, surface: str, waiting: list[tuple[int, str]]) -> None:
        self.surface = surface
        self.waiting = deque(waiting)
        self.blocked = False  # whether an occurrence was skipped because another span is there
        self.placed = 0
        self.seen: list[_Place] = []
        self._page = page
        self._exact = page.words(page.exact, surface)
        self._first = next(self._exact, None)

    def rank(self) -> tuple[int, int, str]:
        """Return a sort key: longest first, then in text order; it does not depend on the order of the answer."""
        return -len(self.surface), self._first[0] if self._first else -1, self.surface

    def occurrences(self, folding: bool) -> Iterator[_Place]:
        """Yield the occurrences that are written like the surface, or with `folding` the others."""
        if not folding:
            if self._first:
                yield self._first
                yield from self._exact
            return
        text, surface, anything = self._page.text, self.surface, self._first is not None
        needle = fold(surface).text
        if not needle:  # characters without width alone
            return
        for start, end in self._page.words(self._page.folded, needle):
            anything = True
            if text[start:end] != surface:
                yield start, end
        if not anything and attaches(surface):
            for form, words in ((self._page.exact, surface), (self._page.folded, needle)):
                for start, end in _inside(self._page, form, words):
                    if form is self._page.exact or text[start:end] != surface:
                        yield start, end

    def settle(self, outcomes: list[Outcome], place: _Place) -> None:
        """Give `place` to the listing that has waited longest."""
        index, label = self.waiting.popleft()
        outcomes[index] = Outcome(self._outcome(place), self._page.put(place, label))
        self.placed += 1

    def _outcome(self, place: _Place) -> str:
        if self._page.text[place[0] : place[1]] != self.surface:
            return FOLDED
        return REPEATED if self.placed else PLACED

    def take_same_place(self, outcomes: list[Outcome]) -> None:
        """Give listings under another label an occurrence that the surface already has."""
        page, left = self._page, deque[tuple[int, str]]()
        after = {label: iter(self.seen) for _, label in self.waiting}
        for index, label in self.waiting:
            place = next((place for place in after[label] if label not in page.labels.get(place, ())), None)
            if place is None:
                left.append((index, label))
            else:
                exact = page.text[place[0] : place[1]] == self.surface
                outcomes[index] = Outcome(PLACED if exact else FOLDED, page.put(place, label))
        self.waiting = left

    def give_up(self, outcomes: list[Outcome], reason: str) -> None:
        for index, _ in self.waiting:
            outcomes[index] = Outcome(reason)
        self.waiting.clear()


def _take_apart(page: _PlacedText, search: _Search, outcomes: list[Outcome], folding: bool) -> None:
    for place in search.occurrences(folding):
        if place in page.labels:  # another spelling of the same words has it
            search.seen.append(place)
            continue
        if not page.is_free(*place):
            search.blocked = True
            continue
        search.settle(outcomes, place)
        if not search.waiting:
            return
    if search.blocked:  # folding now would take other words for it
        search.give_up(outcomes, OVERLAPS)
    elif folding:
        search.give_up(outcomes, NO_FURTHER if search.placed or search.seen else NOT_IN_TEXT)


def _take_nested(page: _PlacedText, search: _Search, outcomes: list[Outcome], folding: bool) -> None:
    for place in search.occurrences(folding):
        search.seen.append(place)
        if place not in page.labels:
            search.settle(outcomes, place)
            if not search.waiting:
                return
    search.take_same_place(outcomes)
    if folding:
        search.give_up(outcomes, NO_FURTHER if search.seen else NOT_IN_TEXT)


def _inside(page: _PlacedText, form: Folded, needle: str) -> Iterator[_Place]:
    """Yield the places of `needle` in a form of the text where clitics are attached to it."""
    text = page.text
    at = form.text.find(needle)
    while at >= 0:
        end = at + len(needle)
        place = form.starts[at], form.ends[end - 1]
        after = at + 1
        if is_within_word(text, place[0]) and is_hangul(text[place[0] - 1 : place[0] + 1]):
            after = page.next_word(form, place[0])  # Korean attaches particles only after a word
        elif form.is_whole(at, end) and _may_attach(text, *place):
            yield place
            after = end
        at = form.text.find(needle, after)


def _may_attach(text: str, start: int, end: int) -> bool:
    return all(not is_within_word(text, side) or attaches(text[side - 1 : side + 1]) for side in (start, end))

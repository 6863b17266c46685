"""The same words elsewhere in a text: deciding them by the choice at the focused difference."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tiebreak.core.records import Difference, Span, Spans, Token
from tiebreak.core.review.review import Review
from tiebreak.core.text.occurrences import same_surface
from tiebreak.core.text.units import Units, token_units


@dataclass(slots=True)
class SameWords:
    """The `marks` at `words`, perhaps none, and the changes that put them at the same words elsewhere.

    `rows` has the marks to settle differences with, by index; outside the differences, spans are `added` and `removed`.
    `done` counts the other places that change. `in_the_way` counts places left alone because of a span with other
    bounds. `without_row` counts places left alone since a slice text can change in its rows only.
    """

    words: Token
    marks: Spans
    rows: dict[int, Spans] = field(default_factory=dict)
    added: set[Span] = field(default_factory=set)
    removed: set[Span] = field(default_factory=set)
    done: int = 0
    in_the_way: int = 0
    without_row: int = 0


def same_words(review: Review[Span], tokens: Iterable[Token]) -> SameWords:
    """Return what to decide at the other places with the words of the focused difference.

    These words reach from the first to the last chosen span, or proposed span if none is chosen.
    """
    text, marks = review.item.example.text, review.choices[review.focus].marks
    words = _stretch(marks or _proposed(review, review.focus))
    places = same_surface(text, Span(*words, ""), token_units(text, tokens))
    regions = [
        _stretch((place, *choice.marks)) for place, choice in zip(review.differences, review.choices, strict=True)
    ]
    rows_at = _touching(places, regions)
    spans_at = _touching(places, [span[:2] for span in review.base])
    elsewhere = _Elsewhere(review, SameWords(words, marks))
    for place, rows, numbers in zip(places, rows_at, spans_at, strict=True):
        elsewhere.decide(place, rows, [review.base[number] for number in numbers])
    return elsewhere.found


class _Elsewhere:
    """Finds the changes at the other places, one by one."""

    def __init__(self, review: Review[Span], found: SameWords) -> None:
        self.review = review
        self.found = found
        proposed = _proposed(review, review.focus)
        self.example = found.marks or proposed  # spans with the bounds in question
        self.labels = {span.label for span in (*found.marks, *proposed)}

    def decide(self, place: Token, rows: Sequence[int], outside: Spans | list[Span]) -> None:
        """Decide what changes at `place`; the differences `rows` and the spans `outside` of them overlap it."""
        marks = self._moved(self.found.marks, place)
        same = [at for at in rows if self._is_same(at, place)]
        others = [at for at in rows if at not in same and not self.review.task.allows_overlap]
        if same and not self._is_in_the_way(place, others):
            changed = [at for at in same if self._changes(at, marks)]
            self.found.rows.update(dict.fromkeys(changed, marks))
            self.found.done += bool(changed)
        elif same or any(marks or not self.review.choices[at].confirmed for at in others):
            self.found.in_the_way += 1
        else:  # rows that were confirmed with other bounds do not matter if no span is to stand here
            self._decide_outside(place, marks, outside)

    def _decide_outside(self, place: Token, marks: Spans, outside: Collection[Span]) -> None:
        bounds = {span[:2] for span in self._moved(self.example, place)}
        theirs = {span for span in outside if span[:2] in bounds and self._is_in_question([span])}
        added, removed = set(marks).difference(outside), theirs.difference(marks)
        if marks and theirs != set(outside) and not self.review.task.allows_overlap:
            self.found.in_the_way += 1
        elif self.review.sliced is not None:
            self.found.without_row += bool(added or removed)
        else:
            self.found.added |= added
            self.found.removed |= removed
            self.found.done += bool(added or removed)

    def _is_same(self, at: int, place: Token) -> bool:
        """Return whether the difference `at` is about the words at `place`, by its readings or its choice."""
        stands, proposed = self.review.choices[at], _proposed(self.review, at)
        if at in self.found.rows or not self._is_in_question((*stands.marks, *proposed)):
            return False
        if not self.found.marks:  # all marks there are to go
            return _stretch((*stands.marks, *proposed)) == place
        if stands.confirmed and stands.marks:
            return _stretch(stands.marks) == place
        readings = (stands.marks, *(reading.marks for reading in self.review.readings[at]))
        return any(_stretch(reading) == place for reading in readings if reading)

    def _is_in_question(self, spans: Collection[Span]) -> bool:
        """Return whether the focused choice is about such `spans`; if the task lets spans overlap, only by label."""
        return not self.review.task.allows_overlap or any(span.label in self.labels for span in spans)

    def _is_in_the_way(self, place: Token, others: Sequence[int]) -> bool:
        """Return whether a span of the differences `others` is in the way of the marks at `place`."""
        standing = (span for at in others for span in self.review.choices[at].marks)
        return bool(self.found.marks) and any(span.overlaps(Span(*place, "")) for span in standing)

    def _changes(self, at: int, marks: Spans) -> bool:
        choice = self.review.choices[at]
        return not choice.confirmed or choice.marks != marks

    def _moved(self, spans: Spans, place: Token) -> Spans:
        """Return the spans moved from the words to `place`: on the same characters, even if white space differs."""
        text, words = self.review.item.example.text, self.found.words
        if place[1] - place[0] == words[1] - words[0]:
            by = place[0] - words[0]
            return tuple(sorted(Span(start + by, end + by, label) for start, end, label in spans))
        here, there = _signs(text, words), _signs(text, place)
        moved = {span: there[bisect_left(here, span.start) : bisect_left(here, span.end)] for span in spans}
        return tuple(sorted({Span(at[0], at[-1] + 1, span.label) for span, at in moved.items() if at}))


def _signs(text: str, stretch: Token) -> list[int]:
    """Return the positions in the stretch that are not white space."""
    return [at for at in range(*stretch) if not text[at].isspace()]


def _proposed(review: Review[Span], at: int) -> Spans:
    return tuple(sorted({span for reading in review.readings[at] for span in reading.marks}))


def _stretch(spans: Collection[Span | Difference]) -> Token:
    return min(span.start for span in spans), max(span.end for span in spans)


def _touching(places: Sequence[Token], stretches: Sequence[Token]) -> list[list[int]]:
    """Return the numbers of the stretches that overlap each of `places`, which are in text order."""
    units = Units([start for start, _ in places], [end for _, end in places])
    touching: list[list[int]] = [[] for _ in places]
    for number, stretch in enumerate(stretches):
        for at in range(*units.within(*stretch)):
            touching[at].append(number)
    return touching

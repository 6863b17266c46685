"""The same words elsewhere in a text: what is to be decided there, by what stands at the focused difference."""

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
    """What stands at `words` (`marks`, perhaps none), and what changes so that it stands at the same words elsewhere.

    `rows` has the marks to settle differences with, by index; outside the differences spans are `added` and `removed`.
    Of the other places `done` change, `in_the_way` are left alone since something with other bounds lies there, and
    `without_row` since nothing but rows changes on a slice text.
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
    """Return what is to be decided at the other places with the words of the focused difference.

    These are the words from the first to the last span that stands there; where none does, that was proposed.
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
    """Finds what changes at one place after the other."""

    def __init__(self, review: Review[Span], found: SameWords) -> None:
        self.review = review
        self.found = found
        proposed = _proposed(review, review.focus)
        self.example = found.marks or proposed  # spans with the bounds in question
        self.labels = {span.label for span in (*found.marks, *proposed)}

    def decide(self, place: Token, rows: Sequence[int], outside: Spans | list[Span]) -> None:
        """Decide what changes at `place`, which the differences `rows` and the spans `outside` of them overlap."""
        marks = self._moved(self.found.marks, place)
        same = [at for at in rows if self._is_same(at, place)]
        others = [at for at in rows if at not in same and not self.review.task.allows_overlap]
        if same and not self._is_in_the_way(place, others):
            changed = [at for at in same if self._changes(at, marks)]
            self.found.rows.update(dict.fromkeys(changed, marks))
            self.found.done += bool(changed)
        elif same or any(marks or not self.review.choices[at].confirmed for at in others):
            self.found.in_the_way += 1
        else:  # what was confirmed with other bounds does not matter where no span is to stand
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
        """Whether the difference `at` is about the words at `place`: by its readings, or by what was chosen there."""
        stands, proposed = self.review.choices[at], _proposed(self.review, at)
        if at in self.found.rows or not self._is_in_question((*stands.marks, *proposed)):
            return False
        if not self.found.marks:  # all that is said there is to go
            return _stretch((*stands.marks, *proposed)) == place
        if stands.confirmed and stands.marks:
            return _stretch(stands.marks) == place
        readings = (stands.marks, *(reading.marks for reading in self.review.readings[at]))
        return any(_stretch(reading) == place for reading in readings if reading)

    def _is_in_question(self, spans: Collection[Span]) -> bool:
        """Whether what holds at the focused difference can be said of `spans`; where they may overlap, by label."""
        return not self.review.task.allows_overlap or any(span.label in self.labels for span in spans)

    def _is_in_the_way(self, place: Token, others: Sequence[int]) -> bool:
        """Whether something of `others` stands at `place`, where the task forbids that overlap."""
        standing = (span for at in others for span in self.review.choices[at].marks)
        return bool(self.found.marks) and any(span.overlaps(Span(*place, "")) for span in standing)

    def _changes(self, at: int, marks: Spans) -> bool:
        choice = self.review.choices[at]
        return not choice.confirmed or choice.marks != marks

    def _moved(self, spans: Spans, place: Token) -> Spans:
        """The spans at `place` as they stand at the words: on the same signs, where the white space between differs."""
        text, words = self.review.item.example.text, self.found.words
        if place[1] - place[0] == words[1] - words[0]:
            by = place[0] - words[0]
            return tuple(sorted(Span(start + by, end + by, label) for start, end, label in spans))
        here, there = _signs(text, words), _signs(text, place)
        moved = {span: there[bisect_left(here, span.start) : bisect_left(here, span.end)] for span in spans}
        return tuple(sorted({Span(at[0], at[-1] + 1, span.label) for span, at in moved.items() if at}))


def _signs(text: str, stretch: Token) -> list[int]:
    """Where in the stretch something stands that is not white space."""
    return [at for at in range(*stretch) if not text[at].isspace()]


def _proposed(review: Review[Span], at: int) -> Spans:
    return tuple(sorted({span for reading in review.readings[at] for span in reading.marks}))


def _stretch(spans: Collection[Span | Difference]) -> Token:
    return min(span.start for span in spans), max(span.end for span in spans)


def _touching(places: Sequence[Token], stretches: Sequence[Token]) -> list[list[int]]:
    """Return for each of `places`, which are in text order, the numbers of the stretches that overlap it."""
    units = Units([start for start, _ in places], [end for _, end in places])
    touching: list[list[int]] = [[] for _ in places]
    for number, stretch in enumerate(stretches):
        for at in range(*units.within(*stretch)):
            touching[at].append(number)
    return touching

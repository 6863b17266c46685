"""One example under review in a task of spans: which spans hold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import cast

from tiebreak.core.compare.mixes import mixes
from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.records import ChoiceName, Learned, Marks, QueueItem, SettledDifference, Span, Spans, Task, Token
from tiebreak.core.review.choices import Choice, without_overlaps
from tiebreak.core.review.places import Offered
from tiebreak.core.review.review import Review
from tiebreak.core.review.same_words import SameWords, same_words
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.text.initials import nearest_end, nearest_start
from tiebreak.core.text.tokens import tokenize
from tiebreak.core.text.units import Units


class SpanReview(Review[Span]):
    """The spans of one example in the making.

    `base` has the agreed spans, and spans that were added by editing. No choice is lost: a span that gives way to a
    later choice comes back once that no longer overlaps it. Until then, the rest of its own choice is unconfirmed.
    """

    def __init__(
        self,
        item: QueueItem,
        task: Task,
        labels: Sequence[str] = (),
        learned: Learned | None = None,
        settled: Sequence[SettledDifference] | None = None,
        sliced: Sliced | None = None,
    ) -> None:
        self._standing: tuple[Spans, tuple[Choice[Span], ...]] | None = None
        super().__init__(item, task, labels, learned, settled, sliced)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens by which bounds move: all that are not white space."""
        text = self.item.example.text
        tokens = self.item.example.tokens or tokenize(text)
        return tuple([token for token in tokens if text[slice(*token)].strip()])

    def choose(self, index: int, *, at: int | None = None) -> None:
        at = self.focus if at is None else at
        index = self._reading_at(at, index)
        readings = self.readings[at]
        self._settle(at, Choice(readings[index].marks, self._name(at, index), index))

    def choose_neither(self) -> None:
        self._settle(self.focus, Choice((), "neither"))

    def choose_both(self) -> bool:
        """Take all readings of the focused difference together; False if they overlap and the task forbids it."""
        spans = self._all_proposed(self.focus)
        if not self.task.allows_overlap and first_overlap(spans):
            return False
        self._settle(self.focus, Choice(spans, "both"))
        return True

    def confirm(self) -> None:
        if not self.is_unchosen(self.focus):
            self._settle(self.focus, self.choices[self.focus])
        elif self.differences[self.focus].is_offer:
            self.choose(0)

    def relabel(self, label: str) -> bool:
        """Give this label to the focused difference's span; if nothing is chosen, use the bounds that were proposed."""
        relabelled = {span._replace(label=label) for span in self._focused_spans()}
        self._settle(self.focus, self._classify(self.focus, relabelled))
        return True

    def move_end(self, step: int) -> bool:
        """Move the end of the focused difference's last span one token right (1) or left (-1); False if it cannot.

        Spans that share that end move together. If nothing is chosen, the proposed spans are taken first.
        """
        spans = self._focused_spans()
        last = max(span.end for span in spans)
        ends = [end for _, end in self.tokens]
        index = bisect_right(ends, last) if step > 0 else bisect_left(ends, last) - 1
        if not 0 <= index < len(ends):
            return False
        return self._resize(spans, {span: span._replace(end=ends[index]) for span in spans if span.end == last})

    def move_start(self, step: int) -> bool:
        """Move the start of the focused difference's first span one token right (1) or left (-1); see `move_end`."""
        spans = self._focused_spans()
        first = min(span.start for span in spans)
        starts = [start for start, _ in self.tokens]
        index = bisect_right(starts, first) if step > 0 else bisect_left(starts, first) - 1
        if not 0 <= index < len(starts):
            return False
        return self._resize(spans, {span: span._replace(start=starts[index]) for span in spans if span.start == first})

    def move_end_to(self, letter: str) -> bool:
        """Put the end of the focused difference's last span at the nearest token that begins with `letter`.

        False if no token does; see `move_end` and `initials`.
        """
        spans = self._focused_spans()
        last = max(span.end for span in spans)
        start = min(span.start for span in spans if span.end == last)
        end = nearest_end(self.item.example.text, self._units, start, last, letter)
        if end is None:
            return False
        return self._resize(spans, {span: span._replace(end=end) for span in spans if span.end == last})

    def move_start_to(self, letter: str) -> bool:
        """Put the start of the focused difference's first span at the nearest such token; see `move_end_to`."""
        spans = self._focused_spans()
        first = min(span.start for span in spans)
        end = max(span.end for span in spans if span.start == first)
        start = nearest_start(self.item.example.text, self._units, first, end, letter)
        if start is None:
            return False
        return self._resize(spans, {span: span._replace(start=start) for span in spans if span.start == first})

    @cached_property
    def _units(self) -> Units:
        return Units([start for start, _ in self.tokens], [end for _, end in self.tokens])

    def mix(self, step: int = 1) -> tuple[int, int]:
        readings = [reading.marks for reading in self.readings[self.focus]]
        in_turn = readings if len(readings) > 2 else []  # two readings are the left and the right
        offered = list(dict.fromkeys((*self._likely(self.focus), *in_turn, *mixes(readings, self.task))))
        if not offered:
            return 0, 0
        spans = self.choices[self.focus].marks
        at = (offered.index(spans) + step) % len(offered) if spans in offered else 0
        self._settle(self.focus, self._candidate(self.focus, offered[at]))
        return at + 1, len(offered)

    def decide_same(self) -> SameWords | None:
        """Confirm the focused difference, and decide the same at all other places of its words in this text.

        Returns None, and does nothing, if nothing was chosen yet.
        """
        if self.is_unchosen(self.focus):
            return None
        self.confirm()
        found = same_words(self, self.tokens)
        gave_way = set(self._base).difference(self.base)
        for at, marks in found.rows.items():
            self._settle(at, self._candidate(at, marks))
        if found.added or found.removed:
            gone = {span for span in gave_way if any(span.overlaps(each) for each in found.added)}
            self._base = tuple(sorted(set(self._base).difference(found.removed, gone) | found.added))
            self._standing = None
        return found

    def replace_spans(self, spans: Iterable[Span]) -> None:
        """Take an edited set of spans for the whole example; each difference gets the spans in its region.

        Offers get the spans that are left then, so that the differences hold the same as without them.
        """
        left_over = set(spans)
        outside = self._all_agreed.union(self.base)
        self._turn += 1
        decided = list(self.choices)
        for at, _ in sorted(enumerate(self.differences), key=lambda place: place[1].is_offer):
            inside = self._inside(at, left_over, outside)
            left_over -= inside
            if inside != set(decided[at].marks):
                decided[at] = replace(self._classify(at, inside), confirmed=True, turn=self._turn)
        self._decided = decided
        self._base = tuple(sorted(left_over))
        self._standing = None

    def standing_at(self, at: int, spans: Iterable[Span]) -> Spans:
        """Return the spans of an edited set that the difference `at` gets, in text order."""
        return tuple(sorted(self._inside(at, spans, self._all_agreed.union(self.base))))

    def words_at(self, at: int) -> Token:
        """Return the bounds of the first span that was proposed at the difference `at`, else of its region."""
        proposed = next((reading.marks for reading in self.readings[at] if reading.marks), ())
        return proposed[0][:2] if proposed else self.differences[at][:2]

    def _inside(self, at: int, spans: Iterable[Span], outside: Collection[Span]) -> set[Span]:
        """Return the `spans` in the region of the difference `at`, except those `outside` of all differences."""
        difference = self.differences[at]
        region = Span(difference.start, difference.end, "")
        own = self.readings[at][0].marks if difference.is_offer else ()
        return {span for span in spans if span.overlaps(region) and (span in own or span not in outside)}

    def restore(self, settled: Sequence[SettledDifference], marks: Marks) -> None:
        spans = cast(Spans, marks)
        self.replace_spans(spans)
        earlier = {(*each.difference[:2], each.instead): each for each in settled}
        for at, (difference, readings) in enumerate(zip(self.differences, self.readings, strict=True)):
            instead = readings[-1].marks if difference.is_offer else None
            known = earlier.get((difference.start, difference.end, instead))
            if known is None:  # a difference that the annotator has not seen
                self._decided[at] = replace(self._decided[at], confirmed=False)
                continue
            chosen = cast(Spans, known.marks)
            name: ChoiceName = known.choice
            reading = None
            if name in ("left", "right", "reading") or difference.is_offer:
                reading = next((number for number, each in enumerate(readings) if each.marks == chosen), None)
            if difference.is_offer and reading is not None and self._name(at, reading) != name:
                reading = None  # a later choice left marks that equal the reading by chance
            elif reading is not None:
                name = self._name(at, reading)
            elif name in ("left", "right", "reading"):
                name = "edited"
            self._decided[at] = Choice(chosen, name, reading, known.confirmed, self._turn)
        at_differences = {span for choice in self._decided for span in choice.marks}
        self._base = tuple(span for span in spans if span not in at_differences)
        self._standing = None

    def _fits(self, offer: Offered, before: Sequence[Offered]) -> bool:
        """Return whether the offer lies in the text, fits the predictions, and shares no place with another offer."""
        place = offer.difference
        region = Span(place.start, place.end, "")
        if not super()._fits(offer, before) or not 0 <= place.start < place.end <= len(self.item.example.text):
            return False
        if any(
            mark.start < place.start or mark.end > place.end for mark in cast(Spans, (*offer.stands, *offer.instead))
        ):
            return False
        if not offer.stands and any(region.overlaps(span) for spans in self.proposals.values() for span in spans):
            return False
        if self.task.allows_overlap:
            return all((*each.difference[:3], each.instead) != (*place[:3], offer.instead) for each in before)
        return not any(region.overlaps(Span(*each.difference[:2], "")) for each in before)

    def _candidate(self, at: int, marks: Collection[Span]) -> Choice[Span]:
        choice = self._classify(at, marks)
        is_both = choice.name == "edited" and choice.reading is None and choice.marks == self._all_proposed(at)
        return replace(choice, name="both") if is_both else choice

    def _all_proposed(self, at: int) -> Spans:
        return tuple(sorted({span for reading in self.readings[at] for span in reading.marks}))

    def _focused_spans(self) -> Spans:
        """Return the spans chosen at the focused difference, else the first reading that has any."""
        return self.choices[self.focus].marks or next(
            reading.marks for reading in self.readings[self.focus] if reading.marks
        )

    def _resize(self, spans: Spans, resized: Mapping[Span, Span]) -> bool:
        """Put the resized spans in place of the old; False if a span would be empty."""
        new = set(resized.values())
        if any(span.start >= span.end for span in new):
            return False
        kept = [span for span in spans if span not in resized]
        self._settle(self.focus, self._classify(self.focus, {*kept, *new}))
        return True

    def _settle(self, at: int, choice: Choice[Span]) -> None:
        """Put `choice` at a difference, confirmed."""
        if self.differences[at].is_offer:  # the choice may equal one of its two readings
            choice = self._classify(at, choice.marks)
        self._turn += 1
        self._decided[at] = replace(choice, confirmed=True, turn=self._turn)
        self._standing = None

    def _forget_standing(self) -> None:
        self._standing = None

    def _stand(self) -> tuple[Spans, tuple[Choice[Span], ...]]:
        """Return the base and the choices; if the task forbids overlap, without spans that a later choice overlaps."""
        if self._standing is None:
            if self.task.allows_overlap or not self._turn:
                self._standing = self._base, tuple(self._decided)
            else:
                self._standing = without_overlaps(self._base, self._decided)
        return self._standing

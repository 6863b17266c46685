"""One example under review: what is chosen at each difference, and the answer as it would be saved."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from tiebreak.core.compare.spans import agreed_spans, first_overlap
from tiebreak.core.records import Difference, QueueItem, Remark, Span, Spans, Task, Token
from tiebreak.core.review.choices import Choice, ChoiceName, distinct_readings, without_overlaps
from tiebreak.core.review.mixes import mixes
from tiebreak.core.review.steps import Steps
from tiebreak.core.text.tokens import tokenize


class Review(Steps):
    """The answer to one example in the making.

    It starts as the agreed spans plus the left predictor's reading of each difference, unconfirmed. `base` holds what
    stands outside the differences: the agreed spans, and what was added by editing. Nothing that was chosen is lost:
    what gives way to a later choice comes back once that choice no longer overlaps it.
    """

    def __init__(self, item: QueueItem, task: Task) -> None:
        super().__init__()
        self.item = item
        self.task = task
        self.remark: Remark | None = None  # the annotator's flag and note
        self.readings = [distinct_readings(difference) for difference in item.differences]
        self.agreed: Spans = agreed_spans(
            {name: each.spans for name, each in item.predictions.items() if not each.error}
        )
        self._base: Spans = self.agreed
        self._decided = [Choice(readings[0].spans, "left", 0) for readings in self.readings]
        self._turn = 0
        self._standing: tuple[Spans, tuple[Choice, ...]] | None = None
        self.focus = 0
        self.shown = self.spans

    @property
    def differences(self) -> tuple[Difference, ...]:
        return self.item.differences

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What stands at each difference; of a choice that a later one overlaps, the rest, open again."""
        return self._stand()[1]

    @property
    def base(self) -> Spans:
        """The spans of the answer that belong to no difference."""
        return self._stand()[0]

    @property
    def spans(self) -> Spans:
        """The answer as it would be saved, in text order."""
        base, choices = self._stand()
        return tuple(sorted({span for choice in choices for span in choice.spans}.union(base)))

    @property
    def cats(self) -> dict[str, float] | None:
        """The answer's categories, where the task is about them."""
        return None

    @property
    def is_touched(self) -> bool:
        """Whether anything was decided that the models did not propose by themselves."""
        return self._turn > 0 or any(choice.confirmed for choice in self._decided)

    @property
    def unconfirmed(self) -> int:
        return sum(not choice.confirmed for choice in self.choices)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the text that bounds move by: those that are not white space."""
        text = self.item.example.text
        tokens = self.item.example.tokens or tokenize(text)
        return tuple([token for token in tokens if text[slice(*token)].strip()])

    def move(self, step: int) -> None:
        """Focus the difference `step` places on, from the last round to the first."""
        if self._decided:
            self.focus = (self.focus + step) % len(self._decided)

    def move_unconfirmed(self, step: int) -> bool:
        """Focus the next (1) or previous (-1) difference that is not confirmed; False where there is none."""
        choices = self.choices
        for distance in range(1, len(choices) + 1):
            at = (self.focus + step * distance) % len(choices)
            if not choices[at].confirmed:
                self.focus = at
                return True
        return False

    def choose(self, index: int, *, at: int | None = None) -> None:
        """Take the distinct reading `index` of the focused difference (or of the difference `at`)."""
        at = self.focus if at is None else at
        readings = self.readings[at]
        index = max(0, min(index, len(readings) - 1))
        self._settle(at, Choice(readings[index].spans, self._name(index, len(readings)), index))

    def step(self, step: int) -> None:
        """Go to the next distinct reading on the right (1) or left (-1) of the focused difference.

        With two readings this is the right or the left model's, wherever one is.
        """
        readings = self.readings[self.focus]
        current = self.choices[self.focus].reading
        if len(readings) == 2 or current is None:
            self.choose(len(readings) - 1 if step > 0 else 0)
        else:
            self.choose(current + step)

    def choose_all(self, predictor: str) -> None:
        """Take this predictor's reading of every difference that it has one of."""
        for at, readings in enumerate(self.readings):
            index = next((number for number, each in enumerate(readings) if predictor in each.predictors), None)
            if index is not None:
                self.choose(index, at=at)

    def choose_neither(self) -> None:
        """No span at the focused difference."""
        self._settle(self.focus, Choice((), "neither"))

    def choose_both(self) -> bool:
        """All readings of the focused difference together; False where the task forbids that overlap."""
        spans = tuple(sorted({span for reading in self.readings[self.focus] for span in reading.spans}))
        if not self.task.allows_overlap and first_overlap(spans):
            return False
        self._settle(self.focus, Choice(spans, "both"))
        return True

    def confirm(self) -> None:
        """Confirm what stands at the focused difference."""
        self._settle(self.focus, self.choices[self.focus])

    def confirm_all(self) -> None:
        """Confirm what stands at every difference."""
        self._decided = [replace(choice, confirmed=True) for choice in self.choices]
        self._standing = None

    def relabel(self, label: str) -> None:
        """This label for the focused difference's span; where nothing is chosen, on the bounds that were proposed."""
        relabelled = {span._replace(label=label) for span in self._focused_spans()}
        self._settle(self.focus, self._classify(self.focus, relabelled))

    def move_end(self, step: int) -> bool:
        """Move the end of the focused difference's last span one token right (1) or left (-1); False where it cannot.

        Spans that share that end move together. Where nothing is chosen, the spans that were proposed are taken first.
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

    def mix(self, step: int = 1) -> tuple[int, int]:
        """Take the next mix of the readings of the focused difference; returns its number, from 1, and how many."""
        offered = mixes([reading.spans for reading in self.readings[self.focus]], self.task)
        if not offered:
            return 0, 0
        spans = self.choices[self.focus].spans
        at = (offered.index(spans) + step) % len(offered) if spans in offered else 0
        self._settle(self.focus, self._classify(self.focus, offered[at]))
        return at + 1, len(offered)

    def replace_spans(self, spans: Iterable[Span]) -> None:
        """Take an edited set of spans for the whole example; each difference gets those that lie in its region."""
        left_over = set(spans)
        self._turn += 1
        decided = list(self.choices)
        for at, difference in enumerate(self.differences):
            region = Span(difference.start, difference.end, "")
            inside = {span for span in left_over if span.overlaps(region) and span not in self.agreed}
            left_over -= inside
            if inside != set(decided[at].spans):
                decided[at] = replace(self._classify(at, inside), confirmed=True, turn=self._turn)
        self._decided = decided
        self._base = tuple(sorted(left_over))
        self._standing = None

    def restore(self, choices: list[dict[str, Any]], spans: Spans) -> None:
        """Show an earlier answer again: its spans, and how each difference was settled."""
        self.replace_spans(spans)
        earlier = {(choice["start"], choice["end"]): choice for choice in choices}
        for at, (difference, readings) in enumerate(zip(self.differences, self.readings, strict=True)):
            known = earlier.get((difference.start, difference.end))
            if known is None:  # a difference that the person has not seen
                self._decided[at] = replace(self._decided[at], confirmed=False)
                continue
            chosen = tuple(Span(**span) for span in known["spans"])
            name: ChoiceName = known["choice"]
            reading = None
            if name in ("left", "right", "reading"):
                reading = next((number for number, each in enumerate(readings) if each.spans == chosen), None)
                name = "edited" if reading is None else self._name(reading, len(readings))
            self._decided[at] = Choice(chosen, name, reading, known["confirmed"], self._turn)
        settled = {span for choice in self._decided for span in choice.spans}
        self._base = tuple(span for span in spans if span not in settled)
        self._standing = None

    def choice_records(self) -> list[dict[str, Any]]:
        """What was chosen at each difference, in the form in which an answer keeps it."""
        return [
            {
                "start": difference.start,
                "end": difference.end,
                "kind": difference.kind,
                "choice": choice.name,
                "confirmed": choice.confirmed,
                "predictors": [] if choice.reading is None else list(readings[choice.reading].predictors),
                "spans": [span._asdict() for span in choice.spans],
                "readings": {name: [span._asdict() for span in spans] for name, spans in difference.readings.items()},
            }
            for difference, choice, readings in zip(self.differences, self.choices, self.readings, strict=True)
        ]

    def _name(self, index: int, count: int) -> ChoiceName:
        return "left" if index == 0 else "right" if index == count - 1 else "reading"

    def _focused_spans(self) -> Spans:
        """What is chosen at the focused difference; where nothing is, what the first model proposed that did."""
        return self.choices[self.focus].spans or next(
            reading.spans for reading in self.readings[self.focus] if reading.spans
        )

    def _resize(self, spans: Spans, resized: Mapping[Span, Span]) -> bool:
        """Put the resized spans in place of the old; where the task forbids overlap, the others give way to them."""
        new = set(resized.values())
        if any(span.start >= span.end for span in new):
            return False
        kept = [span for span in spans if span not in resized]
        if not self.task.allows_overlap:
            kept = [span for span in kept if not any(span.overlaps(other) for other in new)]
        self._settle(self.focus, self._classify(self.focus, {*kept, *new}))
        return True

    def _classify(self, at: int, spans: Collection[Span]) -> Choice:
        """The choice that leaves `spans` at the difference: a reading where one is the same, else edited."""
        ordered = tuple(sorted(spans))
        for index, reading in enumerate(self.readings[at]):
            if reading.spans == ordered:
                return Choice(ordered, self._name(index, len(self.readings[at])), index)
        return Choice(ordered, "edited" if ordered else "neither")

    def _settle(self, at: int, choice: Choice) -> None:
        """Put `choice` at a difference, confirmed."""
        self._turn += 1
        self._decided[at] = replace(choice, confirmed=True, turn=self._turn)
        self._standing = None

    def _forget_standing(self) -> None:
        self._standing = None

    def _stand(self) -> tuple[Spans, tuple[Choice, ...]]:
        """The base and the choices, without what a later choice overlaps where the task forbids that."""
        if self._standing is None:
            if self.task.allows_overlap or not self._turn:
                self._standing = self._base, tuple(self._decided)
            else:
                self._standing = without_overlaps(self._base, self._decided)
        return self._standing

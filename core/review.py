"""One example under review: what is chosen at each difference, and the answer as it would be saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from tiebreak.core.compare.spans import agreed_spans, first_overlap
from tiebreak.core.records import Difference, QueueItem, Span, Spans, Task

ChoiceName = Literal["left", "right", "reading", "neither", "both", "edited"]


class Reading(NamedTuple):
    """One distinct reading of a place, and the predictors that have it."""

    predictors: tuple[str, ...]
    spans: Spans


def distinct_readings(difference: Difference) -> tuple[Reading, ...]:
    """The readings of a difference with the predictors grouped by reading, the left predictor's first."""
    grouped: dict[Spans, list[str]] = {}
    for predictor, spans in difference.readings.items():
        grouped.setdefault(spans, []).append(predictor)
    return tuple(Reading(tuple(predictors), spans) for spans, predictors in grouped.items())


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands at one difference: the spans, how they were chosen, and whether the person confirmed them.

    `reading` is the index of the distinct reading that was chosen; None for neither, both and edited.
    """

    spans: Spans
    name: ChoiceName
    reading: int | None = None
    confirmed: bool = False


class Review:
    """The answer to one example in the making.

    It starts as the agreed spans plus the left predictor's reading of each difference, unconfirmed. `base` holds what
    stands outside the differences: the agreed spans, and what was added by editing.
    """

    def __init__(self, item: QueueItem, task: Task) -> None:
        self.item = item
        self.task = task
        self.readings = [distinct_readings(difference) for difference in item.differences]
        self.agreed: Spans = agreed_spans(
            {name: each.spans for name, each in item.predictions.items() if not each.error}
        )
        self.base: Spans = self.agreed
        self.choices = [Choice(readings[0].spans, "left", 0) for readings in self.readings]
        self.focus = 0
        self.shown = self.spans

    @property
    def differences(self) -> tuple[Difference, ...]:
        return self.item.differences

    @property
    def spans(self) -> Spans:
        """The answer as it would be saved, in text order."""
        chosen = {span for choice in self.choices for span in choice.spans}
        return tuple(sorted(chosen.union(self.base)))

    @property
    def unconfirmed(self) -> int:
        return sum(not choice.confirmed for choice in self.choices)

    def move(self, step: int) -> None:
        """Focus the difference `step` places on, from the last round to the first."""
        if self.choices:
            self.focus = (self.focus + step) % len(self.choices)

    def choose(self, index: int, *, at: int | None = None) -> None:
        """Take the distinct reading `index` of the focused difference (or of the difference `at`)."""
        at = self.focus if at is None else at
        readings = self.readings[at]
        index = max(0, min(index, len(readings) - 1))
        self._settle(at, Choice(readings[index].spans, self._name(index, len(readings)), index, confirmed=True))

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
        """Take this predictor's reading of every difference."""
        for at, readings in enumerate(self.readings):
            index = next(number for number, reading in enumerate(readings) if predictor in reading.predictors)
            self.choose(index, at=at)

    def choose_neither(self) -> None:
        """No span at the focused difference."""
        self._settle(self.focus, Choice((), "neither", confirmed=True))

    def choose_both(self) -> bool:
        """All readings of the focused difference together; False where the task forbids that overlap."""
        spans = tuple(sorted({span for reading in self.readings[self.focus] for span in reading.spans}))
        if not self.task.allows_overlap and first_overlap(spans):
            return False
        self._settle(self.focus, Choice(spans, "both", confirmed=True))
        return True

    def relabel(self, label: str) -> None:
        """This label for the focused difference's span; where nothing is chosen, on the bounds that were proposed."""
        spans = self.choices[self.focus].spans or next(
            reading.spans for reading in self.readings[self.focus] if reading.spans
        )
        self._settle(self.focus, self._classify(self.focus, {span._replace(label=label) for span in spans}))

    def replace_spans(self, spans: Iterable[Span]) -> None:
        """Take an edited set of spans for the whole example; each difference gets those that lie in its region."""
        left_over = set(spans)
        for at, difference in enumerate(self.differences):
            region = Span(difference.start, difference.end, "")
            inside = {span for span in left_over if span.overlaps(region) and span not in self.agreed}
            left_over -= inside
            if inside != set(self.choices[at].spans):
                self.choices[at] = self._classify(at, inside)
        self.base = tuple(sorted(left_over))

    def restore(self, choices: list[dict[str, Any]], spans: Spans) -> None:
        """Show an earlier answer again: its spans, and how each difference was settled."""
        self.replace_spans(spans)
        earlier = {(choice["start"], choice["end"]): choice for choice in choices}
        for at, (difference, readings) in enumerate(zip(self.differences, self.readings, strict=True)):
            known = earlier.get((difference.start, difference.end))
            if known is None:
                continue
            chosen = tuple(Span(**span) for span in known["spans"])
            name: ChoiceName = known["choice"]
            reading = None
            if name in ("left", "right", "reading"):
                reading = next((number for number, each in enumerate(readings) if each.spans == chosen), None)
                name = "edited" if reading is None else name
            self.choices[at] = Choice(chosen, name, reading, known["confirmed"])
        settled = {span for choice in self.choices for span in choice.spans}
        self.base = tuple(span for span in spans if span not in settled)

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
            }
            for difference, choice, readings in zip(self.differences, self.choices, self.readings, strict=True)
        ]

    def _name(self, index: int, count: int) -> ChoiceName:
        return "left" if index == 0 else "right" if index == count - 1 else "reading"

    def _classify(self, at: int, spans: Collection[Span]) -> Choice:
        """The confirmed choice that leaves `spans` at the difference: a reading where one is the same, else edited."""
        ordered = tuple(sorted(spans))
        for index, reading in enumerate(self.readings[at]):
            if reading.spans == ordered:
                return Choice(ordered, self._name(index, len(self.readings[at])), index, confirmed=True)
        return Choice(ordered, "edited" if ordered else "neither", confirmed=True)

    def _settle(self, at: int, choice: Choice) -> None:
        """Put `choice` at a difference; where the task forbids overlap, what overlaps it elsewhere gives way."""
        self.choices[at] = choice
        if self.task.allows_overlap:
            return
        taken = choice.spans
        self.base = tuple(span for span in self.base if not _overlaps_any(span, taken))
        for other, earlier in enumerate(self.choices):
            if other != at and any(_overlaps_any(span, taken) for span in earlier.spans):
                rest = tuple(span for span in earlier.spans if not _overlaps_any(span, taken))
                self.choices[other] = replace(earlier, spans=rest, name="edited", reading=None, confirmed=False)


def _overlaps_any(span: Span, others: Spans) -> bool:
    return any(span.overlaps(other) for other in others)

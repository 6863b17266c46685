"""The choices at differences, and which choice gives way to which."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, TypeVar

from tiebreak.core.records import Category, ChoiceName, Difference, Marks, Span, Spans

M = TypeVar("M", bound=Span | Category)


class DistinctReading(NamedTuple, Generic[M]):
    """One distinct reading of a place, and the predictors that have it."""

    predictors: tuple[str, ...]
    marks: tuple[M, ...]


def distinct_readings(difference: Difference) -> tuple[DistinctReading[Any], ...]:
    """Return the readings of a difference with the predictors grouped by reading, the left predictor's first."""
    grouped: dict[Marks, list[str]] = {}
    for predictor, marks in difference.readings.items():
        grouped.setdefault(marks, []).append(predictor)
    return tuple(DistinctReading(tuple(predictors), marks) for marks, predictors in grouped.items())


@dataclass(frozen=True, slots=True)
class Choice(Generic[M]):
    """The choice at one difference: its marks, how they were chosen, and whether the annotator confirmed them.

    `reading` is the index of the distinct reading that was chosen; None for neither, both and edited. `turn` counts the
    decisions of a review: if the task forbids overlap, a later decision replaces what it overlaps.
    """

    marks: tuple[M, ...]
    name: ChoiceName
    reading: int | None = None
    confirmed: bool = False
    turn: int = field(default=0, compare=False)


def without_overlaps(base: Spans, decided: Sequence[Choice[Span]]) -> tuple[Spans, tuple[Choice[Span], ...]]:
    """Return `base` and the choices without the spans that a later choice overlaps.

    A choice that loses spans is unconfirmed again. A choice that the annotator has not made yet (turn 0) gives way to
    the base, too.
    """
    taken: list[Span] = []  # in text order, none overlapping another
    choices = list(decided)
    order = sorted(range(len(choices)), key=lambda at: -choices[at].turn)
    settled = [at for at in order if choices[at].turn]
    for at in settled:
        choices[at] = _fitting(choices[at], taken)
    base = _fit(base, taken)
    for at in order[len(settled) :]:
        choices[at] = _fitting(choices[at], taken)
    return base, tuple(choices)


def _fitting(choice: Choice[Span], taken: list[Span]) -> Choice[Span]:
    """Return the choice with its spans that overlap none of `taken`, and add these to `taken`."""
    spans = _fit(choice.marks, taken)
    if spans == choice.marks:
        return choice
    return replace(choice, marks=spans, name="edited", reading=None, confirmed=False)


def _fit(spans: Spans, taken: list[Span]) -> Spans:
    fitting = []
    for span in spans:
        at = bisect_left(taken, span)
        if any(span.overlaps(other) for other in taken[max(at - 1, 0) : at + 1]):
            continue
        taken.insert(at, span)
        fitting.append(span)
    return tuple(fitting)

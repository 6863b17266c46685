"""A text that was given out, as estimates see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tiebreak.core.records import Category, Span

Set = frozenset[Span | Category]


class Text(NamedTuple):
    """A compared text that was given out: what each model says, what all of them say, and what was `answered`.

    `answered` is None if it was rejected, ignored, or put off. `expected_errors` is what was learned of it; None if
    nothing was. `exported` is what would go out of a slice text if nobody had answered it; None if nobody knows.
    """

    id: int
    readings: Mapping[str, Set]
    agreed: Set
    differences: int
    answered: Set | None
    expected_errors: float | None = None
    exported: Set | None = None
    is_unmarked: bool = False
    is_put_off: bool = False


class Traits(NamedTuple):
    """What is known of one text, or of many, before anyone answers: sums of this can be expected alike.

    By model its marks, and those of them that lie at differences; and how many differences there are.
    """

    marks: Mapping[str, float]
    at_differences: Mapping[str, float]
    differences: float


def traits_of(text: Text) -> Traits:
    """Return the traits of one text."""
    marks = {name: float(len(said)) for name, said in text.readings.items()}
    at_differences = {name: count - len(text.agreed) for name, count in marks.items()}
    return Traits(marks, at_differences, text.differences)

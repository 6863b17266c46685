"""A text that was given out, as estimates see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tiebreak.core.records import Category, Span

Set = frozenset[Span | Category]


class GivenOutText(NamedTuple):
    """A compared text that was given out: the marks of each model, of all models, and of the answer.

    `answered` is None if the text was rejected, ignored, or put off. `expected_errors` is what the learner expects;
    None if it has learned nothing. `exported` are the marks that would be exported of a slice text without its answer;
    None if not known.
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
    """The counts that are known of one text, or of many, before any answer: an expectation depends on them only.

    They are the marks of each model, its marks at differences, and the differences.
    """

    marks: Mapping[str, float]
    at_differences: Mapping[str, float]
    differences: float


def traits_of(text: GivenOutText) -> Traits:
    """Return the traits of one text."""
    marks = {name: float(len(reading)) for name, reading in text.readings.items()}
    at_differences = {name: count - len(text.agreed) for name, count in marks.items()}
    return Traits(marks, at_differences, text.differences)

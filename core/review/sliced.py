"""How a slice text is reviewed: nothing is picked beforehand, and what all agree on is to be confirmed as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.records import Category, Difference, Marks, Span
from tiebreak.core.review.places import Offered


class Sliced(NamedTuple):
    """How a slice text is shown: on one that `is_unmarked` without any agreed mark."""

    is_unmarked: bool


def to_confirm(agreed: Sequence[Span | Category], predictors: Sequence[str]) -> list[Offered]:
    """Return a row for each place at which all predictors have the `agreed` marks, with nothing as the other reading.

    Marks on the same bounds stand in one row.
    """
    places: dict[tuple[object, ...], list[Span | Category]] = {}
    for mark in agreed:
        places.setdefault(mark[:-1] or tuple(mark), []).append(mark)
    return [_row(tuple(marks), predictors) for marks in places.values()]


def _row(marks: Marks, predictors: Sequence[str]) -> Offered:
    first = marks[0]
    start, end = (first.start, first.end) if isinstance(first, Span) else (0, 0)
    return Offered(Difference(start, end, "agreed", dict.fromkeys(predictors, marks)), ())

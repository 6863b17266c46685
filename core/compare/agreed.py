"""The marks that all readings of one text have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from tiebreak.core.records import Category, Span

M = TypeVar("M", Span, Category)


def agreed_marks(readings: Mapping[str, Collection[M]]) -> tuple[M, ...]:
    """Return every predictor's marks: spans with the same bounds and label in text order, or categories by label."""
    sets = [frozenset(marks) for marks in readings.values()]
    return tuple(sorted(frozenset.intersection(*sets))) if sets else ()

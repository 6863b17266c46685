"""What one predictor says at a difference, in a few words."""

from __future__ import annotations

from typing import cast

from tiebreak.core.records import Difference, Spans
from tiebreak.tui.text.render import describe_spans, shorten


def difference_name(difference: Difference) -> str:
    """What a difference is called in a list: its kind, or the category that it is about."""
    return shorten(difference.label, 40) if difference.is_category else difference.kind


def describe_reading(text: str, difference: Difference, predictor: str, score: float | None = None) -> str:
    """The spans of a reading with their text; of a category yes or no, with its `score` unless that is 0 or 1."""
    marks = difference.readings[predictor]
    if not difference.is_category:
        return describe_spans(text, cast(Spans, marks))
    return ("yes" if marks else "no") + ("" if score in (None, 0.0, 1.0) else f" {score:.2f}")

"""What is said at a difference, in a few words, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tiebreak.core.records import Difference, Spans
from tiebreak.core.review.choices import Reading
from tiebreak.tui.text.render import describe_spans, letter, shorten


def difference_name(difference: Difference) -> str:
    """What a difference is called in a list: its kind, or the category that it is about."""
    return shorten(difference.label, 40) if difference.is_category else difference.kind


def describe_reading(text: str, difference: Difference, predictor: str, score: float | None = None) -> str:
    """The spans of a reading with their text; of a category yes or no, with its `score` unless that is 0 or 1."""
    marks = difference.readings[predictor]
    if not difference.is_category:
        return describe_spans(text, cast(Spans, marks))
    return ("yes" if marks else "no") + ("" if score in (None, 0.0, 1.0) else f" {score:.2f}")


def everyone(difference: Difference) -> str:
    """All predictors, in a word."""
    return "both" if len(difference.readings) == 2 else "all"


def reading_letters(difference: Difference, reading: Reading[Any], numbers: Mapping[str, int]) -> str:
    """Who has a reading: the letters of the predictors, by their `numbers`; at an offer all of them in a word."""
    if difference.is_offer:
        return everyone(difference) if reading.predictors else ""
    return "".join(letter(numbers[name]) for name in reading.predictors if name in numbers)


def reading_number(difference: Difference, reading: Reading[Any], numbers: Mapping[str, int]) -> int | None:
    """The number of the first predictor that has a reading; None if all have it, -1 if none has."""
    if difference.is_offer:
        return None if reading.predictors else -1
    return numbers.get(reading.predictors[0], 0)

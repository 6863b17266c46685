"""The readings of a difference in a few words, with their predictors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tiebreak.core.records import Difference, Spans
from tiebreak.core.review.choices import DistinctReading
from tiebreak.tui.text.cutting import cut_middle
from tiebreak.tui.text.render import describe_spans, letter, shorten, visible

_ASKED = {"agreed": "keep?", "unmarked": "add?"}  # if only one model has read the text


def kind_word(difference: Difference) -> str:
    """Return the word for the kind of a difference; if only one model has read the text, it is a question."""
    return _ASKED.get(difference.kind, difference.kind) if len(difference.readings) == 1 else difference.kind


def difference_name(difference: Difference) -> str:
    """Return the name of a difference in a list: its kind, or the category that it is about."""
    return shorten(difference.label, 40) if difference.is_category else kind_word(difference)


def describe_reading(text: str, difference: Difference, predictor: str, score: float | None = None) -> str:
    """Return the spans of a reading with their text; for a category yes or no, with its `score` unless 0 or 1."""
    marks = difference.readings[predictor]
    if not difference.is_category:
        return describe_spans(text, cast(Spans, marks))
    return ("yes" if marks else "no") + ("" if score in (None, 0.0, 1.0) else f" {score:.2f}")


def everyone(difference: Difference) -> str:
    """Return a word for all predictors, or the name of the only predictor."""
    if len(difference.readings) == 1:
        return cut_middle(visible(next(iter(difference.readings))), 16)
    return "both" if len(difference.readings) == 2 else "all"


def reading_letters(difference: Difference, reading: DistinctReading[Any], numbers: Mapping[str, int]) -> str:
    """Return the letters of a reading's predictors, by their `numbers`; at an offer of several, a word for all."""
    if difference.is_offer and len(difference.readings) != 1:
        return everyone(difference) if reading.predictors else ""
    return "".join(letter(numbers[name]) for name in reading.predictors if name in numbers)


def reading_number(difference: Difference, reading: DistinctReading[Any], numbers: Mapping[str, int]) -> int | None:
    """Return the number of the first predictor that has a reading; None if all of several do, -1 if none does."""
    if not reading.predictors:
        return -1
    if difference.is_offer and len(difference.readings) > 1:
        return None
    return numbers.get(reading.predictors[0], 0)

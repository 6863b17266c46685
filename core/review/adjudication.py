"""Annotators' answers as readings, so that what they differ on is settled on the same screen."""

from __future__ import annotations

from tiebreak.core.compare.cats import category_score, decided, find_category_differences
from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import Answer, CurrentPrediction, Example, QueueItem, Task


def disputed_item(example: Example, answers: list[Answer], task: Task) -> QueueItem:
    """An example with what each of several annotators answered as the reading of that annotator.

    A reading is what the answer held, also of one that was rejected or ignored; `verdict` of the reading says so.
    """
    readings = {
        each.annotator: CurrentPrediction(
            each.annotator,
            decided(each.cats or {}, task) if task.is_categories else each.spans,
            cats=each.cats or {},
            verdict="" if each.answer == "accept" else each.answer,
        )
        for each in answers
    }
    spans = {name: reading.spans for name, reading in readings.items()}
    if task.is_categories:
        differences = find_category_differences(spans)
        score = category_score({name: dict(reading.cats) for name, reading in readings.items()}, task)
    else:
        differences = find_differences(spans)
        score = span_f1(spans)
    return QueueItem(example, score if differences else 0.0, differences, readings, answered=True)

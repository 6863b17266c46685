"""Annotators' answers as readings, so that what they differ on is settled on the same screen."""

from __future__ import annotations

from tiebreak.core.compare.scorers import Scorer
from tiebreak.core.records import Answer, CurrentPrediction, Example, QueueItem, Task
from tiebreak.core.tasks.compare import compare


def disputed_item(example: Example, answers: list[Answer], task: Task, scorer: Scorer) -> QueueItem:
    """An example with what each of several annotators answered as the reading of that annotator.

    A reading is what the answer held, also of one that was rejected or ignored; `verdict` of the reading says so.
    """
    found = compare({answer.annotator: answer for answer in answers}, task, scorer)
    readings = {
        each.annotator: CurrentPrediction(
            each.annotator,
            found.readings[each.annotator],
            cats=each.cats or {},
            verdict="" if each.answer == "accept" else each.answer,
        )
        for each in answers
    }
    return QueueItem(example, found.score, found.differences, readings, answered=True)

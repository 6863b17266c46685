"""Annotators' answers as readings, so that the same screen settles their disagreements."""

from __future__ import annotations

from tiebreak.core.compare.scorers import Scorer
from tiebreak.core.records import Answer, CurrentPrediction, Example, QueueItem, Task
from tiebreak.core.tasks.compare import compare


def disputed_item(example: Example, answers: list[Answer], task: Task, scorer: Scorer) -> QueueItem:
    """Return the example with each annotator's answer as that annotator's reading.

    A rejected or ignored answer is a reading, too; its `verdict` says which of the two it is.
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

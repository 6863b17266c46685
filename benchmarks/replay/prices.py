"""The cost of an annotator's acts, in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from tiebreak.core.compare.mixes import mixes
from tiebreak.core.records import Marks, Spans, Task, TaskKind

WORDS = 4.0  # words read a second
LOOK = 1.0  # seconds at a difference
PICK = 1.5  # seconds
MIX = 2.5  # seconds
EDIT = 6.0  # seconds


def review_seconds(
    words: int,
    places: Sequence[tuple[Sequence[Marks], Marks | None, Marks]],
    outside: int,
    task: Task,
) -> float:
    """Return the seconds of an answer.

    `places` are the rows, each with its readings, its first reading and the wanted marks. The readings of an offer are
    the marks that stand there and the offered marks. `outside` is how many marks must change elsewhere.
    """
    acts = [settle_seconds(*place, task) for place in places]
    if task is Task.TEXTCAT:
        acts = [max(acts, default=0.0)]
    return words / WORDS + LOOK * len(places) + sum(acts) + edit_seconds(task) * outside


def edit_seconds(task: Task) -> float:
    """Return the seconds of a change that no system proposed; for categories it is a pick like any other."""
    return EDIT if task.kind is TaskKind.SPANS else PICK


def settle_seconds(readings: Sequence[Marks], first: Marks | None, wanted: Marks, task: Task) -> float:
    """Return the seconds to get from the first reading of a row to the wanted marks, without looking at it.

    `first` is None if the row has no first reading.
    """
    if wanted == first:
        return 0.0
    if not wanted or wanted in readings or wanted == both(readings):
        return PICK
    if task.kind is TaskKind.SPANS and wanted in mixes(cast(Sequence[Spans], readings), task):
        return MIX
    return EDIT


def version_seconds(words: int, wrong: Iterable[int], outside: int, task: Task) -> float:
    """Return the seconds in which a whole version is taken and corrected.

    `wrong` has the number of differences at which each version is wrong; it is empty if there is only one version.
    """
    wrong = list(wrong)
    corrected = PICK + edit_seconds(task) * min(wrong) if wrong else 0.0
    return words / WORDS + corrected + edit_seconds(task) * outside


def both(readings: Iterable[Marks]) -> Marks:
    """Return the marks of all readings together."""
    return tuple(sorted({mark for reading in readings for mark in reading}))

"""How long things take: reading a word, looking at a row, a pick, a mix, an edit."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from tiebreak.core.compare.mixes import mixes
from tiebreak.core.learning.ridge import Doubles, Ridge, Sums
from tiebreak.core.records import Answer, Category, Difference, Marks, SettledDifference, Span, Task, TaskKind
from tiebreak.core.tasks.registry import rules_of

LONGEST = 300.0  # seconds that an answer counts at most: whoever is away does not review
_STRENGTH = 40.0  # of the prices, as seconds that each kind of act has taken already
_FASTEST, _SLOWEST = 0.1, 10.0  # times its price, which an act takes


class Act(IntEnum):
    """What an answer is made of."""

    READ = 0
    LOOK = 1
    PICK = 2
    MIX = 3
    EDIT = 4


# Seconds of each act before any answer: of a word that is read, a row that is looked at, and so on.
PRICES = np.array([0.25, 1.0, 1.5, 2.5, 6.0])


def nothing_done() -> Doubles:
    """Return a count of 0 for each act."""
    return np.zeros(len(PRICES))


def edit_of(task: Task) -> Act:
    """Return the act by which a mark comes to hold that nobody proposed."""
    return Act.EDIT if task.kind is TaskKind.SPANS else Act.PICK


def acts_of(answer: Answer, words: int, task: Task) -> Doubles:
    """Return how often each act was needed for an answer to a text of so many words."""
    acts = nothing_done()
    places = (*answer.choices, *answer.offered)
    acts[Act.READ], acts[Act.LOOK] = words, len(places)
    at_places: set[Span | Category] = set()
    for each in places:
        first = _first(each)
        at_places |= {*first, *each.marks}
        if (act := _act_at(each.difference, first, each.marks, task)) is not None:
            acts[act] += 1
    if task is Task.TEXTCAT:
        acts[Act.PICK] = min(acts[Act.PICK], 1.0)  # one pick settles all labels
    outside = ({*rules_of(task).marks_of(answer)} ^ {*answer.shown}) - at_places
    acts[edit_of(task)] += len(outside)
    return acts


def _first(settled: SettledDifference) -> Marks:
    """What stood first: in answers of older versions the left reading."""
    readings = settled.difference.readings
    return next(iter(readings.values()), ()) if settled.first is None else settled.first


def _act_at(difference: Difference, first: Marks, marks: Marks, task: Task) -> Act | None:
    """How `marks` came to hold where `first` stood; None if nothing was needed."""
    if marks == first:
        return None
    readings = list(difference.readings.values())
    both = tuple(sorted({mark for reading in readings for mark in reading}))
    if difference.is_offer or not marks or marks == both or marks in readings:
        return Act.PICK
    if task.kind is TaskKind.SPANS and marks in mixes(readings, task):  # type: ignore[arg-type]  # all are spans
        return Act.MIX
    return edit_of(task)


class ActTimes:
    """Seconds an act, learned from answers: a sum of acts, each at its own pace, by regression towards PRICES."""

    def __init__(self) -> None:
        self._ridge = Ridge([1.0] * len(PRICES), _STRENGTH)

    def learn(self, acts: Doubles, seconds: float) -> None:
        """Learn that so many acts took `seconds`; nothing of an answer that took no time, as one from a file."""
        prices = acts * PRICES
        if seconds > 0 and prices.any():
            self._ridge.learn(prices, min(seconds, LONGEST), 1.0 / prices.sum())

    def seconds(self, acts: Doubles) -> float:
        """Return how long so many acts take."""
        paces = np.clip(self._ridge.weights, _FASTEST, _SLOWEST)
        return float(paces @ (acts * PRICES))

    def state(self) -> Sums:
        """Return what was learned."""
        return self._ridge.state()

    def restore(self, state: Sums) -> None:
        """Go back to what `state` has returned."""
        self._ridge.restore(state)

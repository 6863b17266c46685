"""How long each act of an answer takes: reading a word, looking at a row, a pick, a mix, an edit."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from tiebreak.core.compare.mixes import mixes
from tiebreak.core.learning.ridge import Doubles, Ridge, RidgeState
from tiebreak.core.records import Answer, Category, Difference, Marks, SettledDifference, Span, Task, TaskKind
from tiebreak.core.tasks.registry import rules_of

LONGEST = 300.0  # seconds of an answer that count; an annotator who takes longer is away
_STRENGTH = 40.0  # seconds; the prices weigh as if each kind of act had already taken so long
_FASTEST, _SLOWEST = 0.1, 10.0  # times its price; an act never takes less or more


class Act(IntEnum):
    """The acts that make up an answer."""

    READ = 0
    LOOK = 1
    PICK = 2
    MIX = 3
    EDIT = 4


# Seconds of each act before any answer has taught: of reading a word, looking at a row, and so on.
PRICES = np.array([0.25, 1.0, 1.5, 2.5, 6.0])


def nothing_done() -> Doubles:
    """Return a count of 0 for each act."""
    return np.zeros(len(PRICES))


def edit_of(task: Task) -> Act:
    """Return the act that makes a mark that no predictor proposed."""
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
    """Return the first reading; in answers of older versions, this is the left reading."""
    readings = settled.difference.readings
    return next(iter(readings.values()), ()) if settled.first is None else settled.first


def _act_at(difference: Difference, first: Marks, marks: Marks, task: Task) -> Act | None:
    """Return the act that changes `first` to `marks`; None if they are equal."""
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
    """Seconds an act, learned from answers by regression towards PRICES: an answer takes the sum of its acts."""

    def __init__(self) -> None:
        self._ridge = Ridge([1.0] * len(PRICES), _STRENGTH)

    def learn(self, acts: Doubles, seconds: float) -> None:
        """Learn that so many acts took `seconds`; an answer without a time, as from a file, teaches nothing."""
        prices = acts * PRICES
        if seconds > 0 and prices.any():
            self._ridge.learn(prices, min(seconds, LONGEST), 1.0 / prices.sum())

    def seconds(self, acts: Doubles) -> float:
        """Return the seconds that so many acts take."""
        paces = np.clip(self._ridge.weights, _FASTEST, _SLOWEST)
        return float(paces @ (acts * PRICES))

    def state(self) -> RidgeState:
        """Return what was learned."""
        return self._ridge.state()

    def restore(self, state: RidgeState) -> None:
        """Go back to what `state` returned."""
        self._ridge.restore(state)

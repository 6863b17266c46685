"""Who was right, by run: each run of a predictor that has several, at the places that answers settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tiebreak.core.insight.counts import Count
from tiebreak.core.learning.outcomes import marks_at
from tiebreak.core.records import Answer, SettledDifference
from tiebreak.core.store.connection import Store
from tiebreak.core.store.run_readings import runs_of_several, said_by_runs
from tiebreak.core.store.status import RunStatus

_PART = 500  # answers whose predictions are read at a time


@dataclass
class RunCount:
    """How often a run was right, at the places of its predictor in texts of which it has a prediction."""

    run: RunStatus
    count: Count = field(default_factory=Count)


class ByRun:
    """Counts settled places for each run of a compared predictor that has several with predictions.

    Answers keep what the run said that was current then. What the others say there is read from their predictions.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts = {run.id: RunCount(run) for run in runs_of_several(store)}
        self._waiting: list[tuple[Answer, Sequence[SettledDifference]]] = []

    def add(self, answer: Answer, places: Sequence[SettledDifference]) -> None:
        """Count the places of an accepted answer."""
        if self._counts and places:
            self._waiting.append((answer, places))
            if len(self._waiting) >= _PART:
                self._count()

    def counts(self) -> list[RunCount]:
        """Return the counts by run, those of one predictor together, the oldest first."""
        self._count()
        return list(self._counts.values())

    def _count(self) -> None:
        said = said_by_runs(self._store, list(self._counts), [answer.example_id for answer, _ in self._waiting])
        for answer, places in self._waiting:
            holds = self._store.rules.marks_of(answer)
            for run_id, marks in said.get(answer.example_id, {}).items():
                found = self._counts[run_id]
                own = [each for each in places if found.run.predictor in each.difference.readings]
                beside = {*holds}.difference(*(each.marks for each in places))
                readings = marks_at([each.difference for each in own], marks, tuple(beside))
                for place, reading in zip(own, readings, strict=True):
                    found.count.add({*reading} == {*place.marks}, place.confirmed)
        self._waiting.clear()

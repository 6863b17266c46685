"""How often each run was right at settled places, for predictors with several runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tiebreak.core.insight.counts import Count
from tiebreak.core.learning.outcomes import marks_at
from tiebreak.core.records import Marks, SettledDifference
from tiebreak.core.store.connection import Store
from tiebreak.core.store.run_readings import marks_by_run
from tiebreak.core.store.status import RunStatus

_PART = 500  # answers; the predictions of so many are read at a time


@dataclass
class RunCount:
    """How often a run was right at the places of its predictor, in texts for which it has a prediction."""

    run: RunStatus
    count: Count = field(default_factory=Count)


class ByRun:
    """Counts settled places for each run, of compared predictors that have several runs with predictions.

    An answer keeps the readings of the runs that were current then. Those of other runs are read from their
    predictions.
    """

    def __init__(self, store: Store, runs: Sequence[RunStatus]) -> None:
        self._store = store
        self._predictors = {run.id: run.predictor for run in runs}
        self._counts: dict[int, Count] = {}
        self._waiting: list[tuple[int, Marks, Sequence[SettledDifference]]] = []

    def add(self, example_id: int, holds: Marks, places: Sequence[SettledDifference]) -> None:
        """Count the places of an accepted answer to an example; `holds` are the marks of the answer."""
        if self._predictors and places:
            self._waiting.append((example_id, holds, places))
            if len(self._waiting) >= _PART:
                self._count()

    def counts(self) -> dict[int, Count]:
        """Return the counts by the run's id."""
        self._count()
        return self._counts

    def _count(self) -> None:
        by_example = marks_by_run(self._store, list(self._predictors), [example_id for example_id, *_ in self._waiting])
        for example_id, holds, places in self._waiting:
            for run_id, marks in by_example.get(example_id, {}).items():
                found = self._counts.setdefault(run_id, Count())
                own = [each for each in places if self._predictors[run_id] in each.difference.readings]
                beside = {*holds}.difference(*(each.marks for each in places))
                readings = marks_at([each.difference for each in own], marks, tuple(beside))
                for place, reading in zip(own, readings, strict=True):
                    found.add({*reading} == {*place.marks}, place.confirmed)
        self._waiting.clear()

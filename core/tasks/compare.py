"""The one comparison: where the predictions of one text agree, where they differ, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tiebreak.core.compare.scorers import BUILT_IN, Compared, Scorer, own_scorers, scorer_named
from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Difference, Marks, Task
from tiebreak.core.tasks.protocol import HasMarks
from tiebreak.core.tasks.registry import rules_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison. `readings` are by predictor; `score` is 0..1, above 0 if there are differences."""

    task: Task
    readings: Mapping[str, Marks]
    differences: tuple[Difference, ...]
    score: float

    @property
    def agreed(self) -> Marks:
        """The marks that all readings have in common; computed on demand, since a store never needs them."""
        return rules_of(self.task).agreed(self.readings)


def scorer_of(task: Task, name: str | None = None) -> Scorer:
    """Return the scorer called `name`, or the task's default without a name.

    Raises ConfigError unless it is built in and fits the task, or comes from another package.
    """
    fitting = rules_of(task).scorers
    name = fitting[0] if name is None else name
    fits = name in fitting or name not in BUILT_IN
    if not fits or (scorer := scorer_named(name)) is None:
        known = ", ".join(dict.fromkeys([*fitting, *own_scorers()]))
        raise ConfigError(f"scorer {name!r}: not a scorer of the task {task.value}, which has {known}")
    return scorer


def compare(predictions: Mapping[str, HasMarks], task: Task, scorer: Scorer) -> Comparison:
    """Compare the predictions of several predictors (or annotators, or files) for one text, the left one first."""
    rules = rules_of(task)
    readings = {name: rules.marks_of(said) for name, said in predictions.items()}
    differences = rules.differences(readings)
    if not differences:
        return Comparison(task, readings, (), 0.0)
    return Comparison(task, readings, differences, scorer(Compared(readings, predictions, differences)))

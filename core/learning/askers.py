"""The askers, by the kind of task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tiebreak.core.learning.asking import Asker
from tiebreak.core.learning.category_questions import CategoryAsker
from tiebreak.core.learning.span_questions import SpanAsker
from tiebreak.core.records import Task, TaskKind

_ASKERS: Mapping[TaskKind, Callable[[Task, Sequence[str], Sequence[str]], Asker]] = {
    TaskKind.SPANS: SpanAsker,
    TaskKind.CATEGORIES: CategoryAsker,
}


def asker_of(task: Task, predictors: Sequence[str], labels: Sequence[str]) -> Asker:
    """Return the asker for texts that `predictors` read under `task`; `labels` are all known labels."""
    return _ASKERS[task.kind](task, predictors, labels)

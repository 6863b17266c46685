"""The rules of each task, by its kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tiebreak.core.records import Task, TaskKind
from tiebreak.core.tasks.categories import CategoryRules
from tiebreak.core.tasks.protocol import TaskRules
from tiebreak.core.tasks.spans import SpanRules

_RULES: dict[TaskKind, Callable[[Task], TaskRules]] = {
    TaskKind.SPANS: lambda task: SpanRules(),  # the same for both tasks
    TaskKind.CATEGORIES: CategoryRules,
}


@cache
def rules_of(task: Task) -> TaskRules:
    """Return the rules of `task`."""
    return _RULES[task.kind](task)

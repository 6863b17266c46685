"""The drawing of each kind of task."""

from __future__ import annotations

from tiebreak.core.records import Task, TaskKind
from tiebreak.tui.widgets.category_drawing import CategoryDrawing
from tiebreak.tui.widgets.drawing import Drawing
from tiebreak.tui.widgets.span_drawing import SpanDrawing

_DRAWINGS: dict[TaskKind, Drawing] = {
    TaskKind.SPANS: SpanDrawing(),
    TaskKind.CATEGORIES: CategoryDrawing(),
}


def drawing_of(task: Task) -> Drawing:
    """Return how reviews of `task` are drawn."""
    return _DRAWINGS[task.kind]

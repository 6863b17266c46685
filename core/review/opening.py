"""The answer in the making of each kind of task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiebreak.core.records import QueueItem, Task, TaskKind
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview

_REVIEWS: dict[TaskKind, Callable[[QueueItem, Task, Sequence[str]], AnyReview]] = {
    TaskKind.SPANS: SpanReview,
    TaskKind.CATEGORIES: CategoryReview,
}


def open_review(item: QueueItem, task: Task, labels: Sequence[str] = ()) -> AnyReview:
    """Return the review of `item`, as the kind of the task has it; `labels` are all that are known."""
    return _REVIEWS[task.kind](item, task, labels)

"""The answer in the making of each kind of task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiebreak.core.records import Learned, QueueItem, SettledDifference, Task, TaskKind
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.first import with_evidence
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.review.spans import SpanReview

_Settled = Sequence[SettledDifference] | None
_Open = Callable[[QueueItem, Task, Sequence[str], Learned | None, _Settled, Sliced | None], AnyReview]
_REVIEWS: dict[TaskKind, _Open] = {
    TaskKind.SPANS: SpanReview,
    TaskKind.CATEGORIES: CategoryReview,
}


def open_review(
    item: QueueItem,
    task: Task,
    labels: Sequence[str] = (),
    learned: Learned | None = None,
    settled: Sequence[SettledDifference] | None = None,
    sliced: Sliced | None = None,
) -> AnyReview:
    """Return the review of `item`, as the kind of the task has it; `labels` are all that are known.

    It starts with what was `learned` of the item, if that is enough to go by. Where its places were `settled` before,
    what is offered is what was offered then. `sliced` says how a slice text is shown.
    """
    return _REVIEWS[task.kind](item, task, labels, with_evidence(learned), settled, sliced)

"""Opening a review of the right kind for the task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiebreak.core.records import Learned, QueueItem, SettledDifference, Task, TaskKind
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.first_reading import with_evidence
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
    """Return the review of `item` for the kind of the task; `labels` are all known labels.

    It starts with what was `learned` of the item, if enough answers taught it. If its places were `settled` before, it
    makes the same offers as then. `sliced` says how a slice text is shown.
    """
    return _REVIEWS[task.kind](item, task, labels, with_evidence(learned), settled, sliced)

"""What a sitting goes through if nobody asks for anything."""

from __future__ import annotations

from tiebreak.core.selection.filter import DISAGREEING, OPEN, QueueFilter
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.engines import engines
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.queue import predictors_of


def what_waits(store: Store, *, expected: int = 0) -> QueueFilter:
    """Return the disagreeing examples if two predictors read the texts, else the open ones.

    Predictors that an engine at work is about to run count, as do those that are `expected` to run. Where no label is
    known nobody can mark anything, so that disagreements are waited for.
    """
    predictors = max(predictors_of(store), expected)
    if not label_names(store):
        return DISAGREEING
    if predictors < 2 and engines(store, live=True):
        predictors = max(predictors, len(predictor_names(store)))
    return DISAGREEING if predictors > 1 else OPEN


def of_what_waits(queue: QueueFilter, whole: QueueFilter) -> QueueFilter:
    """Return the filter, which asks for open examples if these are what waits and it says no status itself."""
    asks_for_status = any(each.key == "status" for each in queue.conditions)
    if whole != OPEN or asks_for_status or queue.wants_answered:
        return queue
    return queue.with_statuses("open")

"""The queue that a sitting goes through if no queue is asked for."""

from __future__ import annotations

from tiebreak.core.selection.filter import DISAGREEING, OPEN, QueueFilter
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.engines import engines
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.queue import predictors_of


def default_queue(store: Store, *, expected: int = 0) -> QueueFilter:
    """Return the queue of disagreeing examples if two predictors read the texts, else of open examples.

    Predictors that an engine at work is about to run count, as do those `expected` to run. If no label is known, an
    annotator cannot mark anything, so the sitting waits for disagreements.
    """
    predictors = max(predictors_of(store), expected)
    if not label_names(store):
        return DISAGREEING
    if predictors < 2 and engines(store, live=True):
        predictors = max(predictors, len(predictor_names(store)))
    return DISAGREEING if predictors > 1 else OPEN


def with_default_status(queue: QueueFilter, whole: QueueFilter) -> QueueFilter:
    """Return the filter; if open examples are what waits and it names no status itself, it asks for these."""
    asks_for_status = any(each.key == "status" for each in queue.conditions)
    if whole != OPEN or asks_for_status or queue.wants_answered:
        return queue
    return queue.with_statuses("open")

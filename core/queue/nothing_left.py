"""Why a review has nothing to show, as data: the screen says it, and what to do then."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from tiebreak.core.selection.filter import OPEN, QueueFilter
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import queue_counts, queue_length


class Why(Enum):
    """Why no example is left."""

    OPEN_DONE = auto()  # of the texts that fewer than two predictors have read all have an answer
    FOR_NOW = auto()  # what comes in shows
    NO_TEXTS = auto()
    NOT_COMPARED = auto()
    ALL_AGREE = auto()
    ALL_ANSWERED = auto()
    SHARE_DONE = auto()  # what is the annotator's is answered, or others have it on screen
    FILTER_DONE = auto()  # all that it finds has an answer by now
    FILTER_FINDS_NOTHING = auto()  # or nothing that waits for an answer
    NONE_DISPUTED = auto()


class NothingLeft(NamedTuple):
    """Why no example is left, with how many predictors the store has, and how many of its examples are compared;
    `open` ones wait, since fewer than two predictors have read them.
    """

    why: Why
    predictors: int = 0
    compared: int = 0
    open: int = 0


def why_nothing_is_left(store: Store, queue: QueueFilter) -> NothingLeft:
    """Why a queue that only asks for a status is empty."""
    counts = queue_counts(store)
    if not counts.examples:
        why = Why.NO_TEXTS
    elif queue == OPEN:
        why = Why.OPEN_DONE
    elif not counts.compared:
        why = Why.NOT_COMPARED
    else:
        why = Why.ALL_ANSWERED if counts.disagreeing else Why.ALL_AGREE
    return NothingLeft(why, counts.predictors, counts.compared, queue_length(store, OPEN))

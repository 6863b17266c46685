"""Why a review has nothing to show, as data; the screen words it, and what to do next."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from tiebreak.core.selection.filter import OPEN, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import QueueCounts, queue_counts, queue_length


class Why(Enum):
    """Why no example is left."""

    ON_OTHER_SCREENS = auto()  # other annotators have all that waits; it comes here if they leave it
    FOR_NOW = auto()  # new examples show when they come in
    NO_TEXTS = auto()
    NOT_COMPARED = auto()
    ALL_AGREE = auto()
    ALL_ANSWERED = auto()
    COMPARED_DONE = auto()  # all compared examples, agreed or not, have an answer
    NONE_AGREED = auto()
    AGREED_DONE = auto()  # all agreed examples have an answer
    NONE_OPEN = auto()
    OPEN_DONE = auto()  # all texts that fewer than two predictors have read have an answer
    SHARE_DONE = auto()  # nothing in the annotator's share waits
    NONE_FAILED = auto()
    NONE_ANSWERED = auto()
    NONE_DISPUTED = auto()
    NONE_TO_ADJUDICATE = auto()
    FILTER_DONE = auto()  # all examples that the filter finds have an answer by now
    FILTER_FINDS_NOTHING = auto()
    FILTER_FINDS_NONE_WAITING = auto()  # the filter finds nothing, or nothing that waits for an answer


class NothingLeft(NamedTuple):
    """Why no example is left, with the number of predictors in the store, and of its compared examples.

    `open` counts the examples that wait and that fewer than two predictors have read. `failed` counts the examples
    with a failed prediction, if all others agree. `elsewhere` names the annotators with a waiting example on screen,
    a name for each example.
    """

    why: Why
    predictors: int = 0
    compared: int = 0
    open: int = 0
    failed: int = 0
    elsewhere: tuple[str, ...] = ()


FAILED = QueueFilter().with_statuses("failed")
_NONE_SUCH = {"failed": Why.NONE_FAILED, "answered": Why.NONE_ANSWERED, "disputed": Why.NONE_DISPUTED}


def why_nothing_is_left(store: Store, queue: QueueFilter, portion: Portion, *, is_gone_through: bool) -> NothingLeft:
    """Return why a queue is empty for the annotator of `portion`.

    `is_gone_through` says whether the annotator has answered examples of the queue since it was asked for.
    """
    if not queue.only_status:
        return NothingLeft(_nothing_found(queue, is_gone_through=is_gone_through))
    counts = queue_counts(store)
    why = _why(counts, queue, portion, is_gone_through=is_gone_through)
    failed = queue_length(store, FAILED) if why is Why.ALL_AGREE else 0
    return NothingLeft(why, counts.predictors, counts.compared, queue_length(store, OPEN), failed)


def _nothing_found(queue: QueueFilter, *, is_gone_through: bool) -> Why:
    if is_gone_through:
        return Why.FILTER_DONE
    return Why.FILTER_FINDS_NOTHING if queue.wants_answered else Why.FILTER_FINDS_NONE_WAITING


def _why(counts: QueueCounts, queue: QueueFilter, portion: Portion, *, is_gone_through: bool) -> Why:
    """Return why no example of these statuses is left; a queue of answered examples ignores shares."""
    if not counts.examples:
        return Why.NO_TEXTS
    if queue.wants_answered:
        only = queue.statuses[0] if len(queue.statuses) == 1 else ""
        found = _nothing_found(queue, is_gone_through=is_gone_through)
        return _NONE_SUCH.get(only, found) if found is Why.FILTER_FINDS_NOTHING else found
    if queue == OPEN and counts.compared == counts.examples:
        return Why.NONE_OPEN
    if "open" not in queue.statuses and not counts.compared:
        return Why.NOT_COMPARED
    if queue.statuses == ("agreed",) and counts.compared == counts.disagreeing:
        return Why.NONE_AGREED
    if not portion.is_whole:
        return Why.SHARE_DONE
    return _whole_is_done(counts, queue)


def _whole_is_done(counts: QueueCounts, queue: QueueFilter) -> Why:
    match queue.statuses:
        case ("disagreeing",):
            return Why.ALL_ANSWERED if counts.disagreeing else Why.ALL_AGREE
        case ("agreed",):
            return Why.AGREED_DONE
        case ("disagreeing", "agreed"):
            return Why.COMPARED_DONE
        case ("open",):
            return Why.OPEN_DONE
        case _:
            return Why.FILTER_FINDS_NONE_WAITING

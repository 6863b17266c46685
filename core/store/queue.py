"""Reading the queue: what to review next, and an example with all that the screen shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from tiebreak.core.records import CurrentPrediction, Difference, Example, QueueItem
from tiebreak.core.selection.filter import DISAGREEING, AnyOrder, Order, QueueFilter
from tiebreak.core.selection.rank import Rank
from tiebreak.core.selection.share import Share
from tiebreak.core.store.answered import IS_ANSWERED_BY, IS_READ, OPEN
from tiebreak.core.store.conditions import BY_STATUS, selection
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_COMPARED
from tiebreak.core.store.encoding import check_bounds, decode_readings
from tiebreak.core.store.orders import BY_INDEX, RANKS
from tiebreak.core.store.read_examples import ReadExamples, parts_of
from tiebreak.core.store.valued import VALUE_COLUMNS, value_in

# Filters whose first examples an index gives; of each the parts that lie in its order there. By value the examples on
# which all agree lie apart, lest many of them, worth more, be passed over on the way to the next difference.
_DISAGREEING, _AGREED, _OPEN = "(queue.score > 0) = 1", BY_STATUS["agreed"], BY_STATUS["open"]
_PARTS: Mapping[tuple[AnyOrder, tuple[str, ...]], tuple[str, ...]] = {
    (Order.VALUE, ("disagreeing",)): (_DISAGREEING,),
    (Order.VALUE, ("disagreeing", "agreed")): (_DISAGREEING, _AGREED),
    (Order.VALUE, ("open",)): (_OPEN,),
    (Order.DISAGREEMENT, ("disagreeing",)): (BY_STATUS["disagreeing"],),
    (Order.DISAGREEMENT, ("disagreeing", "agreed")): (BY_STATUS["disagreeing"], _AGREED),
}


def is_indexed(queue: QueueFilter, order: AnyOrder) -> bool:
    """Whether the next examples of this queue are found without going through all of them."""
    return queue.only_status and (order, queue.statuses) in _PARTS


class Ranked(NamedTuple):
    """An example, and where it stands in an order that an index gives: sorts as that does."""

    rank: Rank
    example_id: int


def ranked_examples(
    store: Store, queue: QueueFilter, order: AnyOrder, skipped: Collection[int] = (), count: int = 1
) -> list[Ranked]:
    """The first examples of an indexed queue without an answer that are not in `skipped`, `count` at most."""
    parts = [
        store.execute(
            f"""
            SELECT {RANKS[order]}, example_id FROM queue
            WHERE {OPEN} AND {part} AND example_id NOT IN (SELECT value FROM json_each(?))
            ORDER BY {BY_INDEX[order]} LIMIT ?
            """,
            (str(list(skipped)), count),
        ).fetchall()
        for part in _PARTS[order, queue.statuses]
    ]
    return list(islice(merge(*map(_ranked, parts)), count))


def ranked_among(store: Store, queue: QueueFilter, order: AnyOrder, ids: Sequence[int]) -> list[Ranked]:
    """Return where these examples stand in an indexed queue, answered or not; those it does not hold are left out."""
    held = " OR ".join(_PARTS[order, queue.statuses])
    rows = store.execute(
        f"""
        SELECT {RANKS[order]}, example_id FROM queue
        WHERE example_id IN (SELECT value FROM json_each(?)) AND ({held})
        """,
        (str(list(ids)),),
    )
    return _ranked(rows.fetchall())


def _ranked(rows: Sequence[tuple[Any, ...]]) -> list[Ranked]:
    return [Ranked(tuple(rank), example_id) for *rank, example_id in rows]


def next_examples(
    store: Store,
    queue: QueueFilter,
    skipped: Collection[int] = (),
    count: int = 1,
    order: AnyOrder = Order.DISAGREEMENT,
) -> list[int]:
    """The ids of `ranked_examples`."""
    return [ranked.example_id for ranked in ranked_examples(store, queue, order, skipped, count)]


def open_at_random(store: Store, count: int) -> list[int]:
    """Return the first open examples without an answer in the order `random`, `count` at most."""
    rows = store.execute(
        f"""
        SELECT example_id FROM queue
        WHERE {OPEN} AND queue.score = 0 AND queue.differences = 0 AND {_OPEN}
        ORDER BY tie LIMIT ?
        """,
        (count,),
    )
    return [example_id for (example_id,) in rows]


def by_value(store: Store, ids: Sequence[int], annotator: str | None, *, disagreeing: bool = False) -> list[int]:
    """Some examples by their values of now, the highest first: those that wait for an answer of `annotator`.

    With None those that have one, too. Only those that disagree, if `disagreeing` is asked for.
    """
    rows = store.execute(
        f"""
        SELECT wanted.value FROM json_each(:ids) AS wanted LEFT JOIN queue ON queue.example_id = wanted.value
        WHERE {BY_STATUS["disagreeing"] if disagreeing else "1"} AND (
            queue.example_id IS NULL OR :annotator IS NULL OR {OPEN}
            OR (queue.overlap = 1 AND NOT {IS_ANSWERED_BY.replace("?", ":annotator")})
        )
        ORDER BY coalesce(queue.value, 0) DESC,
            coalesce(queue.tie, (SELECT text_digest FROM examples WHERE id = wanted.value))
        """,
        {"ids": str(list(ids)), "annotator": annotator},
    )
    return [example_id for (example_id,) in rows]


def overlap_answered(
    store: Store, queue: QueueFilter, order: AnyOrder, annotator: str, after: int | None
) -> tuple[int, list[Ranked]]:
    """Examples of an indexed queue that all annotators answer and that others have answered since the answer `after`;
    with None all of those that `annotator` has not answered. And the id of the newest answer.
    """
    held = " OR ".join(f"({BY_STATUS[status]})" for status in queue.statuses)
    wanted = f"queue.overlap = 1 AND ({held})"
    with store.snapshot():
        (newest,) = store.execute("SELECT coalesce(max(id), 0) FROM answers").fetchone()
        if after is None:
            rows = store.execute(
                f"""
                SELECT {RANKS[order]}, example_id FROM queue
                WHERE {wanted} AND answered = 1 AND NOT {IS_ANSWERED_BY}
                """,
                (annotator,),
            ).fetchall()
        else:  # CROSS JOIN: from the few new answers to their examples, never the other way
            rows = store.execute(
                f"""
                SELECT DISTINCT {RANKS[order]}, queue.example_id
                FROM answers CROSS JOIN queue ON queue.example_id = answers.example_id
                WHERE {wanted} AND answers.id > ? AND answers.annotator <> ?
                """,
                (after, annotator),
            ).fetchall()
    return newest, _ranked(rows)


def is_answered(store: Store, example_id: int, share: Share | None = None) -> bool:
    """Whether an answer to a compared example is in force; of the overlap one of the annotator whose `share` it is."""
    row = store.execute("SELECT answered, overlap FROM queue WHERE example_id = ?", (example_id,)).fetchone()
    if row is None or not row[0]:
        return False
    if not row[1] or share is None:
        return True
    own = f"SELECT {IS_ANSWERED_BY} FROM queue WHERE example_id = ?"
    return bool(store.execute(own, (share.annotator, example_id)).fetchone()[0])


def last_compared(store: Store) -> int:
    """Return the highest id of a compared example; 0 if there is none."""
    return int(store.execute("SELECT coalesce(max(example_id), 0) FROM queue").fetchone()[0])


def compared_up_to(store: Store, most: int) -> int:
    """Return how many examples are read by all that are compared, or by the only predictor; `most` at most."""
    row = store.execute(f"SELECT count(*) FROM (SELECT 1 FROM queue WHERE {IS_READ} LIMIT ?)", (most,)).fetchone()
    return int(row[0])


def queue_length(store: Store, queue: QueueFilter, share: Share | None = None) -> int:
    """How many examples the queue, and the share, holds: goes through all of them."""
    selected = selection(store, queue, share)
    return int(store.execute(selected.count(), selected.parameters).fetchone()[0])


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """What there is to compare: texts, compared predictors with ok predictions, compared and disagreeing examples."""

    examples: int
    predictors: int
    compared: int
    disagreeing: int


def predictors_of(store: Store) -> int:
    """Return how many of the compared predictors have read something."""
    return int(
        store.execute(f"SELECT count(DISTINCT predictor_id) FROM runs WHERE ok > 0 AND {IS_COMPARED}").fetchone()[0]
    )


def queue_counts(store: Store) -> QueueCounts:
    return QueueCounts(
        *store.execute(
            f"""
            SELECT
                (SELECT count(*) FROM examples),
                (SELECT count(DISTINCT predictor_id) FROM runs WHERE ok > 0 AND {IS_COMPARED}),
                (SELECT count(*) FROM queue WHERE predictors > 1),
                (SELECT count(*) FROM queue WHERE differences > 0)
            """
        ).fetchone()
    )


def iterate_queue(
    store: Store, queue: QueueFilter = DISAGREEING, limit: int | None = None, order: AnyOrder = Order.DISAGREEMENT
) -> Iterator[QueueItem]:
    """The queue in its order, `limit` examples at most. The order is that of the moment of the call."""
    selected = selection(store, queue)
    ids = store.execute(f"{selected.ids(order)} LIMIT ?", (*selected.in_order(order), limit or -1)).fetchall()
    for part in parts_of([example_id for (example_id,) in ids]):
        yield from queue_items(store, part)


def queue_item(store: Store, example_id: int) -> QueueItem:
    """One compared example with its differences and the predictions they come from."""
    [item] = queue_items(store, [example_id])
    return item


def queue_items(store: Store, example_ids: Sequence[int]) -> list[QueueItem]:
    """Return compared examples, in this order, with their differences and the predictions they come from."""
    marks, ids = ",".join("?" * len(example_ids)), tuple(example_ids)
    with store.snapshot():
        columns = {
            example_id: row
            for example_id, *row in store.execute(
                f"SELECT example_id, score, {VALUE_COLUMNS} FROM queue WHERE example_id IN ({marks})", ids
            )
        }
        differences: dict[int, list[Difference]] = {}
        for example_id, start, end, kind, readings in store.execute(
            f"""
            SELECT example_id, start, "end", kind, readings FROM differences
            WHERE example_id IN ({marks}) ORDER BY example_id, position
            """,
            ids,
        ):
            difference = Difference(start, end, kind, store.restored(decode_readings(readings)))
            differences.setdefault(example_id, []).append(difference)
        read = ReadExamples(store, ids)
        items = [_item(read, id, columns.get(id), differences.get(id, ())) for id in ids]
    for item in items:
        _check(store, item)
    return items


def _item(read: ReadExamples, id: int, row: Sequence[Any] | None, differences: Sequence[Difference]) -> QueueItem:
    score, *columns = row or (0.0, 0, 0, None, None)
    return QueueItem(
        example=read.example(id),
        score=score,
        differences=tuple(differences),
        predictions=read.predictions(id),
        answered=bool(columns[0]),
        value=value_in(*columns),
    )


def _check(store: Store, item: QueueItem) -> None:
    """Raise StoreError where a span leaves the text."""
    for prediction in item.predictions.values():
        check_bounds(store.rules.stored(prediction.marks), len(item.example.text))
    for difference in item.differences:
        for marks in difference.readings.values():
            check_bounds(store.rules.stored(marks), len(item.example.text))


def read_example(store: Store, example_id: int) -> Example:
    """Return the example, without what only an export needs. Raises StoreError if there is none."""
    return ReadExamples(store, [example_id]).example(example_id)


def current_predictions(store: Store, example_id: int) -> dict[str, CurrentPrediction]:
    """By predictor, the left one first: its newest prediction of the example."""
    return ReadExamples(store, [example_id]).predictions(example_id)

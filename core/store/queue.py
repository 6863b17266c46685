"""Read the queue: the next examples, and an example with everything that the screen shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from tiebreak.core.records import CurrentPrediction, Difference, Example, QueueItem
from tiebreak.core.selection.filter import DISAGREEING, AnyOrder, Order, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.selection.rank import Rank
from tiebreak.core.store.answered import IS_ANSWERED_BY, IS_READ, OPEN
from tiebreak.core.store.conditions import BY_STATUS, selection
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_COMPARED
from tiebreak.core.store.encoding import check_bounds, decode_readings
from tiebreak.core.store.orders import BY_INDEX, RANKS
from tiebreak.core.store.read_examples import ReadExamples, batches_of
from tiebreak.core.store.valued import VALUE_COLUMNS, value_in

# Filters whose first examples an index gives, each with its parts: every part is sorted in the index. In the order by
# value the agreed examples are a part of their own. Else SQLite might pass many of them, of higher values, on the way
# to the next difference.
_DISAGREEING, _AGREED, _OPEN = "(queue.score > 0) = 1", BY_STATUS["agreed"], BY_STATUS["open"]
_PARTS: Mapping[tuple[AnyOrder, tuple[str, ...]], tuple[str, ...]] = {
    (Order.VALUE, ("disagreeing",)): (_DISAGREEING,),
    (Order.VALUE, ("disagreeing", "agreed")): (_DISAGREEING, _AGREED),
    (Order.VALUE, ("open",)): (_OPEN,),
    (Order.DISAGREEMENT, ("disagreeing",)): (BY_STATUS["disagreeing"],),
    (Order.DISAGREEMENT, ("disagreeing", "agreed")): (BY_STATUS["disagreeing"], _AGREED),
}


def is_indexed(queue: QueueFilter, order: AnyOrder) -> bool:
    """Return whether an index finds the next examples of this queue, without a pass over all examples."""
    return queue.only_status and (order, queue.statuses) in _PARTS


class Ranked(NamedTuple):
    """An example with its rank in an indexed order; sorts in that order."""

    rank: Rank
    example_id: int


def ranked_examples(
    store: Store, queue: QueueFilter, order: AnyOrder, skipped: Collection[int] = (), count: int = 1
) -> list[Ranked]:
    """Return the first unanswered examples of an indexed queue that are not in `skipped`, `count` at most."""
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
    """Return the ranks of these examples in an indexed queue, answered or not; examples outside of it are left out."""
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
    """Return the ids of `ranked_examples`."""
    return [ranked.example_id for ranked in ranked_examples(store, queue, order, skipped, count)]


def open_at_random(store: Store, count: int) -> list[int]:
    """Return the first unanswered open examples in the order `random`, `count` at most."""
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
    """Return those of the examples that wait for an answer of `annotator`, sorted by their present values, best first.

    If `annotator` is None, answered examples are included. With `disagreeing`, only the disagreeing examples are.
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
    """Return the id of the newest answer, and the overlap examples of an indexed queue that others have answered.

    These are the examples answered since the answer `after`; without it, all that `annotator` has not answered.
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
        else:  # CROSS JOIN: SQLite must go from the few new answers to their examples
            rows = store.execute(
                f"""
                SELECT DISTINCT {RANKS[order]}, queue.example_id
                FROM answers CROSS JOIN queue ON queue.example_id = answers.example_id
                WHERE {wanted} AND answers.id > ? AND answers.annotator <> ?
                """,
                (after, annotator),
            ).fetchall()
    return newest, _ranked(rows)


def is_answered(store: Store, example_id: int, portion: Portion | None = None) -> bool:
    """Return whether a compared example is answered; in the overlap, whether by the annotator of the `portion`."""
    row = store.execute("SELECT answered, overlap FROM queue WHERE example_id = ?", (example_id,)).fetchone()
    if row is None or not row[0]:
        return False
    if not row[1] or portion is None:
        return True
    own = f"SELECT {IS_ANSWERED_BY} FROM queue WHERE example_id = ?"
    return bool(store.execute(own, (portion.annotator, example_id)).fetchone()[0])


def last_compared(store: Store) -> int:
    """Return the highest id of a compared example; 0 if no example is compared."""
    return int(store.execute("SELECT coalesce(max(example_id), 0) FROM queue").fetchone()[0])


def compared_up_to(store: Store, most: int) -> int:
    """Return how many examples enough compared predictors have read (see `IS_READ`), up to `most`."""
    row = store.execute(f"SELECT count(*) FROM (SELECT 1 FROM queue WHERE {IS_READ} LIMIT ?)", (most,)).fetchone()
    return int(row[0])


def queue_length(store: Store, queue: QueueFilter, portion: Portion | None = None) -> int:
    """Return how many examples the queue has within the share; this passes over all examples."""
    selected = selection(store, queue, portion)
    return int(store.execute(selected.count(), selected.parameters).fetchone()[0])


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """The number of texts, of compared predictors with ok predictions, and of compared and disagreeing examples."""

    examples: int
    predictors: int
    compared: int
    disagreeing: int


def predictors_of(store: Store) -> int:
    """Return how many of the compared predictors have an ok prediction."""
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
    """Yield the first `limit` examples of the queue, in its order at the moment of the call."""
    selected = selection(store, queue)
    ids = store.execute(f"{selected.ids(order)} LIMIT ?", (*selected.in_order(order), limit or -1)).fetchall()
    for part in batches_of([example_id for (example_id,) in ids]):
        yield from queue_items(store, part)


def queue_item(store: Store, example_id: int) -> QueueItem:
    """Return a compared example with its differences and the predictions that they come from."""
    [item] = queue_items(store, [example_id])
    return item


def queue_items(store: Store, example_ids: Sequence[int]) -> list[QueueItem]:
    """Return compared examples, in this order, with their differences and the predictions that they come from."""
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
    """Raise StoreError if a span leaves the text."""
    for prediction in item.predictions.values():
        check_bounds(store.rules.stored(prediction.marks), len(item.example.text))
    for difference in item.differences:
        for marks in difference.readings.values():
            check_bounds(store.rules.stored(marks), len(item.example.text))


def read_example(store: Store, example_id: int) -> Example:
    """Return the example, without the fields that only an export needs. Raises StoreError if it does not exist."""
    return ReadExamples(store, [example_id]).example(example_id)


def current_predictions(store: Store, example_id: int) -> dict[str, CurrentPrediction]:
    """Return the newest prediction of each predictor for the example, the left predictor's first."""
    return ReadExamples(store, [example_id]).predictions(example_id)

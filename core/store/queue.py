"""Reading the queue: what to review next, and an example with all that the screen shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tiebreak.core.compare.cats import decided
from tiebreak.core.records import CurrentPrediction, Difference, Example, QueueItem
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_cats, decode_json, decode_readings, decode_spans, decode_tokens

_ORDER = "ORDER BY score DESC, differences DESC, tie"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which compared examples a queue holds: the disagreeing ones without an answer, unless more is asked for."""

    include_agreed: bool = False
    include_answered: bool = False

    @property
    def where(self) -> str:
        answered = "answered IN (0, 1)" if self.include_answered else "answered = 0"
        # Differences give a score above 0, and unlike their number the score is found by the index.
        return answered if self.include_agreed else f"{answered} AND score > 0"


DISAGREEING = QueueFilter()


def next_example(store: Store, queue: QueueFilter, skipped: Collection[int] = ()) -> int | None:
    """The most valuable example of the queue that is not in `skipped`, or None where nothing is left."""
    row = store.execute(
        f"SELECT example_id FROM queue WHERE {queue.where} "
        f"AND example_id NOT IN (SELECT value FROM json_each(?)) {_ORDER} LIMIT 1",
        (str(list(skipped)),),
    ).fetchone()
    return None if row is None else int(row[0])


def queue_length(store: Store, queue: QueueFilter) -> int:
    return int(store.execute(f"SELECT count(*) FROM queue WHERE {queue.where}").fetchone()[0])


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """What there is to compare: texts, predictors with ok predictions, compared and disagreeing examples."""

    examples: int
    predictors: int
    compared: int
    disagreeing: int


def queue_counts(store: Store) -> QueueCounts:
    return QueueCounts(
        *store.execute(
            "SELECT (SELECT count(*) FROM examples), (SELECT count(DISTINCT predictor_id) FROM runs WHERE ok > 0), "
            "(SELECT count(*) FROM queue), (SELECT count(*) FROM queue WHERE differences > 0)"
        ).fetchone()
    )


def iterate_queue(store: Store, queue: QueueFilter, limit: int | None = None) -> Iterator[QueueItem]:
    """The queue in priority order. The order is that of the moment of the call."""
    ids = store.execute(f"SELECT example_id FROM queue WHERE {queue.where} {_ORDER} LIMIT ?", (limit or -1,)).fetchall()
    for (example_id,) in ids:
        yield queue_item(store, example_id)


def queue_item(store: Store, example_id: int) -> QueueItem:
    """One compared example with its differences and the predictions they come from."""
    with store.snapshot():
        score, answered = store.execute(
            "SELECT score, answered FROM queue WHERE example_id = ?", (example_id,)
        ).fetchone() or (0.0, 0)
        rows = store.execute(
            'SELECT start, "end", kind, readings FROM differences WHERE example_id = ? ORDER BY position', (example_id,)
        )
        return QueueItem(
            example=read_example(store, example_id),
            score=score,
            differences=tuple(
                Difference(start, end, kind, decode_readings(readings)) for start, end, kind, readings in rows
            ),
            predictions=current_predictions(store, example_id),
            answered=bool(answered),
        )


def read_example(store: Store, example_id: int) -> Example:
    row = store.execute(
        "SELECT id, text, input_hash, task_hash, tokens, meta, other_fields FROM examples WHERE id = ?", (example_id,)
    ).fetchone()
    example_id, text, input_hash, task_hash, tokens, meta, other_fields = row
    return Example(
        id=example_id,
        text=text,
        input_hash=input_hash,
        task_hash=task_hash,
        tokens=decode_tokens(tokens),
        meta=decode_json(meta),
        other_fields=decode_json(other_fields) or {},
    )


def current_predictions(store: Store, example_id: int) -> dict[str, CurrentPrediction]:
    """By predictor, the left one first: its newest prediction of the example."""
    rows = store.execute(
        "SELECT predictor, spans, cats, error, dropped FROM current_predictions WHERE example_id = ? "
        "ORDER BY predictor_id",
        (example_id,),
    )
    task = store.task
    predictions = {}
    for predictor, spans, cats, error, dropped in rows:
        scores = decode_cats(cats)
        said = decided(scores, task) if task.is_categories else decode_spans(spans)
        predictions[predictor] = CurrentPrediction(predictor, said, error, tuple(decode_json(dropped) or ()), scores)
    return predictions

"""Differences, scores and the queue, kept in step with the predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tiebreak.core.compare.cats import category_score, decided, find_category_differences
from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import Difference, Spans, Task
from tiebreak.core.store.connection import Store, in_parts
from tiebreak.core.store.encoding import decode_cats, decode_spans, encode_readings


def compare_examples(store: Store, example_ids: Sequence[int]) -> None:
    """Compare the current predictions of these examples anew.

    An example with at least two ok predictions stands in the queue; a failed prediction is never a reading.
    """
    (predictors,) = store.execute("SELECT count(*) FROM predictors").fetchone()
    if predictors < 2 or not example_ids:
        return
    task = store.task
    with store.transaction() as connection:
        for marks, part in in_parts(example_ids):
            differences, queue = [], []
            for example_id, by_predictor in _predictions(store, marks, part).items():
                if len(by_predictor) < 2:
                    continue
                found, score = _compare_cats(by_predictor, task) if task.is_categories else _compare(by_predictor)
                queue.append((example_id, score, len(found)))
                for position, place in enumerate(found):
                    differences.append(
                        (example_id, position, place.start, place.end, place.kind, encode_readings(place))
                    )
            connection.execute(f"DELETE FROM differences WHERE example_id IN ({marks})", part)
            connection.executemany(
                'INSERT INTO differences (example_id, position, start, "end", kind, readings) '
                "VALUES (?, ?, ?, ?, ?, ?)",
                differences,
            )
            compared = {row[0] for row in queue}
            connection.executemany(
                "DELETE FROM queue WHERE example_id = ?", [(id,) for id in part if id not in compared]
            )
            connection.executemany(_QUEUE, queue)


def _compare(readings: dict[str, Spans]) -> tuple[tuple[Difference, ...], float]:
    """The differences of an example, and its score: above 0 where there are some."""
    found = find_differences(readings)
    return found, span_f1(readings) if found else 0.0


def _compare_cats(cats: dict[str, dict[str, float]], task: Task) -> tuple[tuple[Difference, ...], float]:
    found = find_category_differences({name: decided(scores, task) for name, scores in cats.items()})
    return found, category_score(cats, task) if found else 0.0


# An agreement that `auto` accepted and that is none any more waits for a person again.
_QUEUE = """
INSERT INTO queue (example_id, score, differences, tie, answered, overlap)
SELECT id, ?2, ?3, text_digest, EXISTS (
    SELECT 1 FROM answers_in_force AS force
    WHERE force.example_id = examples.id AND (?3 = 0 OR force.annotator <> 'auto')
), coalesce(hex(substr(text_digest, 1, 4)) < (SELECT value FROM settings WHERE name = 'overlap bound'), 0)
FROM examples WHERE id = ?1
ON CONFLICT (example_id) DO UPDATE
SET score = excluded.score, differences = excluded.differences, answered = excluded.answered
"""


def compare_run(store: Store, run_id: int) -> None:
    """Compare again all examples that the run has predicted."""
    after = 0
    while rows := store.execute(
        "SELECT id FROM examples WHERE id > ? AND EXISTS (SELECT 1 FROM predictions "
        "WHERE example_id = examples.id AND run_id = ?) ORDER BY id LIMIT 5000",
        (after, run_id),
    ).fetchall():
        compare_examples(store, [id for (id,) in rows])
        after = rows[-1][0]


def _predictions(store: Store, marks: str, example_ids: tuple[int, ...]) -> dict[int, dict[str, Any]]:
    """The ok current predictions of the examples: example -> predictor -> its spans, the left predictor first.

    Where the task is categories, their scores instead.
    """
    column, decode = ("cats", decode_cats) if store.task.is_categories else ("spans", decode_spans)
    predictions: dict[int, dict[str, Any]] = {}
    for example_id, predictor, status, said, _ in store.execute(
        f"SELECT predictions.example_id, predictors.name, predictions.status, predictions.{column}, "
        "max(runs.activated) FROM predictions JOIN runs ON runs.id = predictions.run_id "
        "JOIN predictors ON predictors.id = runs.predictor_id "
        f"WHERE predictions.example_id IN ({marks}) "
        "GROUP BY predictions.example_id, predictors.id ORDER BY predictions.example_id, predictors.id",
        example_ids,
    ):
        by_predictor = predictions.setdefault(example_id, {})
        if status == "ok":
            by_predictor[predictor] = decode(said)
    return predictions

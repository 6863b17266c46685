"""Differences, scores and the queue, kept in step with the predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.compare.scorers import Scorer
from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Prediction
from tiebreak.core.store.answered import IS_ANSWERED, IS_OVERLAP
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import encode_readings
from tiebreak.core.store.rows import Row, add_named_rows
from tiebreak.core.store.schema import VALUE_BEFORE
from tiebreak.core.store.task_columns import reader_of
from tiebreak.core.tasks.compare import compare, scorer_of
from tiebreak.core.ways_out import Way, WayOut

SCORER = "scorer"  # the setting that names the scorer; missing if it is the default


def store_scorer(store: Store) -> Scorer:
    """Return the scorer of the store. Raises ConfigError if it is not installed."""
    try:
        return scorer_of(store.task, store.setting(SCORER))
    except ConfigError as error:
        raise ConfigError(str(error), WayOut(Way.NAME_SCORER, str(store.path))) from error


class _DifferenceRow(NamedTuple):
    """A row of the table `differences`."""

    example_id: int
    position: int
    start: int
    end: int
    kind: str
    readings: str


def compare_examples(store: Store, example_ids: Sequence[int]) -> None:
    """Compare the current predictions of these examples again.

    An example with fewer than two ok predictions is open; a failed prediction is never a reading.
    """
    if not example_ids:
        return
    task, rules = store.task, store.rules
    scorer = store_scorer(store)
    with store.transaction() as connection:
        for question_marks, part in in_batches(example_ids):
            differences: list[_DifferenceRow] = []
            queue: list[Row] = []
            predictions = current_ok_predictions(store, question_marks, part)
            for example_id in part:
                by_predictor = predictions.get(example_id, {})
                row: Row = {"id": example_id, "score": 0.0, "differences": 0, "predictors": len(by_predictor)}
                if len(by_predictor) < 2:
                    queue.append(row)
                    continue
                found = compare(by_predictor, task, scorer)
                queue.append({**row, "score": found.score, "differences": len(found.differences)})
                for position, place in enumerate(found.differences):
                    readings = encode_readings({name: rules.stored(marks) for name, marks in place.readings.items()})
                    differences.append(_DifferenceRow(example_id, position, *place[:3], readings))
            connection.execute(f"DELETE FROM differences WHERE example_id IN ({question_marks})", part)
            add_named_rows(connection, "differences", differences)
            connection.executemany(_QUEUE, queue)


# Write the row of an example in the queue. The subquery is called `queue` because the conditions speak of that table.
# The example loses its learned value: that was computed for other differences.
_QUEUE = f"""
    INSERT INTO queue (example_id, score, differences, tie, answered, overlap, predictors, value)
    SELECT example_id, score, differences, tie, {IS_ANSWERED}, {IS_OVERLAP}, predictors, {VALUE_BEFORE}
    FROM (
        SELECT id AS example_id, :score AS score, :differences AS differences, text_digest AS tie,
            :predictors AS predictors
        FROM examples WHERE id = :id
    ) AS queue JOIN examples ON examples.id = queue.example_id
    WHERE true
    ON CONFLICT (example_id) DO UPDATE
    SET score = excluded.score, differences = excluded.differences, answered = excluded.answered,
        predictors = excluded.predictors, value = excluded.value, errors = NULL, seconds = NULL
"""


def compare_run(store: Store, run_id: int) -> None:
    """Compare again all examples that the run has predicted."""
    after = 0
    while rows := store.execute(
        """
        SELECT id FROM examples
        WHERE id > ? AND EXISTS (SELECT 1 FROM predictions WHERE example_id = examples.id AND run_id = ?)
        ORDER BY id LIMIT 5000
        """,
        (after, run_id),
    ).fetchall():
        compare_examples(store, [id for (id,) in rows])
        after = rows[-1][0]


def current_ok_predictions(store: Store, marks: str, example_ids: tuple[int, ...]) -> dict[int, dict[str, Prediction]]:
    """Return the ok current predictions of the compared predictors: example -> predictor -> prediction, left first."""
    predictions: dict[int, dict[str, Prediction]] = {}
    read = reader_of(store)
    for example_id, predictor, status, spans, cats, _ in store.execute(
        f"""
        SELECT predictions.example_id, predictors.name, predictions.status, predictions.spans, predictions.cats,
            max(runs.activated)
        FROM predictions
        JOIN runs ON runs.id = predictions.run_id
        JOIN predictors ON predictors.id = runs.predictor_id
        WHERE predictions.example_id IN ({marks}) AND predictors.left_out_at IS NULL
        GROUP BY predictions.example_id, predictors.id
        ORDER BY predictions.example_id, predictors.id
        """,
        example_ids,
    ):
        by_predictor = predictions.setdefault(example_id, {})
        if status == "ok":
            by_predictor[predictor] = read(example_id, spans, cats)
    return predictions

"""Conditions of a filter on open texts: fewer than two predictors have read them, so they have no differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tiebreak.core.selection.filter import Condition
from tiebreak.core.store.connection import Store
from tiebreak.core.store.task_columns import labels_in_row

Sql = tuple[str, list[object]]


def of_open_texts(store: Store, conditions: Sequence[Condition]) -> Sql | None:
    """Return these `conditions` on differences for open texts; None if one of them needs a difference."""
    if not conditions or any(each.key not in _OF_OPEN for each in conditions):
        return None
    parts = [_OF_OPEN[each.key](store, each) for each in conditions]
    held = " AND ".join(sql for sql, _ in parts)
    return f"(queue.predictors < 2 AND {held})", [value for _, values in parts for value in values]


def _predicted(store: Store, condition: str, count: int) -> str:
    """Return the condition that `condition` holds for a label of a current prediction; if it is empty, for NULL."""
    marks, label = labels_in_row(store, "predictions")
    wanted = " OR ".join([condition.format(label=label)] * count)
    return f"""EXISTS (
        SELECT 1 FROM predictions
        JOIN runs ON runs.id = predictions.run_id
        JOIN predictors ON predictors.id = runs.predictor_id
        LEFT JOIN {marks}
        WHERE predictions.example_id = {{id}} AND predictions.status = 'ok' AND ({wanted})
            AND predictors.left_out_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM runs AS newer
            JOIN predictions AS later ON later.run_id = newer.id AND later.example_id = predictions.example_id
            WHERE newer.predictor_id = runs.predictor_id AND newer.activated > runs.activated
        )
    )"""


def _label(store: Store, condition: Condition) -> Sql:
    """Return the condition that a prediction or an answer has the label."""
    count = len(condition.values)
    marks, label = labels_in_row(store, "given")
    wanted = " OR ".join([f"{label} = ?"] * count)
    answered = f"""EXISTS (
        SELECT 1 FROM answers_in_force AS given, {marks} WHERE given.example_id = {{id}} AND ({wanted})
    )"""
    return f"({_predicted(store, '{label} = ?', count)} OR {answered})", [*condition.values] * 2


def _says(store: Store, condition: Condition) -> Sql:
    """Return the condition that the predictor's prediction has the label; without a label, that it is empty."""
    wanted = "predictors.name || '=' || coalesce({label}, '') = ?"
    return _predicted(store, wanted, len(condition.values)), [*condition.values]


_OF_OPEN: Mapping[str, Callable[[Store, Condition], Sql]] = {"label": _label, "says": _says}

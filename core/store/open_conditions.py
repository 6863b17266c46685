"""What a filter asks of texts that fewer than two predictors have read, and that have no differences therefore."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from tiebreak.core.errors import StoreError
from tiebreak.core.selection.filter import Condition
from tiebreak.core.store.connection import Store
from tiebreak.core.store.said import reader_of

Sql = tuple[str, list[object]]

# A current prediction of the example of which the condition holds; `mark` is each of its labels, or NULL without any.
_SAID = """EXISTS (
    SELECT 1 FROM predictions
    JOIN runs ON runs.id = predictions.run_id
    JOIN predictors ON predictors.id = runs.predictor_id
    LEFT JOIN json_each(labels_said(predictions.spans, predictions.cats)) AS mark
    WHERE predictions.example_id = {{id}} AND predictions.status = 'ok' AND ({condition}) AND NOT EXISTS (
        SELECT 1 FROM runs AS newer
        JOIN predictions AS later ON later.run_id = newer.id AND later.example_id = predictions.example_id
        WHERE newer.predictor_id = runs.predictor_id AND newer.activated > runs.activated
    )
)"""
_ANSWERED = """EXISTS (
    SELECT 1 FROM answers_in_force AS given, json_each(labels_said(given.spans, given.cats)) AS mark
    WHERE given.example_id = {{id}} AND ({condition})
)"""


def of_open_texts(store: Store, conditions: Sequence[Condition]) -> Sql | None:
    """Return what has to hold of an open text for these `conditions` on differences; None if they need one."""
    if not conditions or any(each.key not in _OF_OPEN for each in conditions):
        return None
    read, rules = reader_of(store), store.rules

    def labels_said(spans: str | None, cats: str | None) -> str:
        try:
            return json.dumps(sorted({mark.label for mark in rules.marks_of(read(0, spans, cats))}))
        except StoreError:  # `check` tells what cannot be read
            return "[]"

    store.connection.create_function("labels_said", 2, labels_said, deterministic=True)
    parts = [_OF_OPEN[each.key](each) for each in conditions]
    held = " AND ".join(sql for sql, _ in parts)
    return f"(queue.predictors < 2 AND {held})", [value for _, values in parts for value in values]


def _label(condition: Condition) -> Sql:
    """The predictor says the label, or what somebody answered has it."""
    wanted = " OR ".join(["mark.value = ?"] * len(condition.values))
    said, answered = (each.format(condition=wanted) for each in (_SAID, _ANSWERED))
    return f"({said} OR {answered})", [*condition.values] * 2


def _says(condition: Condition) -> Sql:
    """The predictor says the label, or nothing where none is named."""
    wanted = " OR ".join(["predictors.name || '=' || coalesce(mark.value, '') = ?"] * len(condition.values))
    return _SAID.format(condition=wanted), [*condition.values]


_OF_OPEN: Mapping[str, Callable[[Condition], Sql]] = {"label": _label, "says": _says}

"""Read a row of predictions: only the column that belongs to the store's task."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Prediction, TaskKind
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_cats, decode_spans

_Columns = Callable[[int, str | None, str | None], Prediction]
_READ: Mapping[TaskKind, _Columns] = {
    TaskKind.SPANS: lambda example_id, spans, cats: Prediction(example_id, decode_spans(spans)),
    TaskKind.CATEGORIES: lambda example_id, spans, cats: Prediction(example_id, cats=decode_cats(cats)),
}


def reader_of(store: Store) -> _Columns:
    """Return the function that reads a prediction from an example's `spans` and `cats`; it may raise StoreError."""
    return _READ[store.task.kind]


# SQL for the labels of a row `{row}` with these columns: a table with a `mark` for each label, and the label itself.
_LABELS = {
    TaskKind.SPANS: ("json_each(coalesce({row}.spans, '[]')) AS mark", "json_extract(mark.value, '$.label')"),
    TaskKind.CATEGORIES: ("json_each(labels_held({row}.cats)) AS mark", "mark.value"),
}


def labels_in_row(store: Store, row: str) -> tuple[str, str]:
    """Return SQL for the labels of the spans or holding categories of a `row`: the table to join, and the label.

    It needs the connection of `store`.
    """
    read, rules = reader_of(store), store.rules

    def labels_held(cats: str | None) -> str:
        try:
            return json.dumps([mark.label for mark in rules.marks_of(read(0, None, cats))])
        except StoreError:  # `check_store` reports unreadable values
            return "[]"

    store.connection.create_function("labels_held", 1, labels_held, deterministic=True)
    marks, label = _LABELS[store.task.kind]
    return marks.format(row=row), label

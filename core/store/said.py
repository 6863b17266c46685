"""What a row of predictions says: the column that the store's task is about, and no other."""

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
    """Return what reads the columns `spans` and `cats` of an example. Raises StoreError where they cannot be read."""
    return _READ[store.task.kind]


# SQL of the labels that a row `{row}` with these columns says: what has a `mark` for each, and the label of that.
_LABELS = {
    TaskKind.SPANS: ("json_each(coalesce({row}.spans, '[]')) AS mark", "json_extract(mark.value, '$.label')"),
    TaskKind.CATEGORIES: ("json_each(labels_held({row}.cats)) AS mark", "mark.value"),
}


def labels_said(store: Store, row: str) -> tuple[str, str]:
    """Return SQL for the labels of the spans, or of the categories that hold, in a `row`: what to join, and the label.

    It is for the connection of `store`.
    """
    read, rules = reader_of(store), store.rules

    def labels_held(cats: str | None) -> str:
        try:
            return json.dumps([mark.label for mark in rules.marks_of(read(0, None, cats))])
        except StoreError:  # `check` tells what cannot be read
            return "[]"

    store.connection.create_function("labels_held", 1, labels_held, deterministic=True)
    marks, label = _LABELS[store.task.kind]
    return marks.format(row=row), label

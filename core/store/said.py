"""What a row of predictions says: the column that the store's task is about, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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

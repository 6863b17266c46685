"""The labels of each run, before and after its label map, counted as its predictions are saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from tiebreak.core.errors import ConfigError, StoreError
from tiebreak.core.label_map import KEEP_ALL, LabelMap
from tiebreak.core.records import Prediction
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_CURRENT
from tiebreak.core.store.encoding import broken, decode_cats, decode_readings, decode_spans
from tiebreak.core.store.rows import Row, add_rows

_LOOKED_AT = 5_000  # differences; label pairs are counted in these


class PredictorLabels(NamedTuple):
    """The labels of a predictor's current run, the most frequent first.

    `counts` has for each of its own labels the number of spans in its predictions, 0 if it never gave the label. For
    categories it is the number of texts with a score. Under a label map, `counts` is of predictions as first saved.
    `names` has the name that the label map gives each label; None if it drops the label. `predicted` is the number of
    examples.
    """

    predictor: str
    kind: str
    label_map: LabelMap
    predicted: int
    counts: Mapping[str, int]
    names: Mapping[str, str | None]


def count_labels(
    store: Store, run_id: int, predictions: Iterable[Prediction], replaced: Mapping[int, tuple[str | None, str | None]]
) -> None:
    """Count the labels of predictions that are being saved.

    `replaced` has by example the ok predictions that they replace: their spans and categories as stored. The labels of
    these no longer count. Under a label map the stored labels are not the run's own. So a label of a replaced
    prediction stays counted, and one of its successor counts only if it is new to the run.
    """
    good = [prediction for prediction in predictions if prediction.error is None]
    if not good:
        return
    label_map = _label_map_of(store, run_id)
    first: Counter[str] = Counter()
    again: Counter[str] = Counter()
    if label_map.names is None:
        for prediction in good:
            first.update(_own_labels(prediction))
            if prediction.example_id in replaced:
                first.subtract(_stored_labels(*replaced[prediction.example_id]))
    else:
        for prediction in good:
            (again if prediction.example_id in replaced else first).update(_labels_of(prediction))
    for counts, count in (
        (first, "max(count + :count, 0)"),
        (again, "max(count, :count * (count = 0))"),
    ):
        store.connection.executemany(
            f"""
            INSERT INTO run_labels (run_id, label, name, count) VALUES (:run_id, :label, :name, max(:count, 0))
            ON CONFLICT DO UPDATE SET count = {count}
            """,
            [_row(run_id, label, label_map, number) for label, number in sorted(counts.items())],
        )


def _stored_labels(spans: str | None, cats: str | None) -> list[str]:
    with suppress(StoreError):  # an unreadable value was never counted
        return [*decode_cats(cats)] if cats is not None else [span.label for span in decode_spans(spans)]
    return []


def save_predictor_labels(store: Store, run_id: int, labels: Iterable[str]) -> None:
    """Note the labels that the predictor of a run has, even if it never gives them."""
    label_map = _label_map_of(store, run_id)
    rows = [_row(run_id, label, label_map, 0) for label in labels]
    add_rows(store.connection, "run_labels", rows, "INSERT OR IGNORE")


def _row(run_id: int, label: str, label_map: LabelMap, count: int) -> Row:
    return {"run_id": run_id, "label": label, "name": label_map.name_of(label), "count": count}


def _labels_of(prediction: Prediction) -> Iterable[str]:
    return _own_labels(prediction) if prediction.labels is None else prediction.labels


def _own_labels(prediction: Prediction) -> list[str]:
    """Return the labels of the prediction itself as a list: a Counter would add up the scores of a mapping."""
    return [span.label for span in prediction.spans] if prediction.cats is None else [*prediction.cats]


def _label_map_of(store: Store, run_id: int) -> LabelMap:
    row = store.execute("SELECT label_map FROM runs WHERE id = ?", (run_id,)).fetchone()
    return _parsed(row[0]) if row and isinstance(row[0], str) else KEEP_ALL


@lru_cache(maxsize=64)
def _parsed(label_map: str) -> LabelMap:
    try:
        return LabelMap.parse(label_map)
    except ConfigError:  # another program wrote it
        return KEEP_ALL


def predictor_labels(store: Store) -> list[PredictorLabels]:
    """Return the labels of each predictor with predictions, the left predictor's first."""
    rows = store.execute(
        f"""
        SELECT predictors.name, kind, runs.id, coalesce(label_map, ''), ok
        FROM runs JOIN predictors ON predictors.id = runs.predictor_id
        WHERE {IS_CURRENT}
        ORDER BY predictors.id
        """
    ).fetchall()
    found = []
    for predictor, kind, run_id, label_map, ok in rows:
        labels = list(_rows(store, run_id))
        found.append(
            PredictorLabels(
                predictor,
                kind,
                _parsed(label_map) if label_map else KEEP_ALL,
                ok,
                {label: count for label, _, count in labels},
                {label: name for label, name, _ in labels},
            )
        )
    return found


def _rows(store: Store, run_id: int) -> Iterator[tuple[str, str | None, int]]:
    for label, name, count in store.execute(
        "SELECT label, name, count FROM run_labels WHERE run_id = ? ORDER BY count DESC, label", (run_id,)
    ):
        if not (isinstance(label, str) and isinstance(name, str | None) and isinstance(count, int)):
            raise broken(f"the label {label!r:.60} of a run")
        yield label, name, count


def labels_on_same_bounds(store: Store) -> Counter[tuple[str, str, str, str]]:
    """Count the label pairs on the same bounds in the first differences: (predictor, label, other predictor, label)."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for (readings,) in store.execute("SELECT readings FROM differences LIMIT ?", (_LOOKED_AT,)):
        single = [(name, spans[0]) for name, spans in decode_readings(readings).items() if len(spans) == 1]
        for (first, span), (second, other) in combinations(single, 2):
            if span[:2] == other[:2] and span.label != other.label:
                counts[first, span.label, second, other.label] += 1
                counts[second, other.label, first, span.label] += 1
    return counts

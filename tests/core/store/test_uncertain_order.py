"""The order that puts the examples first on which the predictors are least sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.selection.filter import OPEN, Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.searching import matching_ids


def run_with(store: Store, name: str, fingerprint: str, predictions: Sequence[Prediction]) -> None:
    run = start_run(store, predictor=name, kind="file", fingerprint=fingerprint, model="test")
    save_predictions(store, run, predictions)


def first_to_last(store: Store) -> list[int]:
    return list(matching_ids(store, OPEN, Order.UNCERTAIN))


def test_spans_whose_scores_are_near_one_half_come_first(store: Store) -> None:
    ids, _ = add_examples(store, [Record(f"text {number}") for number in range(4)], "test")
    spans = (Span(0, 4, "A"), Span(5, 6, "A"))
    scores = [(0.99, 0.95), (0.9, 0.55), None, (0.7, 0.8)]
    run_with(store, "one", "1", [Prediction(id, spans, scores=each) for id, each in zip(ids, scores, strict=True)])
    assert first_to_last(store) == [ids[1], ids[3], ids[0], ids[2]]
    run_with(store, "one", "2", [Prediction(ids[0], spans, scores=(0.5, 0.99))])
    assert first_to_last(store)[0] == ids[0]


CATS: list[tuple[Task, Mapping[str, Mapping[str, float]], str]] = [
    (
        Task.TEXTCAT,
        {
            "sure": {"A": 0.9, "B": 0.05, "C": 0.05},
            "torn": {"A": 0.34, "B": 0.33, "C": 0.33},
            "half": {"A": 0.5, "B": 0.5, "C": 0},
        },
        "torn half sure",
    ),
    (
        Task.TEXTCAT_MULTILABEL,
        {"sure": {"A": 0.9, "B": 0.05}, "torn": {"A": 0.9, "B": 0.45}, "half": {"A": 0.7, "B": 0.1}},
        "torn half sure",
    ),
]


@pytest.mark.parametrize(("task", "cats", "expected"), CATS)
def test_categories_by_the_best_of_several_or_the_one_nearest_one_half(
    new_store: Callable[[Task], Store], task: Task, cats: Mapping[str, Mapping[str, float]], expected: str
) -> None:
    store = new_store(task)
    ids, _ = add_examples(store, [Record(name) for name in cats], "test")
    run_with(store, "one", "1", [Prediction(id, cats=dict(each)) for id, each in zip(ids, cats.values(), strict=True)])
    names = dict(zip(ids, cats, strict=True))
    assert " ".join(names[id] for id in first_to_last(store)) == expected

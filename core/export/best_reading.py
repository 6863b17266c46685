"""The best reading of a text without an answer: that of the predictor that was right most often so far."""

from __future__ import annotations

from collections.abc import Mapping

from tiebreak.core.insight.report import make_report
from tiebreak.core.records import Answer, CurrentPrediction
from tiebreak.core.store.connection import Store


def ranking(store: Store) -> list[str]:
    """Return the predictors, those most often right first; without answers, the left one first."""
    counts = make_report(store).by_predictor
    return sorted(counts, key=lambda name: -(counts[name].right / counts[name].places if counts[name].places else 0))


def best_reading(
    store: Store,
    example_id: int,
    predictions: Mapping[str, CurrentPrediction],
    names: list[str],
    labels: list[str],
) -> Answer | None:
    """Return the prediction of the first predictor of `names` that did not fail, as an answer; None if all failed."""
    good = {name: each for name, each in predictions.items() if each.error is None}
    best = next((name for name in (*names, *good) if name in good), None)
    if best is None:
        return None
    spans, cats = store.rules.decision(good[best].marks, labels)
    return Answer(example_id, best, "", "accept", spans, cats=cats, view="unanswered")

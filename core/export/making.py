"""Make a record of an export: what holds in a text, which predictors proposed it, and whose decision it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiebreak.core.formats.prodigy_writing import export_record, version_record
from tiebreak.core.records import Answer, CurrentPrediction, Example, Span
from tiebreak.core.store.connection import Store
from tiebreak.core.store.read_examples import ReadExamples

LEARNED = "learned"  # the provenance of an unanswered example, learned from answers to other examples
READING = "reading"  # the provenance of a predictor's reading, answered or not
_PROBABILITY_DIGITS = 6


def of_slice(probability: float) -> dict[str, Any]:
    """Return the fields of a slice text: that it is in the slice, and the probability with which it was drawn."""
    return {"_slice": True, "_probability": round(probability, _PROBABILITY_DIGITS)}


def how_selected(answer: Answer) -> dict[str, str]:
    """Return the field that says how the example came to be reviewed; no field if the answer does not say."""
    selected_by = (answer.screen or {}).get("selected_by")
    return {} if selected_by is None else {"_selected_by": selected_by}


def make_record(
    store: Store,
    read: ReadExamples,
    example: Example,
    answer: Answer,
    origin: Mapping[str, Any],
    *,
    versions: bool = False,
) -> dict[str, Any]:
    """Return the answer as a record; the fields of `origin` say whose decision it is, and how sure it is."""
    proposed: dict[Span, list[str]] = {}
    predictions = read.predictions(example.id)
    for predictor, prediction in predictions.items():
        for span in store.rules.stored(prediction.marks):
            proposed.setdefault(span, []).append(predictor)
    sources = {span: ", ".join(names) for span, names in proposed.items()}
    if origin["_provenance"] == LEARNED:
        sources = dict.fromkeys(answer.spans, LEARNED) | sources
    remark = read.remark(example.id, answer.annotator)
    record = export_record(example, answer, sources, store.task, remark) | {**origin}
    if versions:
        record["versions"] = [
            *(
                version_record(example, _as_answer(store, example.id, each), store.task, "predictor")
                for each in predictions.values()
                if each.error is None
            ),
            *(version_record(example, each, store.task, "annotator") for each in read.answers_of_people(example.id)),
        ]
    return record


def _as_answer(store: Store, example_id: int, prediction: CurrentPrediction) -> Answer:
    """Return a prediction as an answer of the predictor."""
    cats = dict(prediction.cats) if prediction.cats else None
    return Answer(example_id, prediction.predictor, "", "accept", store.rules.stored(prediction.marks), cats=cats)

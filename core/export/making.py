"""One record of an export: what holds in a text, who proposed it, and who decided it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiebreak.core.formats.prodigy_writing import export_record, version_record
from tiebreak.core.records import Answer, CurrentPrediction, Example, Span
from tiebreak.core.store.connection import Store
from tiebreak.core.store.read_examples import ReadExamples

LEARNED = "learned"  # the provenance of what nobody answered and answers to other examples taught
READING = "reading"  # the provenance of what one predictor says, whether or not anybody answered
_PROBABILITY_DIGITS = 6


def of_slice(probability: float) -> dict[str, Any]:
    """That the example is of the slice, and the probability with which it was drawn."""
    return {"_slice": True, "_probability": round(probability, _PROBABILITY_DIGITS)}


def how_selected(answer: Answer) -> dict[str, str]:
    """How the example came to be reviewed, where the answer says so."""
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
    """The answer as a record, which says by its `origin` who decided it, and how sure that is."""
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
    """What a predictor says, as if it had answered."""
    cats = dict(prediction.cats) if prediction.cats else None
    return Answer(example_id, prediction.predictor, "", "accept", store.rules.stored(prediction.marks), cats=cats)

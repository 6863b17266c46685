"""Texts that earlier versions asked about with their own answer in the prompt, as a few-shot example."""

from __future__ import annotations

from collections.abc import Iterable

from tiebreak.core.predictors.llm_pipeline import LLMPredictor
from tiebreak.core.predictors.tasks.few_shot import same_text
from tiebreak.core.records import Prediction
from tiebreak.core.store.calls import requests_behind
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import predicted_texts, save_predictions

REASON = "its own answer was in the prompt, as an example; it will be asked again"


def predicted_with_own_answer(store: Store, predictor: LLMPredictor, run_id: int | None) -> list[tuple[int, str]]:
    """Return the (id, text) of the examples that the run predicted from a prompt with their own answer in it.

    This is fast: only the texts of the predictor's few-shot examples are looked up, by their digests.
    """
    if run_id is None or not predictor.example_texts:
        return []
    with predictor.batch():
        return [
            (example_id, text)
            for example_id, text in predicted_texts(store, run_id, _spellings(predictor.example_texts))
            if _had_own_answer(store, predictor, run_id, example_id, text)
        ]


def fail_predicted_with_own_answer(store: Store, predictor: LLMPredictor, run_id: int) -> None:
    """Turn those predictions into failures, so that these texts alone are asked again."""
    if not predicted_with_own_answer(store, predictor, run_id):
        return
    with store.transaction():  # another engine may do the same now
        found = predicted_with_own_answer(store, predictor, run_id)
        failed = [Prediction(example_id, error=REASON) for example_id, _ in found]
        save_predictions(store, run_id, failed, reparsed=True)


def _spellings(texts: Iterable[str]) -> list[str]:
    """Return the texts as a source may spell them: with or without their white space, also at their ends."""
    spellings = ((text, text.strip(), same_text(text), f"{text.strip()}\n") for text in texts)
    return list(dict.fromkeys(spelling for each in spellings for spelling in each))


def _had_own_answer(store: Store, predictor: LLMPredictor, run_id: int, example_id: int, text: str) -> bool:
    now = {ask.request for ask in predictor.asks(text)}
    then = {ask.request for ask in predictor.asks(text, with_own=True)}
    behind = requests_behind(store, example_id, run_id)
    return not behind.isdisjoint(then - now) and not now <= behind

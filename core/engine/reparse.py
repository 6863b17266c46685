"""Reading the saved answers again, after a change of parser or label map, without any call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from tiebreak.core.engine.context import EngineContext
from tiebreak.core.engine.progress import RunProgress
from tiebreak.core.finish_reasons import failure_of
from tiebreak.core.predictors.cut_prompts import PromptLengths
from tiebreak.core.predictors.llm_pipeline import LLMPredictor, reused
from tiebreak.core.records import LLMCall, Prediction
from tiebreak.core.store.calls import find_answers
from tiebreak.core.store.predictions import all_texts, save_predictions

_AT_ONCE = 200


async def reparse(
    context: EngineContext, predictor: LLMPredictor, progress: RunProgress, on_progress: Callable[[RunProgress], None]
) -> None:
    """Predict again all examples that have answers to their prompts, even answers that could not be read.

    Examples without answers stay as they are; `progress.message` counts them.
    """
    texts = all_texts(context.store)
    lengths = PromptLengths()
    without = 0

    def part() -> list[Prediction | None] | None:
        examples = list(islice(texts, _AT_ONCE))
        if not examples:
            return None
        read = [each and _judged(each, lengths) for each in _read(context, predictor, examples)]
        with_prediction = [each for each in read if each is not None]
        save_predictions(context.store, progress.run_id, with_prediction, context.engine_id, reparsed=True)
        return read

    while not context.is_stopping and (read := await context.in_store_thread(part)) is not None:
        for prediction in read:
            if prediction is None:
                without += 1
                continue
            progress.ok += prediction.error is None
            progress.failed += prediction.error is not None
            progress.last_error = prediction.error or progress.last_error
            progress.reused += len(prediction.calls)
        progress.message = f"{without} without an answer" if without else ""
        on_progress(progress)


def _read(context: EngineContext, predictor: LLMPredictor, examples: list[tuple[int, str]]) -> list[Prediction | None]:
    """Return the predictions of the examples from the saved answers; None for an example without answers."""
    answers: dict[bytes, LLMCall] = {}
    outcomes: list[Prediction | None] = [None] * len(examples)
    waiting = list(range(len(examples)))
    with predictor.batch():
        while waiting:
            asked: dict[int, list[bytes]] = {}
            prompts: dict[bytes, str] = {}
            for at in waiting:
                outcome = predictor.read(*examples[at], answers)
                if isinstance(outcome, Prediction):
                    outcomes[at] = outcome
                else:
                    asked[at] = [ask.request for ask in outcome]
                    prompts |= {ask.request: ask.prompt for ask in outcome}
            found = _all_answers(context, list(prompts))
            answers |= {request: reused(call, prompts[request]) for request, call in found.items()}
            waiting = [at for at, requests in asked.items() if all(request in found for request in requests)]
    return outcomes


def _judged(prediction: Prediction, lengths: PromptLengths) -> Prediction:
    """Return `prediction`, or its failure if the endpoint had cut a prompt: earlier versions did not notice that."""
    for call in prediction.calls if prediction.error is None else ():
        if cut := lengths.reason(call.prompt or "", call.prompt_tokens):
            calls = tuple(replace(each, is_good=each is not call) for each in prediction.calls)
            return Prediction(prediction.example_id, error=cut, calls=calls)
    return prediction


def _all_answers(context: EngineContext, requests: list[bytes]) -> dict[bytes, LLMCall]:
    """Find answers in the store, or else in the cache, even unusable answers: reading them shows whether they are."""
    found = find_answers(context.store, requests, failed_too=True)
    if context.cache is None:
        return found
    cached = context.cache.find([request for request in requests if request not in found])
    return found | {request: call for request, call in cached.items() if not failure_of(call.finish_reason)}

"""Estimating the calls of an LLM's run before any is made: how many, their tokens and their cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from tiebreak.core.engine.desk import known_answers
from tiebreak.core.engine.progress import Estimate
from tiebreak.core.predictors.llm_pipeline import Ask, LLMPredictor
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import tokens_per_call

_BYTES_A_TOKEN = 4  # bytes of UTF-8 a token, in English with today's tokenizers; other scripts come close
_ANSWER = 100  # tokens of an answer, if the predictor has no answers yet
_LONGEST_ANSWER = 500  # tokens; without max_tokens in the config, at least this is set aside for an answer
_AT_ONCE = 200  # texts whose answers are looked up together
_SAMPLE = 5_000  # texts; the rest is assumed to be like them


def most_that_it_costs(asks: Sequence[Ask]) -> float:
    """Estimate the most that the calls may cost; 0 without prices."""
    total = 0.0
    for ask in asks:
        if ask.model.prices:
            longest = ask.model.most_tokens or max(_LONGEST_ANSWER, 2 * ask.model.longest_answer)
            total += ask.model.cost_of(_tokens(ask.prompt, _BYTES_A_TOKEN - 1), longest) or 0.0
    return total


def is_cost_known(asks: Sequence[Ask]) -> bool:
    """Return whether the config or an earlier answer shows how long answers may be."""
    paid = [ask.model for ask in asks if ask.model.prices]
    return all(model.most_tokens or model.longest_answer for model in paid)


def estimate(
    store: Store,
    predictor: LLMPredictor,
    to_ask: Iterable[tuple[int, str]],
    pending: int,
    cache: AnswerCache | None,
) -> Estimate:
    """Estimate the calls for a run's pending texts, at most `pending` of them, without any call."""
    looked = known = calls = came = 0
    cost = 0.0
    answer = round(tokens_per_call(store, predictor.name) or _ANSWER)
    texts = islice(to_ask, min(pending, _SAMPLE))
    while part := list(islice(texts, _AT_ONCE)):
        with predictor.batch():
            asks = [predictor.asks(text) for _, text in part]
        there = known_answers(store, cache, [ask for each in asks for ask in each]).found
        for each in asks:
            missing = [ask for ask in each if ask.request not in there]
            known += bool(each) and not missing
            calls += len(missing)
            for ask in missing:
                tokens = _tokens(ask.prompt)
                came += tokens
                cost += ask.model.cost_of(tokens, answer) or 0.0
        looked += len(part)
    scale = pending / looked if looked else 0.0
    return Estimate(
        *(predictor.name, predictor.model, pending, round(scale * known), round(scale * calls), round(scale * came)),
        completion_tokens=round(scale * calls * answer),
        cost=scale * cost if predictor.has_prices else None,
    )


def _tokens(prompt: str, bytes_a_token: int = _BYTES_A_TOKEN) -> int:
    return -(-len(prompt.encode("utf-8", "replace")) // bytes_a_token)

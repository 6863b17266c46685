"""A prompt that the server cut, as Ollama does at num_ctx: its answers do not count, least of all "no entities"."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_configs import ModelAnswer, Write, load, run, said
from openai_server import OpenAIServer, Reply

from tiebreak.core.predictors.cut_prompts import PromptLengths, fewest_tokens
from tiebreak.core.records import Span
from tiebreak.core.store.connection import Store
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.status import full_status

ACME = json.dumps({"entities": [{"text": "Acme", "label": "ORG"}]})
NONE = '{"entities": []}'
A_WORD = 1.3  # tokens a word, about as in English


def words(count: int, name: str = "Acme") -> str:
    return " ".join([name, *("and so on it went then" for _ in range(count // 6))])


@pytest.fixture
def model_answer() -> ModelAnswer:
    return lambda prompt: ACME


def counted(prompt: str) -> int:
    return round(A_WORD * len(prompt.split()))


def with_context(num_ctx: int) -> Callable[[str], Reply]:
    """Return the answers of a server that halves its context if a prompt does not fit, and then finds no name in it."""

    def answer(prompt: str) -> Reply:
        fits = counted(prompt) <= num_ctx
        tokens = counted(prompt) if fits else num_ctx // 2 + 2
        return Reply(content=ACME if fits else NONE, usage={"prompt_tokens": tokens})

    return answer


@pytest.mark.full
def test_a_text_whose_prompt_was_cut_has_failed_and_says_what_to_do(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = with_context(4096)
    short, long = load(store, words(1000), words(4500))
    progress = run(store, write())
    assert (progress.ok, progress.failed) == (1, 1)
    assert said(store, short) == (Span(0, 4, "ORG"),)
    reason = str(said(store, long))
    assert reason.startswith("the endpoint cut the prompt: it took 2,050 tokens of at least 4,")
    assert "OLLAMA_CONTEXT_LENGTH" in reason
    [prediction] = inspect_example(store, long).predictions
    assert [(call.response, call.prompt_tokens) for call in prediction.calls] == [(NONE, 2050)]
    assert [failure.count for failure in full_status(store).failures] == [1]
    server.answer = with_context(16_384)
    progress = run(store, write())
    assert (progress.pending, progress.ok, progress.calls) == (1, 1, 1)
    assert said(store, long) == (Span(0, 4, "ORG"),)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 50},
        {"prompt_tokens": 1},
        {"prompt_tokens": 0},
        {"prompt_tokens": None},
        {"prompt_tokens": "many"},
    ],
    ids=str,
)
def test_a_short_prompt_is_never_taken_for_cut_whatever_is_counted(
    store: Store, server: OpenAIServer, write: Write, usage: dict[str, Any]
) -> None:
    server.answer = lambda prompt: Reply(content=ACME, usage=usage)
    load(store, "Acme fell", words(800))
    assert run(store, write()).ok == 2


@pytest.mark.parametrize("usage", [{"prompt_tokens": 0}, {"prompt_tokens": None}, {"prompt_tokens": -5}], ids=str)
def test_a_long_prompt_of_which_nothing_is_counted_is_not_either(
    store: Store, server: OpenAIServer, write: Write, usage: dict[str, Any]
) -> None:
    server.answer = lambda prompt: Reply(content=ACME, usage=usage)
    load(store, words(4000))
    assert run(store, write()).ok == 1


@pytest.mark.parametrize(
    "beside",
    [
        {"cache_read_input_tokens": 4800},
        {"cache_creation_input_tokens": 4800, "cache_read_input_tokens": 0},
        {"prompt_tokens_details": {"cached_tokens": 4800}},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_cached_tokens_that_are_counted_beside_the_others_were_taken_too(
    store: Store, server: OpenAIServer, write: Write, beside: dict[str, Any]
) -> None:
    server.answer = lambda prompt: Reply(content=ACME, usage={"prompt_tokens": 400, **beside})
    load(store, words(4000))
    assert run(store, write()).ok == 1


@pytest.mark.full
def test_a_server_that_counts_only_what_its_cache_did_not_have_is_not_taken_for_one_that_cuts(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    taken: list[str] = []

    def answer(prompt: str) -> Reply:
        taken.append(prompt)
        return Reply(content=ACME, usage={"prompt_tokens": counted(prompt) if len(taken) == 1 else 30})

    server.answer = answer
    load(store, *(f"{words(3000)} {number}" for number in range(8)))
    assert run(store, write(concurrency=1)).ok == 8


def test_one_that_has_taken_a_prompt_near_its_end_whole_may_still_cut_the_next(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = with_context(4096)
    whole, cut = load(store, words(2900), words(3300))
    progress = run(store, write(concurrency=1))
    assert counted(server.requests[-1].prompt) > 4096
    assert (progress.ok, progress.failed) == (1, 1)
    assert said(store, whole) == (Span(0, 4, "ORG"),)
    assert "cut the prompt" in str(said(store, cut))


@pytest.mark.full
def test_stored_answers_to_prompts_that_were_cut_are_failures_once_they_are_read_again(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    whole, cut = load(store, words(1000), words(4500))
    run(store, write())
    store.execute("UPDATE llm_calls SET prompt_tokens = 2050 WHERE example_id = ?", (cut,))  # as an earlier version did
    assert run(store, write()).pending == 0
    progress = run(store, write(), reparse=True)
    assert (progress.ok, progress.failed, server.calls) == (1, 1, 2)
    assert str(said(store, cut)).startswith("the endpoint cut the prompt: it took 2,050 tokens of at least 4,")
    progress = run(store, write(), reparse=True)
    assert (progress.ok, progress.failed, progress.message) == (1, 0, "1 without an answer")
    assert str(said(store, cut)).startswith("the endpoint cut the prompt")
    progress = run(store, write())
    assert (progress.pending, progress.ok, server.calls) == (1, 1, 3)
    assert said(store, cut) == said(store, whole) == (Span(0, 4, "ORG"),)


def test_an_answer_to_a_prompt_that_was_cut_is_none_either_when_it_is_read_again(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = with_context(4096)
    _, cut = load(store, words(2900), words(4500))
    run(store, write())
    progress = run(store, write(), reparse=True)
    assert (progress.ok, progress.message) == (1, "1 without an answer")
    assert "cut the prompt" in str(said(store, cut))


# The fewest tokens for each text by the tokenizers cl100k, o200k, Claude 2's and DeepSeek's.
COUNTED = {
    "The committee met in Geneva on Tuesday, and its members agreed that the report, which doesn't name "
    "anybody, will be published.": 25,
    "U.S. and U.K. officials, e.g. Mr. O'Neill, arrived at 9 a.m. from www.example.com/news.": 30,
    '{"entities": [{"text": "Acme", "label": "ORG"}, {"text": "Ada Lovelace", "label": "PERSON"}]}': 32,
    "def fewest_tokens(prompt: str) -> int:\n    return sum(map(len, prompt.split()))\n": 20,
    "Die Donaudampfschifffahrtsgesellschaft verkaufte ihre Unternehmensbeteiligungen an die Bundesrepublik.": 24,
    "根据国家统计局发布的数据，上半年国内生产总值同比增长百分之五点五，居民消费价格总体平稳。": 20,
    "東京都は今日、新型コロナウイルス感染症の対策本部会議を開き、今後の対応について協議しました。": 29,
    "นายกรัฐมนตรีกล่าวว่ารัฐบาลจะดำเนินการแก้ไขปัญหาเศรษฐกิจอย่างเร่งด่วน": 23,
    "प्रधानमंत्री ने कहा कि सरकार किसानों की समस्याओं का समाधान करेगी।": 15,
    "قال رئيس الوزراء إن الحكومة ستعمل على حل المشكلات الاقتصادية.": 13,
    "대통령은 오늘 서울에서 열린 회의에서 경제 문제를 해결하겠다고 말했다.": 19,
    "a" + " " * 400 + "b": 5,
    "." * 400: 4,
    "_" * 400: 7,
    "a" * 400: 25,
    "😀" * 50: 50,
}


@pytest.mark.parametrize("text", COUNTED, ids=lambda text: text[:12])
def test_no_tokenizer_makes_fewer_tokens(text: str) -> None:
    assert fewest_tokens(text) <= COUNTED[text]


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_fewest_tokens_are_those_of_the_parts(one: str, other: str) -> None:
    assert 0 <= fewest_tokens(one) <= len(one)
    assert fewest_tokens(f"{one} {other}") == fewest_tokens(one) + fewest_tokens(other)


def test_a_count_is_too_low_below_four_fifths_of_the_fewest_tokens_of_a_long_prompt() -> None:
    prompt = words(2000)
    fewest = fewest_tokens(prompt)
    assert fewest == len(prompt.split())
    assert PromptLengths().reason(prompt, round(0.81 * fewest)) == ""
    assert PromptLengths().reason(prompt, round(0.79 * fewest))
    assert PromptLengths().reason(words(990), 5) == ""

"""A model's thoughts are not its answer, neither for spacy-llm's tasks nor for Tiebreak's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_configs import Write, kind_of, load, run, said
from openai_server import OpenAIServer, Reply
from spacy_llm.registry import registry
from stores import create_store

from tiebreak.core.predictors.endings import is_whole
from tiebreak.core.predictors.thoughts import answer_for
from tiebreak.core.records import LLMCall, Span, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.queue import current_predictions

# By task: a thought that considers Bob (as a PERSON), and the answer (Acme, as an ORG).
ANSWERS = {
    "spacy.NER.v1": ("PERSON: Bob", "ORG: Acme"),
    "spacy.NER.v2": ("PERSON: Bob", "ORG: Acme"),
    "spacy.NER.v3": ("1. Bob | True | PERSON | a name", "1. Acme | True | ORG | a firm"),
    "spacy.SpanCat.v1": ("PERSON: Bob", "ORG: Acme"),
    "spacy.SpanCat.v2": ("PERSON: Bob", "ORG: Acme"),
    "spacy.SpanCat.v3": ("1. Bob | True | PERSON | a name", "1. Acme | True | ORG | a firm"),
    "spacy.TextCat.v1": ("PERSON,", "ORG"),
    "spacy.TextCat.v2": ("PERSON,", "ORG"),
    "spacy.TextCat.v3": ("PERSON,", "ORG"),
    "tiebreak.NER.v1": (
        '{"entities": [{"text": "Bob", "label": "PERSON"}]}',
        '{"entities": [{"text": "Acme", "label": "ORG"}]}',
    ),
    "tiebreak.TextCat.v1": ('{"label": "PERSON"}', '{"label": "ORG"}'),
}
TEXT = "Acme met Bob"
THOUGHT = "<think>\nPerhaps:\n{draft}\n```\nor not?\n</think>\n\n{answer}"
FORMS = [
    THOUGHT,
    "<thinking>\n{draft}\n</thinking>\n{answer}",
    "  <THINK>\n{draft}\n</THINK>{answer}\n",
    "Perhaps\n{draft}\n</think>\n{answer}",  # the prompt of the model's template began the thought
    "Let me see.\n<think>\n{draft}\n</think>\n{answer}",
    "<think>\n{draft}\n</think>\n<think>\n{draft}\n</think>\n{answer}",
]
UNFINISHED = ["<think>\n{draft}\n", "<think>\n{draft}\n</think>\n", "{answer}\n<think>\n{draft}", "<think>{answer}"]
LABELS = {"labels": "ORG,PERSON"}


def answered(store: Store, example_id: int) -> Any:
    if store.task is not Task.TEXTCAT:
        return said(store, example_id)
    prediction = current_predictions(store, example_id)["llm"]
    return prediction.error or prediction.cats


@pytest.mark.full
@pytest.mark.parametrize("which", ANSWERS)
def test_what_is_only_considered_is_not_predicted_and_what_is_kept_is_whole(
    tmp_path: Path, server: OpenAIServer, write: Write, which: str
) -> None:
    draft, answer = ANSWERS[which]
    with create_store(tmp_path / "thoughts.db", kind_of(which)) as store:
        for number, form in enumerate(FORMS):
            response = form.format(draft=draft, answer=answer)
            for finish_reason in ("stop", None):
                reply = Reply(content=response, finish_reason=finish_reason)
                server.answer = lambda prompt, reply=reply: reply  # type: ignore[misc]
                [example_id] = load(store, f"{TEXT} {number} {finish_reason}")
                run(store, write(which, task=LABELS))
                found = answered(store, example_id)
                assert found == (
                    (Span(0, 4, "ORG"),) if store.task is not Task.TEXTCAT else {"ORG": 1.0, "PERSON": 0.0}
                )
                [prediction] = inspect_example(store, example_id).predictions
                assert [call.response for call in prediction.calls] == [response]
                assert not prediction.dropped


@pytest.mark.full
@pytest.mark.parametrize("which", ANSWERS)
def test_an_answer_that_ends_within_its_thought_is_a_failure(
    tmp_path: Path, server: OpenAIServer, write: Write, which: str
) -> None:
    draft, answer = ANSWERS[which]
    with create_store(tmp_path / "thoughts.db", kind_of(which)) as store:
        for form in UNFINISHED:
            server.answer = lambda prompt, form=form: form.format(draft=draft, answer=answer)  # type: ignore[misc]
            [example_id] = load(store, f"{TEXT} {form}")
            run(store, write(which, task=LABELS))
            assert answered(store, example_id) == "the answer is empty"


def test_reparse_takes_a_stored_thought_away_without_a_call(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, answer = ANSWERS["spacy.NER.v3"]
    server.answer = lambda prompt: THOUGHT.format(draft=draft, answer=answer)
    [example_id] = load(store, TEXT)
    with monkeypatch.context() as earlier:
        earlier.setattr("tiebreak.core.predictors.llm_pipeline.answer_for", lambda task, response: response)
        run(store, write("spacy.NER.v3"))
    assert said(store, example_id) == (Span(9, 12, "PERSON"),)
    for _ in range(2):
        progress = run(store, write("spacy.NER.v3"), reparse=True)
        assert (progress.ok, said(store, example_id), server.calls) == (1, (Span(0, 4, "ORG"),), 1)


def stock(which: str, **options: Any) -> Any:
    return registry.llm_tasks.get(which)(**{**LABELS, **options})


def test_a_category_that_is_there_or_not_is_read_after_the_thought(
    tmp_path: Path, server: OpenAIServer, write: Write
) -> None:
    server.answer = lambda prompt: "<think>NEG?</think>\nPOS"
    with create_store(tmp_path / "thoughts.db", Task.TEXTCAT) as store:
        [example_id] = load(store, TEXT)
        run(store, write("spacy.TextCat.v3", task={"labels": ["ORG"]}))
        assert answered(store, example_id) == {"ORG": 1.0}


@pytest.mark.parametrize("which", [which for which in ANSWERS if which.startswith("spacy")])
def test_whether_an_answer_is_whole_does_not_depend_on_the_thought_before_it(which: str) -> None:
    draft, answer = ANSWERS[which]
    for words in (answer, f"{answer},"):
        thought = THOUGHT.format(draft=draft, answer=words)
        assert is_whole(stock(which), LLMCall(None, thought, None)) == is_whole(
            stock(which), LLMCall(None, words, None)
        )


@pytest.mark.parametrize("which", ["spacy.NER.v3", "spacy.TextCat.v3"])
def test_a_parser_of_the_users_own_gets_the_whole_answer(which: str) -> None:
    task = stock(which, parse_responses=lambda task, shards, responses: [])
    assert answer_for(task, "<think>a</think>b") == "<think>a</think>b"
    assert answer_for(object(), "<think>a") == "<think>a"


WORDS = st.text().filter(lambda words: "think" not in words.casefold())


@given(thought=WORDS, answer=WORDS, tag=st.sampled_from(["think", "thinking", "Think"]))
def test_no_word_of_a_thought_is_read_and_every_word_of_the_answer(thought: str, answer: str, tag: str) -> None:
    task = stock("spacy.NER.v3")
    assert answer_for(task, answer) == answer
    assert answer_for(task, f"<{tag}>{thought}</{tag}>{answer}").strip("\ufeff ") == answer.strip().strip("\ufeff ")
    assert answer_for(task, f"<{tag}>{thought}") == ""

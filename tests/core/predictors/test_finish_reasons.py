"""Finish reasons: some make an answer a failure, others leave open whether it is whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK
from llm_configs import ModelAnswer, Write, load, run, said
from openai_server import OpenAIServer, Reply, task_text
from spacy_llm.registry import registry
from stores import create_store

from tiebreak.core.doctor.endpoint import Endpoint, check_endpoint
from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.reports import EngineOptions
from tiebreak.core.finish_reasons import failure_of, is_unknown
from tiebreak.core.predictors.endings import is_whole
from tiebreak.core.predictors.tasks.ending import comes_to_its_end
from tiebreak.core.records import LLMCall, Span, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.predictions import find_run, pending_count
from tiebreak.core.store.status import full_status

ACME = {"text": "Acme", "label": "ORG"}
WHOLE = json.dumps({"entities": [ACME]})
NONE = '{"entities": []}'
CUT = '{"entities": []}\nOn second thought, {"entities": [{"text": "Acme", "la'  # a whole object, then a cut one


@pytest.fixture
def model_answer() -> ModelAnswer:
    return lambda prompt: WHOLE


@pytest.mark.parametrize(
    ("reasons", "failure"),
    [
        ("length max_tokens MAX_TOKENS max_output_tokens token_limit finish_reason_max_tokens", "at the token limit"),
        ("model_length model_context_window_exceeded ERROR_LIMIT contextLengthReached", "end of the model's context"),
        ("content_filter content-filter SAFETY RECITATION PROHIBITED_CONTENT ERROR_TOXIC sensitive", "withheld by"),
        ("guardrail_intervened content_filtered SPII BLOCKLIST FinishReason.SAFETY", "withheld by a content filter"),
        ("refusal REFUSAL", "refused: I cannot"),
        ("error ERROR abort aborted cancelled canceled USER_CANCEL network_error", "broke off the answer"),
        ("insufficient_system_resource time_limit TIMEOUT MALFORMED_FUNCTION_CALL OTHER not_finished", "broke off the"),
    ],
)
def test_a_reason_that_makes_an_answer_none_is_known_however_it_is_written(reasons: str, failure: str) -> None:
    for reason in reasons.split():
        assert failure in failure_of(reason, "I cannot"), reason
        assert not is_unknown(reason), reason


def test_only_stop_says_that_an_answer_is_whole() -> None:
    for reason in (None, "", "eos_token", "end_turn", "STOP", "stop_sequence", "tool_calls", "COMPLETE", 1, ["stop"]):
        assert (failure_of(reason), is_unknown(reason)) == ("", True), reason
    assert (failure_of("stop"), is_unknown("stop")) == ("", False)


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        NONE,
        f"```json\n{WHOLE}\n```",
        f"```\n{WHOLE}\n```\nThat is all.",
        f"Here [1] you are {{as asked}}: {WHOLE} I hope that {{helps}}.",
        f"<think>or [else</think>\n{WHOLE}",
        f"{WHOLE}, ]}}",
        '{"entities": [{"text": "a [", "label": "ORG \\" {"}]}',
        '{"text": "Acme", "label": "ORG"}\n{"text": "Initech", "label": "ORG"}\n',
        f"{WHOLE} 👍",
        '{"entities": [{"text": "Acme", "label": "ORG",},],}',
    ],
)
def test_json_that_comes_to_its_end(answer: str) -> None:
    assert comes_to_its_end(answer)


@pytest.mark.parametrize(
    "answer",
    [
        *(WHOLE[:end] for end in range(1, len(WHOLE))),
        CUT,
        f"```json\n{WHOLE}",
        f"{WHOLE}\n```json\n",
        f"<think>{WHOLE}",
        f"{WHOLE}<think>But no.",
        f'{{"result": {WHOLE}',
        f"[{WHOLE}",
        f"{WHOLE} But wait, I overlooked",
        f'{WHOLE} But "Acme is a name.',
        f"{WHOLE},",
        f"Either [{WHOLE}",
        f'{{"draft": {WHOLE}, "text": "a "word" more"}}',
        f'[{WHOLE} {{"text": }}]',
        '{"text": "Acme", "label": "ORG"},\n',
        '"',
        '{"entities": [], "note": "cut off \\',
    ],
)
def test_json_that_does_not(answer: str) -> None:
    assert not comes_to_its_end(answer)


def make(name: str, **options: Any) -> Any:
    return registry.llm_tasks.get(name)(**{"labels": ["ORG", "PERSON"], **options})


@pytest.mark.parametrize(
    ("name", "whole", "cut"),
    [
        (
            "spacy.NER.v3",
            [
                "1. Acme | True | ORG | a firm",
                "1. Acme | True | ORG | a firm\nThat is all.\n",
                "None",
                "```\nNone\n```",
            ],
            [
                "1. Acme | True | ORG | a firm\n2. Bob",
                "1. Acme | True | ORG",
                "1. Acme | True | ORG | x\n2.",
                "```\nNone",
            ],
        ),
        ("spacy.SpanCat.v3", ["1. Acme | True | ORG | a firm"], ["1. Acme | True | ORG | a firm\n2. Bob | Tr"]),
        (
            "spacy.NER.v2",
            ["ORG: Acme\nPERSON: Bob, Cyd", "ORG:\nPERSON:", "There are no entities.", "ORG: Acme\nNothing else."],
            ["ORG: Acme\nPER", "ORG: Acme,", "ORG: Acme\nI left out"],
        ),
        ("spacy.TextCat.v3", ["ORG", "org, PERSON", "==NONE==", "none"], ["OR", "ORG, PER", "ORG,"]),
        ("tiebreak.TextCat.v1", ["ORG", "**Org.**", '"ORG"', '{"label": "ORG"}'], ['"ORG', "**ORG", '{"label": "ORG"']),
    ],
)
def test_each_task_knows_whether_an_answer_comes_to_its_end(name: str, whole: list[str], cut: list[str]) -> None:
    task = make(name)
    for reason in (None, "eos_token"):
        assert [is_whole(task, LLMCall(None, answer, None, finish_reason=reason)) for answer in whole] == [True] * len(
            whole
        )
        assert not any(is_whole(task, LLMCall(None, answer, None, finish_reason=reason)) for answer in cut)
    assert all(is_whole(task, LLMCall(None, answer, None, finish_reason="stop")) for answer in whole + cut)
    assert not any(is_whole(task, LLMCall(None, answer, None, finish_reason="error")) for answer in whole + cut)


def test_one_category_is_the_word_for_it_or_for_its_opposite() -> None:
    task = make("spacy.TextCat.v3", labels=["ORG"])
    answers = ("POS", "neg", "PO", "POSITIVE")
    assert [is_whole(task, LLMCall(None, answer, None)) for answer in answers] == [True, True, False, False]


def test_of_a_parser_of_the_users_own_nothing_is_known() -> None:
    task = make("spacy.NER.v3", parse_responses=lambda task, shards, responses: [])
    assert is_whole(task, LLMCall(None, "{", None))
    assert is_whole(object(), LLMCall(None, "{", None))


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        ("model_length", "the answer was cut off at the end of the model's context"),
        ("error", "the endpoint broke off the answer (finish_reason error)"),
        ("abort", "the endpoint broke off the answer (finish_reason abort)"),
        ("insufficient_system_resource", "the endpoint broke off the answer"),
        ("SAFETY", "the answer was withheld by a content filter"),
    ],
)
@pytest.mark.parametrize("content", [WHOLE, NONE])
def test_an_answer_that_ended_for_a_bad_reason_is_a_failure_and_kept(
    store: Store, server: OpenAIServer, write: Write, reason: str, failure: str, content: str
) -> None:
    server.answer = lambda prompt: Reply(content=content, finish_reason=reason)
    [example_id] = load(store, "Acme fell")
    assert run(store, write()).failed == 1
    assert str(said(store, example_id)).startswith(failure)
    [prediction] = inspect_example(store, example_id).predictions
    assert [(call.response, call.finish_reason) for call in prediction.calls] == [(content, reason)]
    assert full_status(store).runs[0].unknown_endings == {}


@pytest.mark.parametrize(
    "choice",
    [{"native_finish_reason": "MAX_TOKENS"}, {"provider_specific_fields": {"native_finish_reason": "error"}}],
    ids=["OpenRouter", "LiteLLM"],
)
def test_the_models_own_reason_counts_if_a_gateway_calls_it_stop(
    store: Store, server: OpenAIServer, write: Write, choice: dict[str, Any]
) -> None:
    server.answer = lambda prompt: Reply(content=NONE, choice=choice)
    load(store, "Acme fell")
    assert run(store, write()).failed == 1
    server.answer = lambda prompt: Reply(content=NONE, choice={"native_finish_reason": "end_turn"})
    assert run(store, write()).ok == 1


def by_text(replies: dict[str, Reply]) -> Callable[[str], Reply]:
    return lambda prompt: replies[task_text(prompt)]


def test_an_answer_with_an_unknown_reason_is_whole_if_it_can_be_read_to_its_end_and_the_status_counts_it(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    replies = {
        "Acme one": Reply(content=WHOLE, finish_reason="eos_token"),
        "Acme two": Reply(content=WHOLE, finish_reason="eos_token"),
        "Acme three": Reply(content=WHOLE, finish_reason=None),
        "Acme four": Reply(content=WHOLE),
        "Acme five": Reply(content=CUT, finish_reason="eos_token"),
        "Acme six": Reply(content=CUT, finish_reason=None),
    }
    server.answer = by_text(replies)
    ids = load(store, *replies)
    report = run(store, write())
    assert (report.ok, report.failed) == (4, 2)
    assert [said(store, each) for each in ids[:4]] == [(Span(0, 4, "ORG"),)] * 4
    assert str(said(store, ids[4])).startswith("the answer stops in the middle (finish_reason eos_token): “…")
    assert str(said(store, ids[5])).startswith("the answer stops in the middle (no finish_reason): “…")
    assert full_status(store).runs[0].unknown_endings == {"eos_token": 2, "no reason": 1}
    shown = subprocess.run([TIEBREAK, "status", store.path], capture_output=True, text=True, check=True).stdout
    assert "2 responses ended with eos_token, 1 with no reason: taken as whole" in shown


def test_a_stock_task_fails_for_a_cut_line_that_it_would_pass_over(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = lambda prompt: Reply(content="1. Acme | True | ORG | a firm\n2. Bob", finish_reason=None)
    [example_id] = load(store, "Acme met Bob")
    assert run(store, write("spacy.NER.v3")).failed == 1
    assert "stops in the middle" in str(said(store, example_id))


def stored_by_an_earlier_version(store: Store, response: str | None, reason: str | None) -> None:
    """Change the store as if an earlier version had accepted the answer as whole."""
    store.execute("UPDATE llm_calls SET finish_reason = ?, response = coalesce(?, response)", (reason, response))


BADLY_STORED = pytest.mark.parametrize(
    ("response", "reason", "failure"),
    [
        (None, "insufficient_system_resource", "the endpoint broke off the answer"),
        (None, "SAFETY", "the answer was withheld by a content filter"),
        (CUT, "eos_token", "the answer stops in the middle (finish_reason eos_token)"),
        (CUT, None, "the answer stops in the middle (no finish_reason)"),
    ],
)


@pytest.mark.full
@BADLY_STORED
def test_only_reparse_judges_a_stored_answer_again(
    store: Store, server: OpenAIServer, write: Write, response: str | None, reason: str | None, failure: str
) -> None:
    bad, good = load(store, "Acme fell", "Acme rose")
    run(store, write())
    stored_by_an_earlier_version(store, response, reason)
    store.execute(
        "UPDATE llm_calls SET finish_reason = 'stop', response = ? WHERE example_id = ?",
        (WHOLE, good),
    )
    assert run(store, write()).pending == 0  # opening and running it asks nothing
    assert server.calls == 2
    report = run(store, write(), reparse=True)
    assert (report.ok, report.failed, report.message, server.calls) == (1, 1, "", 2)
    assert str(said(store, bad)).startswith(failure)
    assert said(store, good) == (Span(0, 4, "ORG"),)
    assert full_status(store).runs[0].unknown_endings == {}
    again = run(store, write(), reparse=True)
    assert (again.ok, again.failed) in ((1, 0), (1, 1))  # a bad reason makes it a failure; a cut answer is read again
    assert str(said(store, bad)).startswith(failure)
    report = run(store, write())
    assert (report.pending, report.ok, report.calls, server.calls) == (1, 1, 1, 3)
    assert said(store, bad) == (Span(0, 4, "ORG"),)
    assert run(store, write()).pending == 0


@pytest.mark.full
@BADLY_STORED
def test_a_stored_answer_that_is_none_serves_no_other_run(
    store: Store, server: OpenAIServer, write: Write, response: str | None, reason: str | None, failure: str
) -> None:
    load(store, "Acme fell")
    run(store, write())
    stored_by_an_earlier_version(store, response, reason)
    mapped = write(label_map="ORG:COMPANY")
    [estimate] = estimate_all(store, [mapped], EngineOptions())
    assert (estimate.pending, estimate.known, estimate.calls) == (1, 0, 1)
    report = run(store, mapped)
    assert (report.ok, report.calls, report.reused, server.calls) == (1, 1, 0, 2)
    assert failure  # reparse would give this reason
    assert run(store, write(label_map="ORG:FIRM")).reused == 1


@pytest.mark.full
@BADLY_STORED
def test_a_cached_answer_that_is_none_is_asked_again_and_replaced(
    store: Store,
    server: OpenAIServer,
    write: Write,
    tmp_path: Path,
    response: str | None,
    reason: str | None,
    failure: str,
) -> None:
    import sqlite3

    cache = tmp_path / "answers.db"
    load(store, "Acme fell")
    run(store, write(), cache=cache)
    with sqlite3.connect(cache) as connection:
        connection.execute("UPDATE answers SET finish_reason = ?, response = coalesce(?, response)", (reason, response))
    for number, (calls, reused) in enumerate([(1, 0), (0, 1)]):
        with create_store(tmp_path / f"other{number}.db", Task.NER) as other:
            load(other, "Acme fell")
            report = run(other, write(), cache=cache)
            assert (report.ok, report.calls, report.reused, server.calls) == (1, calls, reused, 2), failure


def test_answers_that_were_loaded_are_neither_counted_nor_asked_for(store: Store, write: Write) -> None:
    from tiebreak.core.records import Prediction
    from tiebreak.core.store.predictions import save_predictions, start_run

    [example_id] = load(store, "Acme fell")
    run_id = start_run(store, predictor="recorded", kind="file", fingerprint="x", model="a file")
    save_predictions(store, run_id, [Prediction(example_id, calls=(LLMCall(None, "1. Acme |", None),))])
    assert full_status(store).runs[0].unknown_endings == {}
    assert pending_count(store, find_run(store, "recorded", "x")) == 0


@pytest.mark.parametrize(
    ("reason", "found"), [(None, "no finish_reason"), ("eos_token", "finish_reason eos_token"), ("stop", "")]
)
def test_the_doctor_says_that_an_endpoint_ends_for_a_reason_that_is_not_known(
    server: OpenAIServer, reason: str | None, found: str
) -> None:
    server.answer = lambda prompt: Reply(content='{"label": "person"}', finish_reason=reason)
    check = check_endpoint("llm", Endpoint(server.base_url, "test-model"))[0]
    assert found in check.found
    assert check.state.value == ("note" if found else "ok")

"""LLM pipelines of spacy-llm against a real server: successes, failures, and the text or run that each belongs to."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from llm_configs import Write, load, run, said, write_llm
from openai_server import (
    OpenAIServer,
    Reply,
    Request,
    cut_off,
    error,
    hang,
    model_not_found,
    ner_v2_answer,
    ner_v3_answer,
    no_content,
    nonsense,
    rate_limited,
    reset,
    server_error,
    task_text,
    unauthorized,
)
from spacy_llm.registry import registry
from stores import create_store

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.progress import EngineOptions
from tiebreak.core.errors import ConfigError, PredictorError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors.openai_model import OpenAIModel
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import LLMCall, Span, Task
from tiebreak.core.selection.filter import WITH_AGREED
from tiebreak.core.store.calls import calls_of
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import iterate_queue
from tiebreak.core.store.status import run_statuses, store_status

KEY = "sk-tiebreak-0123456789abcdef"
KEY_ENV = "TIEBREAK_TEST_KEY"
HEAD = '[nlp]\nlang = "en"\npipeline = ["llm"]\n\n[components]\n\n[components.llm]\nfactory = "llm"\n\n'


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes a spacy-llm config that asks the server; keywords are settings of the model."""

    def write(which: str = "spacy.NER.v3", labels: Sequence[str] = ("ORG",), **settings: Any) -> PredictorConfig:
        settings = {"timeout": 5.0, "patience": 2.0, **settings}
        return write_llm(tmp_path, server.base_url, which, task={"labels": list(labels)}, **settings)

    return write


def calls(store: Store) -> list[tuple[Any, ...]]:
    """Return (example id, prompt, response, error, tokens in) of each saved call."""
    rows = store.execute("SELECT example_id, run_id, error FROM llm_calls ORDER BY id").fetchall()
    kept: dict[tuple[int, int], list[LLMCall]] = {}
    for example_id, run_id, _ in rows:
        kept[example_id, run_id] = list(calls_of(store, example_id, run_id, 100))
    rows_with_calls = []
    for example_id, run_id, reason in rows:
        call = kept[example_id, run_id].pop()  # the oldest
        rows_with_calls.append((example_id, call.prompt, call.response, reason, call.prompt_tokens))
    return rows_with_calls


def fail_on(text: str, reply: Reply) -> Callable[[Request], Reply | None]:
    return lambda request: reply if text in task_text(request.prompt) else None


@pytest.mark.parametrize(("task", "answer"), [("spacy.NER.v3", ner_v3_answer), ("spacy.NER.v2", ner_v2_answer)])
def test_entities_are_read_from_the_answers(
    store: Store, server: OpenAIServer, write: Write, task: str, answer: Callable[[str], str]
) -> None:
    server.answer = answer
    ids = load(store, "Today Acme bought Initech", "nothing here")
    progress = run(store, write(task))
    assert (progress.model, progress.ok, progress.failed) == ("test-model", 2, 0)
    assert said(store, ids[0]) == (Span(0, 5, "ORG"), Span(6, 10, "ORG"), Span(18, 25, "ORG"))
    assert said(store, ids[1]) == ()
    assert server.calls == 2
    [status] = run_statuses(store)
    assert (status.kind, status.ok) == ("llm", 2)


def test_nested_spans_are_read_in_a_store_that_takes_them(tmp_path: Path, server: OpenAIServer, write: Write) -> None:
    server.answer = lambda prompt: "1. Bank of Rome | True | ORG | a bank\n2. Rome | True | PLACE | a city"
    with create_store(tmp_path / "store.db", Task.SPANCAT) as store:
        [example_id] = load(store, "the Bank of Rome fell")
        assert run(store, write("spacy.SpanCat.v3", labels=["ORG", "PLACE"])).ok == 1
        assert said(store, example_id) == (Span(4, 16, "ORG"), Span(12, 16, "PLACE"))


def test_a_call_is_kept_with_prompt_answer_and_tokens_and_sends_what_the_config_says(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    [example_id] = load(store, "Acme fell")
    run(store, write(temperature=0.5, max_tokens=77))
    [request] = [request for request in server.requests if request.body]
    assert (request.body["model"], request.body["temperature"], request.body["max_tokens"]) == ("test-model", 0.5, 77)
    [(called, prompt, response, reason, prompt_tokens)] = calls(store)
    assert (called, prompt, response, reason) == (example_id, request.prompt, ner_v3_answer(prompt), None)
    assert prompt_tokens == len(prompt.split())


@pytest.mark.full
def test_as_many_requests_are_in_flight_as_the_concurrency_allows(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.latency = 0.1
    load(store, *(f"Acme {number}" for number in range(40)))
    started = time.monotonic()
    assert run(store, write(concurrency=8)).ok == 40
    assert server.in_flight_peak == 8
    assert time.monotonic() - started < 40 * 0.1 / 2


def test_the_concurrency_of_a_project_goes_before_the_models(store: Store, server: OpenAIServer, write: Write) -> None:
    server.latency = 0.05
    config = write(concurrency=8)
    load(store, *(f"Acme {number}" for number in range(12)))
    run_predictors(store, [PredictorConfig(config.name, config.pipeline, concurrency=3)])
    assert server.in_flight_peak == 3


def test_the_label_map_applies_and_another_is_another_run(store: Store, write: Write) -> None:
    config = write()
    [example_id] = load(store, "Acme fell")
    run_predictors(store, [PredictorConfig("llm", config.pipeline, LabelMap.parse("ORG:COMPANY"))])
    assert said(store, example_id) == (Span(0, 4, "COMPANY"),)
    assert run(store, config).ok == 1
    assert said(store, example_id) == (Span(0, 4, "ORG"),)


@pytest.mark.full
def test_too_many_requests_are_asked_again_after_the_time_that_the_endpoint_names(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.script(rate_limited(1.2))
    [example_id] = load(store, "Acme fell")
    assert run(store, write(retries=2)).ok == 1
    assert said(store, example_id) == (Span(0, 4, "ORG"),)
    first, second = [request.at for request in server.requests if request.path.endswith("/completions")]
    assert second - first >= 1.2


@pytest.mark.full
def test_an_error_of_the_server_is_tried_again(store: Store, server: OpenAIServer, write: Write) -> None:
    server.script(server_error(), reset())
    load(store, "Acme fell")
    assert run(store, write(retries=2)).ok == 1
    assert server.calls == 3


@pytest.mark.full
def test_an_error_within_the_choice_is_tried_again(store: Store, server: OpenAIServer, write: Write) -> None:
    broken = {"error": {"code": 502, "message": "The upstream broke off."}}
    server.script(Reply(content="1. Ac", finish_reason="error", choice=broken), Reply(choice={"error": "no luck"}))
    [example_id] = load(store, "Acme fell")
    assert run(store, write(retries=2)).ok == 1
    assert (said(store, example_id), server.calls) == ((Span(0, 4, "ORG"),), 3)
    server.fail_when(lambda request: Reply(content=None, finish_reason="error", choice=broken))
    load(store, "Initech fell")
    assert "HTTP 502: The upstream broke off." in str(run(store, write(retries=1)).last_error)
    assert server.calls == 5


@pytest.mark.full
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (server_error(), "HTTP 500: The server had an error."),
        (rate_limited(0.01), "HTTP 429: Rate limit reached."),
        (error(400, "The prompt is too long."), "HTTP 400: The prompt is too long."),
        (hang(), "no answer within 0.4 seconds"),
        (reset(), "the connection broke"),
        (cut_off("1. Acme | True |"), "the answer was cut off at the token limit"),
        (Reply(content="1. Acme", finish_reason="content_filter"), "withheld by a content filter"),
        (nonsense(), "the answer is not a chat completion"),
        (Reply(raw=b"[]"), "the answer is not a chat completion"),
        (Reply(raw=b'{"choices": []}'), "the answer is not a chat completion"),
        (Reply(raw=b'{"choices": [{"message": null}]}'), "the answer is not a chat completion"),
        (Reply(raw=b"\xff\xfe"), "the answer is not a chat completion"),
        (Reply(raw=b""), "the answer is not a chat completion"),
        (no_content(), "the answer has no content"),
        (Reply(content=""), "the answer has no content"),
        (Reply(refusal="I cannot help with that."), "refused: I cannot help with that."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_goes_wrong_with_one_text_is_its_own_with_its_reason(
    store: Store, server: OpenAIServer, write: Write, reply: Reply, reason: str
) -> None:
    server.fail_when(fail_on("Bad", reply))
    ids = load(store, "Acme fell", "Bad luck", "Initech fell")
    progress = run(store, write(timeout=0.4))
    assert (progress.ok, progress.failed) == (2, 1)
    assert said(store, ids[0]) == (Span(0, 4, "ORG"),)
    assert said(store, ids[2]) == (Span(0, 7, "ORG"),)
    failure = said(store, ids[1])
    assert isinstance(failure, str)
    assert reason in failure
    assert "\n" not in failure


def reply_of(content: object, **fields: object) -> Reply:
    """Make a chat completion that need not follow the protocol."""
    return Reply(raw=json.dumps({"choices": [{"message": {"content": content}, **fields}], **fields}).encode())


@pytest.mark.parametrize(
    "reply",
    [
        reply_of("1. Acme | True | ORG | \ud800"),  # half of a surrogate pair: no file could hold it
        reply_of("1. Acme | True | ORG | ", finish_reason="\udfff"),
        reply_of("1. Acme | True | ORG | ", finish_reason=["stop"]),
        reply_of("1. Acme | True | ORG | ", usage={"prompt_tokens": 10**30, "completion_tokens": -1}),
        reply_of("1. Acme | True | ORG | ", usage=["many"]),
        reply_of([{"text": "1. Acme | True |"}, {"text": " ORG | "}, 5]),
        reply_of("1. Acme | True | ORG | \x00\x1b[31m[red]"),
    ],
    ids=["surrogate", "finish reason", "no text", "counts", "usage", "parts", "control characters"],
)
def test_what_an_endpoint_adds_to_a_good_answer_does_not_matter(
    store: Store, server: OpenAIServer, write: Write, reply: Reply
) -> None:
    server.fail_when(lambda request: reply)
    [example_id] = load(store, "Acme fell")
    run(store, write())
    assert said(store, example_id) == (Span(0, 4, "ORG"),)


@pytest.mark.parametrize("refusal", ["No \ud800", "\udfff"])
def test_a_refusal_that_is_no_text_is_that_texts_failure(
    store: Store, server: OpenAIServer, write: Write, refusal: str
) -> None:
    server.fail_when(lambda request: Reply(refusal=refusal))
    [example_id] = load(store, "Acme fell")
    assert run(store, write()).failed == 1
    assert str(said(store, example_id)).startswith("refused: ")


def test_an_unforeseen_error_is_that_texts_failure(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    body = OpenAIModel._body

    def breaks(model: OpenAIModel, prompt: str, asked: int) -> dict[str, Any]:
        if "Bad" in task_text(prompt):
            raise RuntimeError("out of luck")
        return body(model, prompt, asked)

    monkeypatch.setattr(OpenAIModel, "_body", breaks)
    ids = load(store, "Acme fell", "Bad luck", "Initech fell")
    progress = run(store, write())
    assert (progress.ok, progress.failed, progress.state) == (2, 1, "ended")
    assert said(store, ids[1]) == "RuntimeError: out of luck"


@pytest.mark.parametrize(
    "reply", [cut_off("1. Acme | True | ORG | \n2. Bo"), Reply(refusal="No entities can be given.")], ids=["cut", "no"]
)
def test_a_cut_off_or_refused_answer_is_a_failure_also_when_it_is_read_again(
    store: Store, server: OpenAIServer, write: Write, reply: Reply
) -> None:
    server.fail_when(lambda request: reply)
    [example_id] = load(store, "Acme fell")
    assert run(store, write()).failed == 1
    [progress] = run_predictors(store, [write()], options=EngineOptions(reparse=True))
    assert progress.ok == 0
    assert isinstance(said(store, example_id), str)


def test_one_text_that_is_forbidden_does_not_keep_the_others_from_being_asked(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.fail_when(fail_on("Bad", error(403, "flagged by moderation")))
    load(store, *(f"Acme fell {number}" for number in range(6)), "Bad luck", *(f"Umbrella {n}" for n in range(30)))
    progress = run(store, write(concurrency=2))
    assert (progress.ok, progress.failed) == (36, 1)
    assert "HTTP 403: flagged by moderation" in str(progress.last_error)


def test_a_text_that_is_forbidden_at_the_very_beginning_does_not_either(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.fail_when(fail_on("Bad", error(403, "flagged by moderation")))
    load(store, "Bad luck", *(f"Acme fell {number}" for number in range(10)))
    assert (run(store, write(concurrency=1)).ok, run(store, write()).failed) == (10, 1)


def test_a_prompt_that_is_never_the_same_is_asked_once(store: Store, server: OpenAIServer, write: Write) -> None:
    config = write("tiebreak.NER.v1")
    path = Path(config.pipeline)
    template = "{{ range(100000) | random }} {{ labels }} {{ text }}"
    path.write_text(path.read_text().replace("labels =", f"template = {json.dumps(template)}\nlabels ="))
    server.answer = lambda prompt: '{"entities": []}'
    [example_id] = load(store, "Acme fell")
    assert run(store, config).failed == server.calls == 1
    assert "its prompt differs each time" in str(said(store, example_id))


@registry.llm_misc("tests.Lines.v1")  # type: ignore[untyped-decorator]
def parser_of_lines() -> Callable[..., Any]:
    """Parse as a user's own parser might: each line is a span of the first label."""

    def parse(task: Any, shards: Any, responses: Any) -> Iterator[Any]:
        for docs, answers in zip(shards, responses, strict=True):
            yield [
                [
                    doc.char_span(at, at + len(line), label="ORG")
                    for line in answer.split("\n")
                    if (at := doc.text.find(line)) >= 0
                ]
                for doc, answer in zip(docs, answers, strict=True)
            ]

    return parse


def test_a_task_with_a_parser_of_its_own_reads_what_that_reads(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    config = write()
    path = Path(config.pipeline)
    section = '[components.llm.task.parse_responses]\n@llm_misc = "tests.Lines.v1"\n\n[components.llm.model]'
    path.write_text(path.read_text().replace("[components.llm.model]", section))
    server.answer = lambda prompt: "Acme"
    [example_id] = load(store, "Acme fell")
    run(store, config)
    assert said(store, example_id) == (Span(0, 4, "ORG"),)


def test_a_key_that_is_forbidden_in_the_middle_stops_the_run(store: Store, server: OpenAIServer, write: Write) -> None:
    server.fail_when(lambda request: error(403, "no more") if server.calls > 10 else None)
    load(store, *(f"Acme fell {number}" for number in range(100)))
    with pytest.raises(PredictorError, match="HTTP 403: no more; check the key"):
        run(store, write(concurrency=2))
    assert server.calls <= 10 + 8 + 2


@pytest.mark.full
def test_a_time_to_come_back_that_is_over_is_no_reason_to_hurry(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    over = Reply(429, content="Slow down.", headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    began = time.monotonic()
    server.fail_when(lambda request: over if time.monotonic() < began + 4 else None)
    load(store, "Acme fell")
    began = time.monotonic()
    assert run(store, write(patience=60.0)).ok == 1
    assert server.calls < 10


def test_an_answer_without_token_counts_has_a_cost(store: Store, server: OpenAIServer, write: Write) -> None:
    server.fail_when(lambda request: reply_of(30 * "1. Acme | True | ORG | \n"))
    load(store, "Acme fell")
    cost = run(store, write(prices={"input": 0.0, "output": 1e6})).cost
    assert cost is not None
    assert 200 < cost < 300


PROSE = "I am sorry but there is nothing I could find out about this sentence"
AS_JSON = '{"entities": [{"text": "Bad", "label": "ORG"}]}'
AS_LIST = "Here are the entities:\n- Bad (an organisation)"


@pytest.mark.parametrize("content", [PROSE, AS_JSON, AS_LIST], ids=["prose", "JSON", "list"])
@pytest.mark.parametrize("task", ["spacy.NER.v3", "spacy.NER.v2"])
def test_an_answer_that_the_task_cannot_read_is_a_failure_and_kept(
    store: Store, server: OpenAIServer, write: Write, task: str, content: str
) -> None:
    server.answer = ner_v3_answer if task.endswith("3") else ner_v2_answer
    server.fail_when(fail_on("Bad", Reply(content=content)))
    ids = load(store, "Acme fell", "Bad luck")
    progress = run(store, write(task))
    assert (progress.ok, progress.failed) == (1, 1)
    assert "nothing that the task can read" in str(said(store, ids[1]))
    assert [(example_id, response) for example_id, _, response, _, _ in calls(store) if example_id == ids[1]] == [
        (ids[1], content)
    ]


@pytest.mark.parametrize(
    ("task", "content"),
    [
        ("spacy.NER.v3", "1. none | False | ==NONE== | no word is capitalised"),
        ("spacy.NER.v3", "1. luck | False | ==NONE== | no organisation"),
        ("spacy.NER.v3", "None"),
        ("spacy.NER.v2", "ORG:"),
        ("spacy.NER.v2", "ORG: \n"),
        ("spacy.NER.v2", "No entities found."),
    ],
)
def test_an_answer_that_there_is_nothing_is_no_failure(
    store: Store, server: OpenAIServer, write: Write, task: str, content: str
) -> None:
    server.answer = lambda prompt: content
    [example_id] = load(store, "no luck")
    assert run(store, write(task)).ok == 1
    assert said(store, example_id) == ()


@pytest.mark.parametrize(
    "reply",
    [cut_off("1. Bad | True | OR" + "G" * 500), Reply(content="1. Bad", finish_reason="content_filter")],
    ids=["cut off", "filtered"],
)
def test_the_raw_answer_of_a_failed_call_is_kept_whole(
    store: Store, server: OpenAIServer, write: Write, reply: Reply
) -> None:
    server.fail_when(fail_on("Bad", reply))
    load(store, "Bad luck")
    assert run(store, write()).failed == 1
    [(_, prompt, response, reason, _)] = calls(store)
    assert "Bad luck" in prompt
    assert response == reply.content
    assert reason


def test_a_failure_is_never_a_disagreement(store: Store, server: OpenAIServer, write: Write) -> None:
    server.fail_when(fail_on("Bad", server_error()))
    load(store, "Acme fell", "Bad luck")
    run(store, write())
    server.fail_when(lambda request: None)
    run(store, write(name="other"))
    everything = WITH_AGREED
    assert [item.example.text for item in iterate_queue(store, everything)] == ["Acme fell"]
    assert store_status(store).disagreeing == 0


@pytest.mark.full
def test_only_what_failed_is_asked_again(store: Store, server: OpenAIServer, write: Write) -> None:
    server.fail_when(fail_on("Bad", server_error()))
    ids = load(store, "Acme fell", "Bad luck", "Initech fell", "Bad Bank")
    assert run(store, write()).failed == 2
    server.fail_when(lambda request: None)
    server.requests.clear()
    progress = run(store, write())
    assert (progress.pending, progress.ok, progress.failed) == (2, 2, 0)
    assert sorted(task_text(request.prompt) for request in server.requests if request.prompt) == [
        "Bad Bank",
        "Bad luck",
    ]
    assert said(store, ids[3]) == (Span(0, 3, "ORG"), Span(4, 8, "ORG"))
    server.requests.clear()
    assert run(store, write()).pending == 0
    assert server.requests == []


@pytest.mark.full
def test_how_a_model_is_asked_makes_no_new_run_but_what_it_is_asked_does(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    load(store, "Acme fell")
    run(store, write())
    assert run(store, write(timeout=9.0, retries=3, concurrency=2, api_key_env=KEY_ENV)).pending == 0
    configs: list[dict[str, Any]] = [
        {},
        {"labels": ["ORG", "PERSON"]},
        {"temperature": 0.7},
        {"max_tokens": 9},
        {"which": "spacy.NER.v2"},
    ]
    fingerprints = {open_predictor(write(**config), Task.NER).fingerprint for config in configs}
    assert len(fingerprints) == len(configs)
    assert run(store, write(labels=["ORG", "PERSON"])).pending == 1
    assert len(run_statuses(store)) == 2


@pytest.mark.full
def test_an_endpoint_that_goes_down_stops_the_run_and_keeps_what_was_answered(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    ids = load(store, *(f"Acme {number}" for number in range(120)))
    server.fail_when(lambda request: reset() if server.calls > 20 else None)
    with pytest.raises(PredictorError, match=re.escape(server.base_url)):
        run(store, write(concurrency=4))
    status = store_status(store)
    assert (status.predicted, server.calls < 90) == (20, True)
    server.fail_when(lambda request: None)
    server.requests.clear()
    progress = run(store, write(concurrency=4))
    assert progress.ok == progress.pending == 100
    assert server.calls <= 100 + 2 * 4  # calls in flight when the first run stopped may still arrive
    assert all(said(store, example_id) == (Span(0, 4, "ORG"),) for example_id in ids)


@pytest.mark.full
def test_answers_that_came_with_a_refused_key_are_saved_before_the_run_stops(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.script(Reply(content="1. A | True | ORG | x"), *[Reply(content="1. A | True | ORG | x", delay=0.3)] * 14)
    server.script(Reply(401, raw=unauthorized().raw, delay=0.1))
    load(store, *(f"A {number}" for number in range(16)))
    with pytest.raises(PredictorError, match="HTTP 401"):
        run(store, write(concurrency=16))
    assert store_status(store).predicted == 15


def refused(store: Store, server: OpenAIServer, config: PredictorConfig, named: str) -> str:
    """Return the message of a run that is refused at once, with nothing recorded."""
    started = time.monotonic()
    with pytest.raises((PredictorError, ConfigError), match=re.escape(named)) as raised:
        run(store, config)
    assert time.monotonic() - started < 10
    status = store_status(store)
    assert (status.predicted, status.failed, calls(store)) == (0, 0, [])
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.full
def test_a_wrong_key_is_one_message_before_any_text_is_sent(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, "sk-wrong-but-secret-0123456789")
    server.api_key = KEY
    load(store, "Acme fell", "Initech fell")
    message = refused(store, server, write(api_key_env=KEY_ENV, retries=3), server.base_url)
    assert "HTTP 401" in message
    assert KEY_ENV in message
    assert "secret" not in message
    assert server.calls == 0
    monkeypatch.setenv(KEY_ENV, KEY)
    assert run(store, write(api_key_env=KEY_ENV)).ok == 2


def test_a_wrong_key_that_only_chat_refuses_stops_the_run_at_once(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = lambda prompt: unauthorized()
    load(store, *(f"Acme {number}" for number in range(100)))
    refused(store, server, write(concurrency=4, retries=3), "HTTP 401")
    assert server.calls <= 16


def test_a_model_that_the_endpoint_does_not_know_stops_the_run_at_once(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = lambda prompt: model_not_found()
    load(store, "Acme fell")
    assert "model test-model" in refused(store, server, write(), "HTTP 404: The model does not exist.")


def test_an_endpoint_that_is_down_is_one_message(store: Store, server: OpenAIServer, write: Write) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    load(store, "Acme fell")
    assert "refused" in refused(store, server, write(base_url=url, retries=5), f"{url}: the endpoint cannot be reached")


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_key_is_one_message_that_names_the_variable(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(KEY_ENV, raising=False)
    else:
        monkeypatch.setenv(KEY_ENV, value)
    load(store, "Acme fell")
    config = write(api_key_env=KEY_ENV)
    message = refused(store, server, config, f"the environment variable {KEY_ENV} is not set")
    assert message.startswith(f"{config.pipeline}: ")
    assert server.requests == []


def test_reading_again_and_estimating_need_no_key(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    load(store, "Acme fell")
    run(store, write(api_key_env=KEY_ENV))
    load(store, "Initech fell")
    monkeypatch.delenv(KEY_ENV)
    [estimate] = estimate_all(store, [write(api_key_env=KEY_ENV)], EngineOptions())
    assert (estimate.pending, estimate.calls) == (1, 1)
    [progress] = run_predictors(store, [write(api_key_env=KEY_ENV)], options=EngineOptions(reparse=True))
    assert (progress.ok, server.calls) == (1, 1)


@pytest.mark.full
def test_a_404_after_answers_is_tried_again_and_many_stop_the_run(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, *(f"Acme {number}" for number in range(12)))
    server.fail_when(lambda request: error(404, "no route") if server.calls in (4, 7) else None)
    assert run(store, write(concurrency=1, retries=1)).ok == 12
    load(store, *(f"Initech {number}" for number in range(100)))
    config = write(concurrency=1, retries=1)
    server.fail_when(lambda request: error(404, "model is gone") if server.calls > 20 else None)
    with pytest.raises(PredictorError, match="HTTP 404: model is gone; check the model's name"):
        run(store, config)
    assert store_status(store).failed < 8


@pytest.mark.full
def test_nothing_pending_needs_no_endpoint(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, "Acme fell")
    run(store, write())
    config = write()
    server.stop()
    assert run(store, config).pending == 0


def test_the_key_is_sent_and_is_in_no_error_and_nowhere_in_the_store(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    server.api_key = KEY
    echoes = {
        "Bad": error(400, f"what you sent: {KEY}"),
        "Long": error(400, "x" * 490 + KEY),
        "Down": error(500, f"Authorization: Bearer {KEY}"),
        "Odd": Reply(raw=f"<html>{KEY}</html>".encode()),
    }
    server.fail_when(
        lambda request: next((reply for word, reply in echoes.items() if word in task_text(request.prompt)), None)
    )
    ids = load(store, "Acme fell", *(f"{word} luck" for word in echoes))
    progress = run(store, write(api_key_env=KEY_ENV))
    assert (progress.ok, progress.failed) == (1, 4)
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}
    assert all(KEY[:8] not in str(said(store, example_id)) for example_id in ids)
    store.execute("PRAGMA wal_checkpoint(FULL)")
    content = b"".join(path.read_bytes() for path in store.path.parent.iterdir() if path.is_file())
    assert KEY[:8].encode() not in content
    server.fail_when(lambda request: error(401, f"Incorrect API key provided: {KEY}"))
    load(store, "later")
    with pytest.raises(PredictorError) as raised:
        run(store, write(api_key_env=KEY_ENV))
    assert KEY[:8] not in str(raised.value)
    assert KEY_ENV in str(raised.value)


STOCK = (
    HEAD
    + """[components.llm.task]
@llm_tasks = "spacy.NER.v3"
labels = ["PERSON", "ORGANISATION", "LOCATION"]

[components.llm.model]
@llm_models = "spacy.GPT-4.v3"
config = {"temperature": 0.0}
"""
)


@pytest.fixture
def stock(tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> PredictorConfig:
    """A config from spacy-llm's documentation, unchanged; api.openai.com leads to the server."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    for name in ("get", "post"):
        send = getattr(requests, name)
        monkeypatch.setattr(
            requests,
            name,
            lambda url, send=send, **options: send(
                url.replace("https://api.openai.com/v1", server.base_url), **options
            ),
        )
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.api_key = KEY
    server.answer = lambda prompt: ner_v3_answer(prompt, ["PERSON"])
    (tmp_path / "stock.cfg").write_text(STOCK)
    return PredictorConfig("llm", str(tmp_path / "stock.cfg"))


STOCK_MODEL = EngineOptions(stock_model=True)


@pytest.mark.parametrize("options", [EngineOptions(), STOCK_MODEL], ids=["on our model", "on theirs"])
def test_a_stock_config_of_spacy_llm_is_a_predictor_unchanged(
    store: Store, server: OpenAIServer, stock: PredictorConfig, options: EngineOptions
) -> None:
    server.latency = 0.1
    server.fail_when(fail_on("Bad", error(400, "The prompt is too long.")))
    ids = load(store, "today Ada met Bob", "Bad luck", *(f"Cyd {number}" for number in range(10)))
    [progress] = run_predictors(store, [stock], options=options)
    assert (progress.model, progress.ok, progress.failed) == ("gpt-4", 11, 1)
    assert said(store, ids[0]) == (Span(6, 9, "PERSON"), Span(14, 17, "PERSON"))
    assert "The prompt is too long." in str(said(store, ids[1]))
    assert server.in_flight_peak > 4
    prompts = [prompt for _, prompt, _, _, _ in calls(store)]
    assert any("today Ada met Bob" in prompt for prompt in prompts)


@pytest.mark.parametrize("options", [EngineOptions(), STOCK_MODEL], ids=["on our model", "on theirs"])
def test_a_stock_model_that_gives_no_content_fails_that_text_alone(
    store: Store, server: OpenAIServer, stock: PredictorConfig, options: EngineOptions
) -> None:
    server.fail_when(fail_on("Bad", no_content()))
    ids = load(store, "Ada fell", "Bad luck", "Bob fell")
    [progress] = run_predictors(store, [stock], options=options)
    assert (progress.failed, said(store, ids[2])) == (1, (Span(0, 3, "PERSON"),))
    assert "no " in str(said(store, ids[1]))


def test_a_stock_model_is_replaced_with_its_name_and_parameters(
    store: Store, server: OpenAIServer, stock: PredictorConfig
) -> None:
    path = Path(stock.pipeline)
    path.write_text(
        STOCK.replace('{"temperature": 0.0}', '{"temperature": 0.3, "top_p": 0.9, "max_tokens": 50}')
        + 'name = "gpt-4-0314"\nmax_tries = 2\n'
    )
    load(store, "Ada fell")
    server.script(server_error())
    run(store, stock)
    bodies = [request.body for request in server.requests if request.body]
    assert len(bodies) == 2
    sent = {name: value for name, value in bodies[1].items() if name != "messages"}
    assert sent == {"model": "gpt-4-0314", "temperature": 0.3, "top_p": 0.9, "max_tokens": 50}


def test_a_stock_model_may_name_variables_one_answer_and_its_form(
    store: Store, server: OpenAIServer, stock: PredictorConfig
) -> None:
    settings = '{"temperature": 0.5, "n": 1, "response_format": {"type": "text"}}'
    path = Path(stock.pipeline)
    path.write_text(
        f'[vars]\nmodel = "gpt-4"\ntries = 1\nseconds = 5.0\nsettings = {settings}\n\n'
        + STOCK.replace('{"temperature": 0.0}', "${vars.settings}")
        + "name = ${vars.model}\nmax_tries = ${vars.tries}\nmax_request_time = ${vars.seconds}\n"
    )
    [example] = load(store, "Ada fell")
    server.script(server_error())
    assert run(store, stock).failed == 1  # not tried again
    assert "HTTP 500" in str(said(store, example))
    assert run(store, stock).ok == 1
    body = server.requests[-1].body
    del body["messages"]
    assert body == {"model": "gpt-4", "temperature": 0.5, "response_format": {"type": "text"}}


@pytest.mark.full
def test_a_long_text_is_split_for_a_stock_model_as_spacy_llm_does(
    store: Store, server: OpenAIServer, stock: PredictorConfig
) -> None:
    words = [f"Ada{number} met nobody in the old town." for number in range(2000)]
    load(store, " ".join(words))
    assert run(store, stock).ok == 1
    assert server.calls > 1
    (spans,) = store.execute("SELECT spans FROM predictions").fetchone()
    assert spans.count("PERSON") > 1900


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"tiebreak.OpenAI.v1"', '"tiebreak.OpenAI.v9"', "tiebreak.OpenAI.v9"),
        ('"spacy.NER.v3"', '"spacy.NER.v99"', "spacy.NER.v99"),
        ("timeout = ", "time_out = ", "time_out"),
        ("timeout = 5.0", 'timeout = "soon"', "timeout"),
        ("timeout = 5.0", "timeout = 0.0", "timeout is 0.0"),
        ("retries = 0", "retries = -1", "retries is -1"),
        ('"http://', '"ftp://', "base_url is 'ftp://"),
        ('factory = "llm"', 'factory = "llmm"', "llmm"),
        ('pipeline = ["llm"]', 'pipeline = ["llm"', ""),
    ],
)
def test_a_config_that_cannot_be_assembled_is_one_message_that_names_the_file_and_what_is_wrong(
    write: Write, old: str, new: str, named: str
) -> None:
    config = write()
    path = Path(config.pipeline)
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))
    with pytest.raises((ConfigError, PredictorError)) as raised:
        open_predictor(config, Task.NER)
    assert str(raised.value).startswith(f"{path}: ")
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_override_takes_the_place_of_a_setting(store: Store, server: OpenAIServer, write: Write) -> None:
    config = write(name="llm")
    overrides = {"components.llm.model.name": "another-model", "components.llm.task.labels": ["ORG"]}
    load(store, "Acme fell")
    assert run(store, PredictorConfig("llm", config.pipeline, overrides=overrides)).model == "another-model"
    assert server.requests[-1].body["model"] == "another-model"


def test_hostile_texts_reach_the_endpoint_and_come_back_in_place(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    texts = [
        "\x1b[31m Acme \u202e",
        "😀 Acme",
        "nul \x00 Acme",
        "{{ labels }} Acme {% raw %}",
        "Acme\u2028\r\n| True |",
    ]
    ids = load(store, *texts)
    server.answer = lambda prompt: "1. Acme | True | ORG | x"
    assert run(store, write()).ok == len(texts)
    for example_id, text in zip(ids, texts, strict=True):
        at = text.index("Acme")
        assert said(store, example_id) == (Span(at, at + 4, "ORG"),)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(content=f"1. Uber | True | ORG | {KEY}"),
        Reply(choice={"message": {"content": f"1. Uber | True | ORG | {KEY}"}}),
        Reply(content=f"Bearer {KEY}", finish_reason="length"),
        error(400, f"{KEY} is not welcome"),
        Reply(raw=f"<html>{KEY}</html>".encode()),
    ],
    ids=["an answer", "a choice", "cut off", "an error", "no completion"],
)
def test_a_key_that_the_endpoint_repeats_is_nowhere_in_the_store(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    ids = load(store, "Uber fell", "Acme fell", "Initech fell")
    server.answer = lambda prompt: reply if "Uber" in prompt else ner_v3_answer(prompt)
    run(store, write(api_key_env=KEY_ENV, retries=1, patience=0.2))
    kept = [*calls(store), *(said(store, id) for id in ids)]
    assert not any(KEY in str(each) for each in kept)
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert KEY.encode() not in store.path.read_bytes()

"""The engine over real stores and a real endpoint: spending, reuse, and requests to pause or stop."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from endpoint_faults import RateLimit, all_at_once
from llm_configs import Write, run, write_llm
from openai_server import OpenAIServer, Reply, Request, cut_off, ner_v3_answer, server_error, task_text, unauthorized
from rulers import save_ruler
from stores import create_store
from waiting import wait_until

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.reports import EngineOptions, RunReport
from tiebreak.core.errors import PredictorError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors.opening import known_fingerprint, open_batches
from tiebreak.core.predictors.protocol import run_fingerprint
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.store import answer_cache, connection
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import (
    ask_engine,
    ask_retry,
    claim,
    end_engine,
    engines,
    register_engine,
    wanted_of,
)
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import current_predictions
from tiebreak.core.store.status import full_status, mention_counts, run_statuses

PRICES = {"input": 1000.0, "output": 2000.0}


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes the config of an LLM that asks the server, with the retries and the patience that users get."""

    def write(
        name: str = "llm", which: str = "spacy.NER.v3", task: dict[str, object] | None = None, **settings: Any
    ) -> PredictorConfig:
        settings = {"retries": 5, "patience": 900.0, **settings}
        return write_llm(
            tmp_path, server.base_url, which, task={"labels": ["ORG"], **(task or {})}, name=name, **settings
        )

    return write


@pytest.fixture
def pipeline(tmp_path: Path) -> PredictorConfig:
    """A spaCy pipeline that knows Acme."""
    return PredictorConfig("rules", save_ruler(tmp_path / "rules", ORG="Acme"))


def load(store: Store, texts: int, word: str = "Acme") -> list[int]:
    return add_examples(store, [Record(f"{word} number {number} fell") for number in range(texts)], "test")[0]


def spans(store: Store, predictor: str = "llm") -> list[Any]:
    """Return the prediction of each example: spans, or the reason of a failure."""
    ids = [id for (id,) in store.execute("SELECT id FROM examples ORDER BY id").fetchall()]
    said = [current_predictions(store, example_id).get(predictor) for example_id in ids]
    return [each and (each.error or each.marks) for each in said]


class Beside:
    """An engine at work in a thread, with its own connection."""

    def __init__(self, store: Store, *configs: PredictorConfig, **options: Any) -> None:
        self.result: Future[list[RunReport]] = Future()
        self._thread = threading.Thread(target=self._work, args=[store.path, configs, EngineOptions(**options)])
        self._thread.start()

    def _work(self, path: Path, configs: tuple[PredictorConfig, ...], options: EngineOptions) -> None:
        try:
            with open_store(path) as store:
                self.result.set_result(run_predictors(store, configs, options=options))
        except BaseException as error:
            self.result.set_exception(error)

    def end(self) -> list[RunReport]:
        self._thread.join(60)
        return self.result.result(0)


def engine_id(store: Store) -> int:
    """Wait for an engine at work, and return its id."""
    wait_until(lambda: bool(engines(store, live=True)))
    return engines(store, live=True)[0].id


@pytest.mark.full
@pytest.mark.parametrize("faulty", [False, True])
def test_a_budget_is_never_exceeded_whatever_is_in_flight(
    store: Store, server: OpenAIServer, write: Write, faulty: bool
) -> None:
    if faulty:
        server.fail_when(all_at_once(seed=2))
    server.latency = 0.02
    server.answer = lambda prompt: "1. Acme | True | ORG | " + "x " * 14  # 20 tokens, the limit
    load(store, 100)
    config = write(prices=PRICES, max_tokens=20, concurrency=16, timeout=0.5)
    first = run(store, config, budget=5.0)
    served = [prompt for prompt, became in server.served if became in ("ok", "cut", "unreadable")]
    [status] = run_statuses(store)
    assert first.state == "stopped"
    assert 4 <= len(served) == first.calls < 100
    assert status.cost == pytest.approx(first.cost)
    assert status.cost is not None
    paid = sum(PRICES["input"] * len(prompt.split()) for prompt in served) / 1e6
    assert paid < status.cost <= 5.0
    second = run(store, config, budget=1000.0)
    assert (second.state, second.ok + second.failed) == ("ended", second.pending)
    assert store.execute("SELECT count(*) FROM claims").fetchone() == (0,)


def test_two_predictors_share_one_budget(store: Store, write: Write, server: OpenAIServer) -> None:
    load(store, 60)
    configs = [write(name, prices=PRICES, max_tokens=20, temperature=heat) for name, heat in (("a", 0.1), ("b", 0.2))]
    reports = run_predictors(store, configs, options=EngineOptions(budget=6.0))
    assert sum(report.cost or 0.0 for report in reports) <= 6.0
    assert 0 < sum(report.calls for report in reports) == server.calls < 120


@pytest.mark.full
def test_a_limit_counts_examples_and_the_next_run_takes_the_others(
    store: Store, server: OpenAIServer, write: Write, pipeline: PredictorConfig
) -> None:
    load(store, 20)
    for done in (7, 14):
        reports = run_predictors(store, [write(), pipeline], options=EngineOptions(limit=7))
        assert [report.done for report in reports] == [report.pending for report in reports]
        assert [status.ok for status in run_statuses(store)] == [done, done]
    assert server.calls == 14


@pytest.mark.full
@pytest.mark.parametrize("limit", [None, 9])
def test_a_dry_run_says_what_is_then_called(
    store: Store, server: OpenAIServer, write: Write, tmp_path: Path, limit: int | None
) -> None:
    config, options = write(prices=PRICES), EngineOptions(limit=limit, cache=tmp_path / "answers.db")
    load(store, 6)
    run(store, config, limit=4, cache=options.cache)
    with create_store(tmp_path / "other.db") as other:
        load(other, 2, "Initech")
        run(other, config, cache=options.cache)
    load(store, 4, "Initech")
    load(store, 5, "Hooli")
    server.requests.clear()
    [estimate] = estimate_all(store, [config], options)
    assert server.requests == []
    assert not engines(store, live=True)
    [report] = run_predictors(store, [config], options=options)
    assert (estimate.calls, estimate.known, estimate.pending) == (report.calls, report.reused, report.pending)
    assert server.calls == report.calls == (9 if limit is None else 7)
    assert report.cost is not None
    assert estimate.cost == pytest.approx(report.cost, rel=0.8)


def test_a_second_store_with_the_same_cache_makes_no_call(
    store: Store, server: OpenAIServer, write: Write, tmp_path: Path
) -> None:
    cache, cut = tmp_path / "answers.db", "Acme number 3 fell"
    server.fail_when(lambda request: cut_off("1. Ac") if cut in request.prompt else None)
    load(store, 10)
    assert (run(store, write(), cache=cache).failed, server.calls) == (1, 10)
    server.fail_when(lambda request: None)
    with create_store(tmp_path / "second.db") as second:
        load(second, 10)
        report = run(second, write(prices=PRICES), cache=cache)
        assert (report.ok, report.calls, report.reused) == (10, 1, 9)  # the cut-off answer does not count
        [status] = run_statuses(second)
        assert (status.calls, status.reused) == (1, 9)
        assert status.cost is not None
        assert status.cost < 1.0
        assert spans(second)[0] == spans(store)[0] == (Span(0, 4, "ORG"),)
    assert server.calls == 11
    assert b"number" not in cache.read_bytes()


@pytest.mark.full
def test_another_label_map_and_another_way_to_read_are_new_runs_without_a_call(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = lambda prompt: "1. acme | True | ORG | a firm"
    load(store, 8)
    run(store, write())
    assert spans(store)[0] == (Span(0, 4, "ORG"),)
    mapped = run(store, write(label_map="ORG:COMPANY"))
    assert (mapped.ok, mapped.calls, mapped.reused) == (8, 0, 8)
    assert spans(store)[0] == (Span(0, 4, "COMPANY"),)
    strict = run(store, write(task={"case_sensitive_matching": True}))
    assert (strict.ok, strict.calls, strict.reused) == (8, 0, 8)
    assert spans(store)[0] == ()
    assert len(run_statuses(store)) == 3
    assert server.calls == 8


@pytest.mark.full
def test_another_prompt_is_asked(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, 3)
    changes: list[dict[str, Any]] = [
        {},
        {"task": {"label_definitions": {"ORG": "a firm"}}},
        {"task": {"labels": ["ORG", "PERSON"]}},
        {"temperature": 0.7},
        {"max_tokens": 50},
        {"parameters": {"seed": 3}},
        {"name": "llm", "which": "spacy.NER.v2"},
    ]
    for number, change in enumerate(changes, 1):
        run(store, write(**change))
        assert server.calls == 3 * number, change
    for change in changes:
        assert run(store, write(**change)).pending == 0
    assert server.calls == 3 * len(changes)


def test_answers_are_read_again_without_a_call_even_unreadable_answers(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    teapot = Reply(content="I am a teapot.")
    server.fail_when(lambda request: teapot if "number 2" in request.prompt else None)
    load(store, 4)
    run(store, write())
    assert str(spans(store)[2]).startswith("the answer holds nothing that the task can read")
    load(store, 1, "Initech")
    calls, kept = server.calls, store.execute("SELECT count(*) FROM llm_calls").fetchone()
    for _ in range(2):
        report = run(store, write(label_map="ORG:COMPANY"), reparse=True)
        assert (report.ok, report.failed, report.reused, report.message) == (3, 1, 4, "1 without an answer")
    assert spans(store)[0] == (Span(0, 4, "COMPANY"),)
    assert str(spans(store)[2]).startswith("the answer holds nothing")
    assert spans(store)[4] is None
    assert server.calls == calls
    assert store.execute("SELECT count(*) FROM llm_calls WHERE NOT reused").fetchone() == kept
    assert store.execute("SELECT count(*), count(DISTINCT example_id) FROM llm_calls WHERE reused").fetchone() == (4, 4)


def test_calls_are_kept_compressed_and_can_be_read(store: Store, server: OpenAIServer, write: Write) -> None:
    ids = load(store, 30)
    run(store, write())
    sent = {request.prompt for request in server.requests if request.body}
    kept = store.execute("SELECT typeof(prompt), length(prompt) FROM llm_calls").fetchall()
    assert {kind for kind, _ in kept} == {"blob"}
    assert sum(length for _, length in kept) < 0.3 * sum(map(len, sent))
    for example_id in ids:
        [prediction] = inspect_example(store, example_id).predictions
        [call] = prediction.calls
        assert call.prompt in sent
        assert call.response == ner_v3_answer(call.prompt or "")
        assert (call.finish_reason, call.tries, call.reused) == ("stop", 1, False)
        assert call.seconds is not None


@pytest.mark.full
def test_tokens_and_cost_add_up(store: Store, server: OpenAIServer, write: Write) -> None:
    server.script(server_error(), cut_off("1. Ac"))
    load(store, 20)
    report = run(store, write(prices=PRICES))
    [status] = run_statuses(store)
    kept = store.execute(
        "SELECT count(*), sum(prompt_tokens), sum(completion_tokens), sum(cost), sum(tries) FROM llm_calls"
    ).fetchone()
    figures = (report.calls, report.prompt_tokens, report.completion_tokens)
    assert (status.calls, status.prompt_tokens, status.completion_tokens) == figures
    assert status.cost == pytest.approx(report.cost)
    assert kept == (*figures, pytest.approx(report.cost), 21)
    assert kept[3] == pytest.approx((1000 * kept[1] + 2000 * kept[2]) / 1e6)
    assert kept[1] == sum(len(prompt.split()) for prompt, became in server.served if became == "ok")
    assert (report.retries, report.failed) == (1, 1)


@pytest.mark.full
def test_a_call_that_was_paid_for_is_not_repeated_since_another_of_its_text_failed(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    """A pipeline with two LLM components asks twice for each text."""
    server.fail_when(lambda request: cut_off("1. Ac") if "L1" in request.prompt else None)
    load(store, 5)
    config = write(components=2)
    assert run(store, config).failed == 5
    assert server.calls == 10
    server.fail_when(lambda request: None)
    report = run(store, config)
    assert (report.ok, report.calls, report.reused) == (5, 5, 5)
    assert server.calls == 15


@pytest.mark.full
def test_a_call_that_was_paid_for_is_not_repeated_since_the_engine_stopped(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 4)
    server.latency = 0.3
    engine = Beside(store, write(components=2, concurrency=4))
    wait_until(lambda: server.calls == 4)
    ask_engine(store, engine_id(store), "stop")
    engine.end()
    asked = server.calls
    server.latency = 0.0
    assert run(store, write(components=2, concurrency=4)).failed == 0
    assert server.calls == 8
    assert asked in (4, 8)
    assert store.execute("SELECT sum(calls) FROM runs").fetchone() == (8,)


@pytest.mark.full
def test_a_budget_holds_if_nothing_says_how_long_answers_may_be(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    """The first answer shows the length; until then the engine keeps only one call in flight."""
    load(store, 100)
    server.latency = 0.1
    server.answer = lambda prompt: "1. Acme | True | ORG | " + 3000 * "on and "
    report = run(store, write(concurrency=32, prices={"input": 0.0, "output": 10.0}), budget=1.0)
    assert report.cost is not None
    assert 0.5 < report.cost <= 1.0


def test_a_dry_run_counts_the_calls_of_each_component(store: Store, write: Write) -> None:
    load(store, 5)
    [estimate] = estimate_all(store, [write(components=2)], EngineOptions())
    assert (estimate.pending, estimate.calls) == (5, 10)


def test_answers_of_a_first_component_are_on_disk_before_the_second_one_is_asked(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 4)
    kept: list[int] = []

    def look(request: Request) -> None:
        if "L1" in request.prompt:
            with open_store(store.path) as other:
                kept.append(other.execute("SELECT count(*) FROM llm_calls").fetchone()[0])

    server.fail_when(look)
    report = run(store, write(components=2, concurrency=1))
    assert kept == [1, 3, 5, 7]
    assert (report.ok, report.calls) == (4, 8)
    assert store.execute("SELECT count(*) FROM llm_calls").fetchone() == (8,)


@pytest.mark.full
def test_a_run_that_has_ended_shows_as_ended_while_another_goes_on(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 8)
    server.latency = 0.5
    with OpenAIServer() as other:
        other.fail_when(lambda request: unauthorized())
        engine = Beside(store, write("good", concurrency=1), write("bad", base_url=other.base_url, temperature=0.5))
        wait_until(lambda: "failed" in states(store).values())
        said_at = engines(store)[0].beat
        wait_until(lambda: engines(store)[0].beat > said_at)  # the next sign of life
        assert states(store) == {"good": "running", "bad": "failed"}
        with pytest.raises(PredictorError, match="check the key"):
            engine.end()


def states(store: Store) -> dict[str, str]:
    return {run.predictor: run.state for engine in engines(store) for run in engine.runs}


JSON = json.dumps({"entities": [{"text": "Acme", "label": "ORG"}]})


@pytest.mark.parametrize(
    ("refused", "asked", "notice"),
    [
        ((), "json_schema", ""),
        (("json_schema",), "json_object", "asking for JSON without a schema"),
        (("json_schema", "json_object"), None, "asking for plain JSON"),
    ],
)
def test_structured_output_falls_back_and_says_so(
    store: Store, server: OpenAIServer, write: Write, refused: tuple[str, ...], asked: str | None, notice: str
) -> None:
    server.refused_formats, server.answer = refused, lambda prompt: JSON
    load(store, 30)
    report = run(store, write(which="tiebreak.NER.v1", concurrency=4))
    assert (report.ok, report.failed) == (30, 0)
    assert report.message.endswith(notice)
    assert bool(report.message) == bool(notice)
    formats = [(r.body.get("response_format") or {}).get("type") for r in server.requests if r.body]
    assert formats.count(asked) == 30
    assert len(formats) <= 30 + 4 * len(refused)  # calls were in flight at the first refusal
    [run_row] = engines(store)[0].runs
    assert run_row.message.endswith(notice)
    assert run(store, write(which="tiebreak.NER.v1", structured=False)).calls == 30  # a different request


def test_an_answer_that_was_cut_off_is_a_failure_though_it_could_be_read(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.answer = lambda prompt: cut_off(JSON)
    [example_id] = load(store, 1)
    report = run(store, write(which="tiebreak.NER.v1"))
    assert (report.ok, report.failed) == (0, 1)
    assert report.last_error == "the answer was cut off at the token limit"
    [prediction] = inspect_example(store, example_id).predictions
    assert (prediction.spans, prediction.calls[0].response) == ((), JSON)
    assert prediction.calls[0].finish_reason == "length"


def test_what_became_of_the_mentions_is_counted(store: Store, server: OpenAIServer, write: Write) -> None:
    names = [("Acme", "ORG"), ("Acme", "ORG"), ("ACME", "ORG"), ("Initech", "ORG"), ("Rome", "CITY")]
    server.answer = lambda prompt: json.dumps({"entities": [{"text": text, "label": label} for text, label in names]})
    add_examples(store, [Record(f"Acme {number} and Acme of Rome and acme") for number in range(3)], "test")
    run(store, write(which="tiebreak.NER.v1"))
    [status] = full_status(store).runs
    assert status.mentions == mention_counts(store, status.id)
    assert status.mentions == {"placed": 3, "repeated": 3, "folded": 3, "not in text": 3, "label unknown": 3}
    [prediction] = inspect_example(store, 1).predictions
    assert {(each["text"], each["reason"]) for each in prediction.dropped} == {
        ("Initech", "not in text"),
        ("Rome", "label unknown"),
    }


@pytest.mark.full
def test_a_pipeline_and_an_llm_work_side_by_side(
    store: Store, server: OpenAIServer, write: Write, pipeline: PredictorConfig
) -> None:
    server.latency = 0.3
    load(store, 20)
    engine = Beside(store, write(concurrency=2), pipeline)
    wait_until(lambda: [run.ok for each in engines(store) for run in each.runs if run.predictor == "rules"] == [20])
    assert server.calls < 20
    reports = engine.end()
    assert [(report.predictor, report.ok, report.state) for report in reports] == [
        ("llm", 20, "ended"),
        ("rules", 20, "ended"),
    ]
    assert spans(store, "rules") == spans(store) == [(Span(0, 4, "ORG"),)] * 20
    assert store.execute("SELECT count(*) FROM queue WHERE differences = 0").fetchone() == (20,)


def test_a_predictor_that_cannot_go_on_does_not_hold_up_the_other(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.latency = 0.02
    server.fail_when(lambda request: unauthorized() if request.body["temperature"] == 0.9 else None)
    load(store, 40)
    with pytest.raises(PredictorError, match="HTTP 401"):
        run_predictors(store, [write("bad", temperature=0.9), write("good", temperature=0.1)])
    assert [(status.predictor, status.ok) for status in run_statuses(store)] == [("bad", 0), ("good", 40)]
    assert {each.predictor: each.state for each in engines(store)[0].runs} == {"bad": "failed", "good": "ended"}


@pytest.mark.full
def test_asked_to_pause_it_sends_nothing_until_it_may_go_on(
    store: Store, server: OpenAIServer, write: Write, pipeline: PredictorConfig
) -> None:
    server.latency = 0.05
    load(store, 60)
    engine = Beside(store, write(concurrency=2))
    engine_number = engine_id(store)
    wait_until(lambda: server.calls > 4)
    ask_engine(store, engine_number, "pause")
    wait_until(lambda: engines(store)[0].state == "paused")
    wait_until(lambda: len(server.served) == server.calls)
    calls = server.calls
    time.sleep(0.5)
    assert server.calls == calls < 60
    ask_engine(store, engine_number, "run")
    assert [report.ok for report in engine.end()] == [60]
    assert server.calls == 60


@pytest.mark.full
def test_asked_to_stop_it_ends_what_is_in_flight_and_a_new_one_goes_on(
    store: Store, server: OpenAIServer, write: Write, pipeline: PredictorConfig
) -> None:
    server.latency = 0.1
    load(store, 40)
    engine = Beside(store, write(concurrency=4))
    number = engine_id(store)
    wait_until(lambda: server.calls > 6)
    ask_engine(store, number, "stop")
    ask_engine(store, number, "run")  # too late
    assert wanted_of(store, number) == "stop"
    [report] = engine.end()
    assert (report.state, report.signal) == ("stopped", 0)
    assert report.ok == server.calls < 40
    assert (engines(store)[0].state, engines(store, live=True)) == ("ended", [])
    assert run(store, write()).ok == 40 - report.ok
    assert server.calls == 40


@pytest.mark.full
def test_paused_it_can_be_stopped(store: Store, server: OpenAIServer, write: Write) -> None:
    server.latency = 0.05
    load(store, 60)
    engine = Beside(store, write(concurrency=2))
    number = engine_id(store)
    ask_engine(store, number, "pause")
    wait_until(lambda: engines(store)[0].state == "paused")
    ask_engine(store, number, "stop")
    assert [report.state for report in engine.end()] == ["stopped"]
    assert server.calls < 60


@pytest.mark.full
def test_what_failed_is_tried_again_on_demand_while_it_runs_and_not_otherwise(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.latency = 0.05
    server.fail_when(lambda request: cut_off("1. Ac") if "number 1 " in request.prompt else None)
    load(store, 80)
    engine = Beside(store, write(concurrency=2))
    engine_id(store)
    wait_until(lambda: isinstance(spans(store)[1], str))
    server.fail_when(lambda request: None)
    assert ask_retry(store) == 1
    assert ask_retry(store) == 0
    engine.end()
    assert spans(store) == [(Span(0, 4, "ORG"),)] * 80
    assert server.calls == 81


def test_what_another_engine_failed_at_meanwhile_is_not_tried_again(store: Store) -> None:
    ids = load(store, 4)
    run_id = start_run(store, predictor="llm", kind="llm", fingerprint="1", model="m")

    def take(engine: int) -> list[int]:
        taken = [id for id, _ in claim(store, engine, run_id, 0, 99)]
        store.execute("DELETE FROM claims")
        return taken

    before = register_engine(store, {})
    save_predictions(store, run_id, [Prediction(ids[0], error="HTTP 500")], before)
    end_engine(store, before)
    first, second = register_engine(store, {}), register_engine(store, {})
    for engine, example_id in ((first, ids[1]), (second, ids[2])):
        save_predictions(store, run_id, [Prediction(example_id, error="HTTP 500")], engine)
    assert take(first) == take(second) == [ids[0], ids[3]]
    end_engine(store, first)
    assert take(second) == [ids[0], ids[3]]
    end_engine(store, second)
    assert take(register_engine(store, {})) == ids


@pytest.mark.full
@pytest.mark.parametrize("locked", ["store", "cache"])
def test_a_locked_file_is_waited_for(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, locked: str
) -> None:
    monkeypatch.setattr(connection, "LOCK_TIMEOUT", 0.2)
    monkeypatch.setattr(answer_cache, "LOCK_TIMEOUT", 0.2)
    server.latency = 0.02
    load(store, 80)
    cache = tmp_path / "answers.db"
    engine = Beside(store, write(concurrency=4), cache=cache)
    wait_until(lambda: server.calls > 8)
    other = sqlite3.connect(store.path if locked == "store" else cache, isolation_level=None)
    other.execute("PRAGMA busy_timeout = 5000")
    other.execute("BEGIN EXCLUSIVE")
    calls = server.calls
    time.sleep(1.2)
    held = server.calls
    other.execute("ROLLBACK")
    other.close()
    [report] = engine.end()
    assert (report.ok, report.failed) == (80, 0)
    assert held <= calls + 4
    assert server.calls == 80
    assert store.execute("SELECT count(*), count(DISTINCT example_id) FROM llm_calls").fetchone() == (80, 80)


@pytest.mark.full
def test_a_locked_store_can_be_left(
    store: Store, server: OpenAIServer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples whose answers could not be saved are pending again; nothing hangs."""
    monkeypatch.setattr(connection, "LOCK_TIMEOUT", 0.2)
    server.latency = 0.02
    load(store, 40)
    engine = Beside(store, write(concurrency=4))
    wait_until(lambda: server.calls > 8)
    ask_engine(store, engine_id(store), "stop")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("PRAGMA busy_timeout = 5000")
    other.execute("BEGIN EXCLUSIVE")
    time.sleep(0.8)
    other.execute("ROLLBACK")
    other.close()
    [report] = engine.end()
    assert report.ok == server.calls


@pytest.mark.full
def test_the_headers_of_a_rate_limit_are_kept_to(store: Store, server: OpenAIServer, write: Write) -> None:
    limit = RateLimit(20, 0.6, ner_v3_answer)
    server.fail_when(limit)
    server.latency = 0.01
    load(store, 70)
    report = run(store, write(concurrency=4))
    assert (report.ok, report.failed) == (70, 0)
    assert limit.refused <= 4 * 4  # calls are in flight when a window closes


@pytest.mark.full
def test_requests_that_are_too_many_slow_it_down_to_what_the_endpoint_takes(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    at_once = 4

    def full(request: Request) -> Reply | None:
        return Reply(503, content="no slot is free", delay=0.0) if server._in_flight > at_once else None

    server.fail_when(full)
    server.latency = 0.05
    load(store, 100)
    report = run(store, write(concurrency=32))
    assert (report.ok, report.failed) == (100, 0)


@pytest.mark.full
def test_a_text_that_no_endpoint_answers_is_a_failure_in_the_end(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    server.fail_when(lambda request: server_error() if task_text(request.prompt).startswith("Hooli") else None)
    load(store, 10)
    load(store, 3, "Hooli")
    report = run(store, write(retries=2))
    assert (report.ok, report.failed) == (10, 3)
    assert server.calls <= 10 + 3 * 4  # the try that closed the gate does not count
    assert "HTTP 500" in str(report.last_error)


def test_a_pipeline_that_has_predicted_all_is_not_loaded(
    store: Store, pipeline: PredictorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    [example] = load(store, 1)
    fingerprint = known_fingerprint(pipeline)
    assert fingerprint is not None
    fingerprint = run_fingerprint(fingerprint, pipeline.label_map)
    run_id = start_run(store, predictor="rules", kind="spacy", model="en_pipeline 0", fingerprint=fingerprint)
    save_predictions(store, run_id, [Prediction(example)])

    async def begins(*_: object, **__: object) -> None:
        raise AssertionError("a worker process was started, which loads the pipeline")

    monkeypatch.setattr("asyncio.create_subprocess_exec", begins)
    [report] = run_predictors(store, [pipeline])
    [estimate] = estimate_all(store, [pipeline], EngineOptions())
    assert (report.run_id, report.pending, report.model) == (run_id, 0, "en_pipeline 0")
    assert (estimate.pending, estimate.model) == (0, "en_pipeline 0")
    with pytest.raises(AssertionError, match="was started"):
        run_predictors(store, [replace(pipeline, label_map=LabelMap.parse("ORG"))])
    Path(pipeline.pipeline, "more").write_text("trained again")
    with pytest.raises(AssertionError, match="was started"):
        run_predictors(store, [pipeline])


@pytest.mark.full
@pytest.mark.parametrize("name", ["en_core_web_sm", "rules"])
def test_a_fingerprint_that_is_known_is_that_of_the_open_pipeline(
    pipeline: PredictorConfig, tmp_path: Path, name: str
) -> None:
    config = pipeline if name == "rules" else PredictorConfig("spacy", name)
    assert known_fingerprint(config) == open_batches(config, Task.NER).fingerprint
    assert known_fingerprint(PredictorConfig("none", str(tmp_path / "none"))) is None

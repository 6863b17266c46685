"""The cost of LLM calls; nobody pays for an answer twice."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from llm_configs import ModelAnswer, Write, run, write_llm
from openai_server import OpenAIServer, Reply, cut_off, error, ner_v3_answer, task_text
from stores import create_store

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.progress import EngineOptions, RunProgress
from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import beat, claim, end_engine, engines, register_engine, release
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.status import mention_counts, run_statuses

CONFIG = """
[nlp]
lang = "en"
pipeline = ["llm"]

[components]

[components.llm]
factory = "llm"

[components.llm.task]
@llm_tasks = "tiebreak.NER.v1"
labels = ["ORG", "PERSON"]

[components.llm.model]
@llm_models = "tiebreak.OpenAI.v1"
name = "test-model"
api_key_env = null
retries = 0
patience = 2.0
"""
PRICES = {"input": 1000.0, "output": 2000.0}  # for a million tokens


def entities(prompt: str) -> str:
    """Answer with each capitalised word as an ORG, and with a word that is not in the text."""
    words = [word for word in prompt.rstrip().rstrip("'").rstrip().splitlines()[-1].split() if word.istitle()]
    found = [{"text": word, "label": "ORG"} for word in words]
    return json.dumps({"entities": [*found, {"text": "Atlantis", "label": "ORG"}]})


@pytest.fixture
def model_answer() -> ModelAnswer:
    return entities


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes a config that asks the server; keywords are settings of the model."""

    def write(name: str = "llm", definition: str | None = None, **settings: Any) -> PredictorConfig:
        task = {"label_definitions": {"ORG": definition}} if definition else None
        return write_llm(tmp_path, server.base_url, task=task, name=name, **{"patience": 2.0, **settings})

    return write


def load(store: Store, count: int) -> None:
    add_examples(store, [Record(f"today Acme sold number {number}") for number in range(count)], "test")


@pytest.mark.full
def test_an_answer_of_an_earlier_run_serves_another_label_map_and_another_endpoint(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 5)
    assert run(store, write()).calls == server.calls == 5
    renamed = PredictorConfig("llm", write().pipeline, LabelMap.parse("ORG:COMPANY"))
    progress = run(store, renamed)
    assert (progress.ok, progress.calls, progress.reused, server.calls) == (5, 0, 5, 5)
    assert inspect_example(store, 1).predictions[0].spans == (Span(6, 10, "COMPANY"),)
    with OpenAIServer(entities) as other:
        moved = PredictorConfig("moved", write(base_url=other.base_url).pipeline)
        assert (run(store, moved).reused, other.calls) == (5, 0)


@pytest.mark.full
def test_predictors_that_ask_the_same_side_by_side_pay_once(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, 40)
    pipeline = write().pipeline
    server.latency = 0.05
    both = [PredictorConfig("plain", pipeline), PredictorConfig("mapped", pipeline, LabelMap.parse("ORG:COMPANY"))]
    plain, mapped = run_predictors(store, both)
    assert (plain.ok, plain.calls, mapped.ok, mapped.calls, mapped.reused) == (40, 40, 40, 0, 40)
    assert server.calls == 40


@pytest.mark.full
@pytest.mark.parametrize(
    "change", [{"definition": "Companies."}, {"temperature": 0.5}, {"parameters": {"seed": 1}}, {"name": "other"}]
)
def test_another_prompt_or_parameter_is_asked_again(
    store: Store, server: OpenAIServer, write: Write, change: dict[str, Any]
) -> None:
    load(store, 3)
    run(store, write())
    if "name" in change:
        path = Path(write().pipeline)
        path.write_text(path.read_text().replace('"test-model"', '"gpt-4"'))
        config = PredictorConfig("llm", str(path))
    else:
        config = write(**change)
    assert run(store, config).calls == 3
    assert server.calls == 6


@pytest.mark.full
def test_stores_that_name_one_cache_share_its_answers(
    store: Store, server: OpenAIServer, write: Write, tmp_path: Path
) -> None:
    load(store, 4)
    cache = tmp_path / "answers.db"
    server.fail_when(lambda request: cut_off("{") if "number 3" in request.prompt else None)
    first = run(store, write(), cache=cache)
    assert (first.ok, first.failed, server.calls) == (3, 1, 4)
    assert b"today" not in cache.read_bytes()  # the cache keeps no prompts, and so no texts
    server.fail_when(lambda request: None)
    with create_store(tmp_path / "other.db", Task.NER) as other:
        load(other, 4)
        second = run(other, write(), cache=cache)
        assert (second.ok, second.reused, second.calls) == (4, 3, 1)
        assert [row[:2] for row in other.execute("SELECT example_id, spans FROM predictions")] == [
            (number, '[{"start":6,"end":10,"label":"ORG"}]') for number in range(1, 5)
        ]


@pytest.mark.full
def test_engines_may_make_a_cache_at_the_same_time(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom tiebreak.core.errors import StoreBusyError\n"
        "from tiebreak.core.store.answer_cache import AnswerCache\ninput()\nfor n in range(30):\n"
        "    while True:\n        try: AnswerCache(Path(sys.argv[1]) / f'{n}.db').close(); break\n"
        "        except StoreBusyError: pass"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    makers = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("\n")
        maker.stdin.flush()
    assert [maker.communicate()[1] for maker in makers] == ["", "", ""]


@pytest.mark.full
def test_a_cache_that_is_something_else_is_one_message_and_stays_as_it_is(
    store: Store, write: Write, tmp_path: Path
) -> None:
    from tiebreak.core.errors import StoreError

    load(store, 1)
    before = store.path.read_bytes()
    with pytest.raises(StoreError, match="not a cache of answers"):
        run(store, write(), cache=store.path)
    (tmp_path / "notes.txt").write_text("mine, and longer than a header of SQLite would be " * 5)
    with pytest.raises(StoreError, match=r"notes\.txt"):
        run(store, write(), cache=tmp_path / "notes.txt")
    assert store.path.read_bytes()[:100] == before[:100]
    assert (tmp_path / "notes.txt").read_text().startswith("mine")


@pytest.mark.full
def test_reading_again_under_another_label_map_shows_the_answers_and_costs_nothing(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 2)
    run(store, write(prices=PRICES))
    mapped = PredictorConfig("llm", write(prices=PRICES).pipeline, LabelMap.parse("ORG:COMPANY"))
    for _ in range(2):
        assert run(store, mapped, reparse=True).ok == 2
    [prediction] = inspect_example(store, 1).predictions
    assert prediction.spans == (Span(6, 10, "COMPANY"),)
    [call] = prediction.calls
    assert (call.reused, "Acme" in str(call.prompt), "Acme" in str(call.response)) == (True, True, True)
    counts = store.execute("SELECT calls, reused, cost FROM runs ORDER BY id").fetchall()
    assert [row[:2] for row in counts] == [(2, 0), (0, 2)]
    assert (counts[1][2], server.calls) == (None, 2)


@pytest.mark.full
def test_reading_again_sends_nothing_and_takes_up_unreadable_answers(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 3)
    server.fail_when(lambda request: Reply(content="no JSON") if "number 1" in request.prompt else None)
    assert run(store, write()).failed == 1
    load(store, 4)
    store.execute("UPDATE predictions SET spans = '[]' WHERE example_id = 1")
    progress = run(store, write(), reparse=True)
    assert (progress.ok, progress.failed, server.calls) == (2, 1, 3)
    assert progress.message == "1 without an answer"
    assert inspect_example(store, 1).predictions[0].spans == (Span(6, 10, "ORG"),)
    assert store.execute("SELECT count(*) FROM llm_calls").fetchone() == (3,)
    [status] = run_statuses(store)
    assert (status.ok, status.failed, status.calls) == (2, 1, 3)


@pytest.mark.full
def test_the_budget_is_never_exceeded_and_the_next_run_goes_on(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 60)
    config = write(prices=PRICES, concurrency=8, max_tokens=40)
    server.latency = 0.02
    progress = run(store, config, budget=3.0)
    assert progress.cost is not None
    assert 1.0 < progress.cost <= 3.0
    assert progress.state == "stopped"
    assert "budget" in progress.message
    assert progress.ok == server.calls < 60
    [status] = run_statuses(store)
    sums = store.execute("SELECT sum(cost), sum(prompt_tokens), sum(completion_tokens) FROM llm_calls").fetchone()
    assert (status.cost, status.prompt_tokens, status.completion_tokens) == pytest.approx(sums)
    assert status.cost == pytest.approx(sums[1] * 1000e-6 + sums[2] * 2000e-6)
    assert run(store, config).ok == 60 - progress.ok
    assert server.calls == 60


def test_a_budget_without_prices_is_refused(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, 1)
    with pytest.raises(ConfigError, match="prices"):
        run(store, write(), budget=1.0)
    assert server.calls == 0


@pytest.mark.full
def test_a_dry_run_says_what_is_then_called(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, 30)
    run(store, write(), limit=10)
    config = PredictorConfig("llm", write(prices=PRICES).pipeline, LabelMap.parse("ORG"))
    before = server.calls
    [planned] = estimate_all(store, [config], EngineOptions())
    assert (planned.pending, planned.known, planned.calls, server.calls) == (30, 10, 20, before)
    progress = run(store, config)
    assert (progress.calls, progress.reused) == (20, 10)
    assert progress.cost is not None
    assert planned.cost is not None
    assert 0.3 < planned.cost / progress.cost < 3
    assert 0.3 < planned.prompt_tokens / progress.prompt_tokens < 3


def test_the_limit_is_how_many_examples_each_predictor_takes(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, 40)
    one, two = write("one"), write("two", definition="Companies.")
    runs = run_predictors(store, [one, two], options=EngineOptions(limit=7))
    assert [(progress.pending, progress.ok, progress.remaining) for progress in runs] == [(7, 7, 0), (7, 7, 0)]
    assert server.calls == 14
    assert {row[0] for row in store.execute("SELECT example_id FROM predictions")} == set(range(1, 8))


def refuse(kind: str) -> Callable[[Any], Reply | None]:
    """Refuse these formats of answers, as some endpoints do."""

    def answer(request: Any) -> Reply | None:
        asked = request.body.get("response_format", {}).get("type")
        return error(400, f"response_format {asked} is not supported") if asked in kind.split() else None

    return answer


@pytest.mark.parametrize(
    ("refused", "sent", "notice"),
    [
        ("", "json_schema", ""),
        ("json_schema", "json_object", "asking for JSON without a schema"),
        ("json_schema json_object", None, "asking for plain JSON"),
    ],
)
def test_structured_output_is_asked_for_if_the_endpoint_has_it(
    store: Store, server: OpenAIServer, write: Write, refused: str, sent: str | None, notice: str
) -> None:
    load(store, 10)
    server.fail_when(refuse(refused))
    progress = run(store, write(concurrency=2))
    assert (progress.ok, progress.failed) == (10, 0)
    assert notice in progress.message
    assert bool(progress.message) == bool(notice)
    formats = [request.body.get("response_format", {}).get("type") for request in server.requests if request.body]
    assert formats[-1] == sent
    assert len(formats) <= 10 + 2 * len(refused.split())  # only the calls in flight were refused
    if sent == "json_schema":
        schema = server.requests[-1].body["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["entities"]["items"]["properties"]["label"]["enum"] == ["ORG", "PERSON"]


def test_a_text_that_is_refused_is_not_taken_for_a_format_that_is(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 6)
    server.fail_when(lambda request: error(400, "too long") if "number 0" in request.prompt else None)
    progress = run(store, write(concurrency=1))
    assert (progress.ok, progress.failed, progress.message) == (5, 1, "")


def test_every_mention_is_accounted_for(store: Store, server: OpenAIServer, write: Write) -> None:
    add_examples(store, [Record("Acme met ACME and Acme")], "test")
    names = [("Acme", "ORG"), ("Acme", "ORG"), ("acme", "ORG"), ("Initech", "ORG"), ("met", "GOD"), ("Acme", "ORG")]
    server.answer = lambda prompt: json.dumps({"entities": [{"text": text, "label": label} for text, label in names]})
    run(store, write())
    [status] = run_statuses(store)
    assert mention_counts(store, status.id) == {
        "placed": 1,
        "repeated": 1,
        "folded": 1,
        "no further occurrence": 1,
        "not in text": 1,
        "label unknown": 1,
    }
    [prediction] = inspect_example(store, 1).predictions
    assert prediction.spans == (Span(0, 4, "ORG"), Span(9, 13, "ORG"), Span(18, 22, "ORG"))
    reasons = {(mention["text"], mention["reason"]) for mention in prediction.dropped}
    assert reasons == {("Initech", "not in text"), ("met", "label unknown"), ("Acme", "no further occurrence")}


def test_calls_are_kept_small_and_read_back_whole(store: Store, server: OpenAIServer, write: Write) -> None:
    load(store, 50)
    run(store, write(definition="Companies, agencies, institutions and other organisations. " * 5))
    [(prompts, size)] = store.execute("SELECT count(*), sum(length(prompt)) FROM llm_calls").fetchall()
    sent = [request.prompt for request in server.requests if request.body]
    assert (prompts, len(sent)) == (50, 50)
    assert size < 0.2 * sum(map(len, sent))
    kept = [inspect_example(store, number).predictions[0].calls[0] for number in range(1, 51)]
    assert sorted(call.prompt or "" for call in kept) == sorted(sent)
    assert all(call.response == entities(call.prompt or "") for call in kept)
    assert all(task_text(call.prompt or "") for call in kept)


SHARDED = CONFIG.replace("tiebreak.NER.v1", "spacy.NER.v3") + "context_length = 900\n"
SHARED_PART = " ".join(f"today Acme sold number {number} of its many plain wooden chairs." for number in range(60))


def sharded(tmp_path: Path, server: OpenAIServer) -> PredictorConfig:
    """Open a predictor that asks about long texts in several parts."""
    path = tmp_path / "sharded.cfg"
    path.write_text(f'{SHARDED}base_url = "{server.base_url}"\nconcurrency = 1\n')
    return PredictorConfig("sharded", str(path))


def test_each_part_of_a_long_text_is_kept_before_the_next_is_asked(
    store: Store, server: OpenAIServer, tmp_path: Path
) -> None:
    add_examples(store, [Record(SHARED_PART), Record("Now Bemco. " + SHARED_PART)], "test")
    kept: list[int] = []

    def answer(prompt: str) -> Any:
        with closing(sqlite3.connect(store.path)) as other:
            kept.append(other.execute("SELECT count(*) FROM llm_calls").fetchone()[0])
        return ner_v3_answer(prompt)

    server.answer = answer
    progress = run(store, sharded(tmp_path, server))
    assert progress.ok == 2
    assert len(kept) == server.calls > 3
    assert kept == list(range(server.calls))


@pytest.mark.full
def test_a_part_that_cannot_be_read_is_asked_again_and_the_others_are_not(
    store: Store, server: OpenAIServer, tmp_path: Path
) -> None:
    add_examples(store, [Record(SHARED_PART)], "test")
    cache = tmp_path / "answers.db"
    server.answer = ner_v3_answer
    server.script(Reply(content="I am a teapot."))
    config = sharded(tmp_path, server)
    first = run(store, config, cache=cache)
    assert (first.ok, first.failed) == (0, 1)
    calls = server.calls
    assert calls > 1
    second = run(store, config, cache=cache)
    assert (second.ok, second.calls, server.calls) == (1, 1, calls + 1)
    with create_store(tmp_path / "other.db", Task.NER) as other:
        add_examples(other, [Record(SHARED_PART)], "test")
        assert (run(other, config, cache=cache).ok, server.calls) == (1, calls + 1)


def test_a_part_that_several_texts_share_is_asked_once(store: Store, server: OpenAIServer, tmp_path: Path) -> None:
    server.answer, server.latency = ner_v3_answer, 0.05
    add_examples(store, [Record(f"{SHARED_PART} The end, said Bemco in {town}.") for town in ("Oslo", "Rome")], "test")
    config = sharded(tmp_path, server)
    path = Path(config.pipeline)
    path.write_text(path.read_text().replace("concurrency = 1", "concurrency = 4"))
    progress = run(store, config)
    prompts = [prompt for prompt, _ in server.served]
    assert (progress.ok, len(prompts)) == (2, len(set(prompts)))
    assert progress.reused > 0


@pytest.mark.full
def test_engines_on_two_stores_with_one_cache_do_not_ask_the_same_at_once(
    store: Store, server: OpenAIServer, write: Write, tmp_path: Path
) -> None:
    cache, config = tmp_path / "answers.db", write(concurrency=4)
    load(store, 60)
    server.latency = 0.02
    with create_store(tmp_path / "other.db", Task.NER) as other:
        load(other, 60)
    runs: list[RunProgress] = []

    def work(path: Path) -> None:
        with open_store(path) as own:
            runs.append(run(own, config, cache=cache))

    threads = [threading.Thread(target=work, args=[path]) for path in (store.path, tmp_path / "other.db")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [progress.ok for progress in runs] == [60, 60]
    assert server.calls == sum(progress.calls for progress in runs) == 60
    assert sum(progress.reused for progress in runs) == 60


def test_what_a_process_that_is_gone_was_asking_may_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom tiebreak.core.store.answer_cache import AnswerCache\n"
        "print(AnswerCache(Path(sys.argv[1])).claim([[b'one'], [b'two']]), flush=True)\nsys.stdin.read()\nos._exit(1)"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "[True, True]\n"
        cache = AnswerCache(path)
        assert cache.claim([[b"two", b"three"], [b"three"], []]) == [False, True, True]
        other.communicate("")
    assert cache.claim([[b"two", b"three"]]) == [True]
    cache.release([b"two", b"three"])
    cache.close()


def test_predictors_that_differ_in_what_is_not_asked_pay_once(
    tmp_path: Path, server: OpenAIServer, write: Write
) -> None:
    pipeline = Path(write().pipeline)
    text = pipeline.read_text().replace("tiebreak.NER.v1", "tiebreak.SpanCat.v1")
    pipeline.write_text(text.replace('labels = ["ORG", "PERSON"]', 'labels = ["ORG", "PERSON"]\nspans_key = "one"'))
    other = tmp_path / "two.cfg"
    other.write_text(pipeline.read_text().replace('"one"', '"two"'))
    server.latency = 0.02
    with create_store(tmp_path / "spancat.db", Task.SPANCAT) as spancat:
        load(spancat, 20)
        one, two = run_predictors(
            spancat,
            [
                PredictorConfig("one", str(pipeline), spans_key="one"),
                PredictorConfig("two", str(other), spans_key="two"),
            ],
        )
    assert (one.ok, two.ok, server.calls) == (20, 20, 20)


def test_an_engine_that_was_thought_dead_takes_no_claim_of_another_and_shows_as_alive_again(store: Store) -> None:
    load(store, 2)
    run_id = start_run(store, predictor="llm", kind="llm", fingerprint="x", model="m")
    first = register_engine(store, {})
    assert [id for id, _ in claim(store, first, run_id, 0, 2)] == [1, 2]
    end_engine(store, first)  # as another engine does for an engine that is late
    second = register_engine(store, {})
    assert [id for id, _ in claim(store, second, run_id, 0, 2)] == [1, 2]
    save_predictions(store, run_id, [Prediction(1)], first)
    release(store, first, run_id, [2])
    assert store.execute("SELECT example_id, engine_id FROM claims").fetchall() == [(1, second), (2, second)]
    beat(store, first, "running", "", ())
    assert {engine.id for engine in engines(store, live=True)} == {first, second}


def test_a_scorer_that_is_not_there_stops_a_run_before_anything_is_asked(
    store: Store, server: OpenAIServer, write: Write
) -> None:
    load(store, 3)
    store.set_setting("scorer", "of_a_package_that_is_gone")
    with pytest.raises(ConfigError, match="scorer 'of_a_package_that_is_gone'"):
        run(store, write())
    assert server.calls == 0

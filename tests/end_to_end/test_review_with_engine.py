"""A review with an engine beside it, and watching an engine: real processes, a real terminal, a loopback endpoint."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run, headline, introduce
from end_to_end.terminal import Terminal
from engine_rows import at_work, llm_run, say
from files import write_jsonl
from openai_server import OpenAIServer
from rulers import save_ruler
from stores import create_store
from waiting import wait_until

from tiebreak.core.store.engines import end_engine, engines
from tiebreak.core.store.opening import open_store

TEXTS = 12
LLM = """
[nlp]
lang = "en"
pipeline = ["llm"]
[components]
[components.llm]
factory = "llm"
[components.llm.task]
@llm_tasks = "spacy.NER.v3"
labels = ["ORG", "LOCATION"]
[components.llm.model]
@llm_models = "tiebreak.OpenAI.v1"
name = "test-model"
base_url = "{url}"
api_key_env = null
concurrency = 1
"""
PROJECT = """
[project]
task = "ner"
[predictors]
[predictors.rules]
pipeline = "rules"
[predictors.llm]
pipeline = "llm.cfg"
"""


@pytest.fixture
def project(tmp_path: Path, server: OpenAIServer) -> Path:
    """A project with a pipeline of rules and an LLM that disagree on each of its texts."""
    save_ruler(tmp_path / "rules", ORG="Uber")
    (tmp_path / "llm.cfg").write_text(LLM.format(url=server.base_url))
    (tmp_path / "project.cfg").write_text(PROJECT)
    write_jsonl(tmp_path / "texts.jsonl", [{"text": headline(number)} for number in range(TEXTS)])
    return tmp_path / "project.cfg"


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """An empty store in which sam has seen the introduction."""
    create_store(tmp_path / "news.db").close()
    introduce(tmp_path / "news.db", "sam")
    return tmp_path / "news.db"


def review(*options: str) -> list[str]:
    return [TIEBREAK, "review", "news.db", "--annotator", "sam", "--predict", "project.cfg", *options]


def predicted(store: Path) -> int:
    """Return the number of examples that both predictors have predicted."""
    with sqlite3.connect(store) as connection:
        return int(connection.execute("SELECT count(*) FROM queue WHERE predictors > 1").fetchone()[0])


@pytest.mark.full
def test_a_review_of_a_new_store_shows_the_first_disagreement_and_leaves_the_engine_at_work(
    project: Path, server: OpenAIServer
) -> None:
    server.latency = 1.0
    store = project.with_name("news.db")
    with Terminal(review("--source", "texts.jsonl"), folder=project.parent) as terminal:
        terminal.wait_for("Any key begins")
        terminal.answer("a")
        terminal.wait_for("Uber opens office")
        terminal.wait_for("ORG Paris")
        assert predicted(store) < TEXTS
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.send("q")
        terminal.wait_for("The engine is at work (")
        server.latency = 0.0
        terminal.send("g")
        assert terminal.wait() == 0
        assert "12 new examples" in terminal.text
        assert "goes on in the background" in terminal.text
        assert f"tiebreak status {store.name} --watch" in terminal.text
    wait_until(lambda: predicted(store) == TEXTS)
    assert server.calls == TEXTS


@pytest.mark.full
def test_the_engine_may_be_stopped_on_leaving(known: Path, project: Path, server: OpenAIServer) -> None:
    server.latency = 0.5
    with Terminal(review("--source", "texts.jsonl"), folder=project.parent) as terminal:
        terminal.wait_for("ORG Paris")
        terminal.send("q")
        terminal.wait_for("The engine is at work (")
        terminal.send("s")
        assert terminal.wait() == 0
        assert "The engine" in terminal.text.rpartition("answers saved")[2]
        assert "with an error" not in terminal.text
    with open_store(known) as store:
        wait_until(lambda: engines(store) and not engines(store, live=True))
        assert [engine.state for engine in engines(store)] == ["ended"]
    assert server.calls < TEXTS


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_leaves_at_once_and_the_engine_goes_on(
    known: Path, project: Path, server: OpenAIServer, number: signal.Signals
) -> None:
    server.latency = 0.3
    with Terminal(review("--source", "texts.jsonl"), folder=project.parent) as terminal:
        terminal.wait_for("ORG Paris")
        os.kill(terminal.pid, number)
        assert terminal.wait(10) == 0
    server.latency = 0.0
    wait_until(lambda: predicted(known) == TEXTS)


@pytest.mark.full
def test_an_engine_that_cannot_begin_says_why_and_the_review_goes_on(
    known: Path, project: Path, server: OpenAIServer, run: Run
) -> None:
    server.api_key = "secret"
    left = write_jsonl(project.with_name("left.jsonl"), [{"text": headline(0), "spans": []}])
    uber = {"start": 0, "end": 4, "label": "ORG"}
    right = write_jsonl(project.with_name("right.jsonl"), [{"text": headline(0), "spans": [uber]}])
    run("load", known, left, "--as", "left")
    run("load", known, right, "--as", "right")
    with Terminal(review(), folder=project.parent) as terminal:
        terminal.wait_for("1 left")
        terminal.wait_for("HTTP 401")
        terminal.forget()
        terminal.send("E")
        terminal.wait_for("has ended")
        terminal.send("\x1b")
        terminal.read(0.5)
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.send("q")
        assert terminal.wait() == 0
        assert "The engine ended with an error" in terminal.text


@pytest.mark.full
def test_no_second_engine_is_started(known: Path, project: Path, server: OpenAIServer) -> None:
    with open_store(known) as store:
        at_work(store, llm_run(store))
    with Terminal(review("--source", "texts.jsonl"), folder=project.parent, columns=120) as terminal:
        terminal.wait_for("an engine is at work already")
        terminal.wait_for("claude 412 of 2,000; the first disagreement shows here")
        terminal.send("q")
        assert terminal.wait() == 0
    assert server.calls == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--predict", "project.cfg"], "create it from texts with --source"),
        (["--predict", "project.cfg", "--source", "none.jsonl"], "none.jsonl"),
        (["--predict", "none.cfg", "--source", "texts.jsonl"], "none.cfg: no such file"),
        (["--predict", "llm.cfg", "--source", "texts.jsonl"], "llm.cfg: a pipeline's config"),
    ],
)
def test_what_cannot_be_is_said_before_anything_begins(project: Path, options: list[str], said: str) -> None:
    with Terminal([TIEBREAK, "review", "new.db", *options], folder=project.parent, columns=200) as terminal:
        assert terminal.wait() == 1
        assert said in terminal.text
    assert not project.with_name("new.db").exists()


@pytest.mark.full
def test_without_a_terminal_no_engine_is_started(known: Path, project: Path, run: Run, server: OpenAIServer) -> None:
    refused = run(*review("--source", "texts.jsonl")[1:], check=False)
    assert refused.returncode == 1
    assert "needs a terminal" in refused.stderr
    assert predicted(known) == server.calls == 0


@pytest.mark.full
def test_status_tells_of_engines_calls_mentions_and_failures(known: Path, project: Path, run: Run) -> None:
    run("load", known, "texts.jsonl")
    run("predict", known, "--config", project)
    with open_store(known) as store:
        at_work(store, llm_run(store, "cla\x1b[31mude"), message="falls back to plain JSON")
        store.execute("UPDATE predictions SET status = 'failed', error = 'HTTP 500' WHERE example_id = 1")
        store.execute("UPDATE predictions SET mentions = '{\"placed\": 3}' WHERE example_id = 2")
    text = run("status", known).stdout
    for line in (
        "     at work  cla␛[31mude 412/2,000 12/s $0.31 3 failed: falls back to plain JSON",
        "              mentions: placed 3",
        "1 × llm: HTTP 500",
        "              example 1: Uber opens office 0 in Paris",
    ):
        assert f"\n{line}\n" in text
    assert "12 calls" in text
    assert "\n              response: 1. Uber" in text
    assert "\x1b" not in text
    status = json.loads(run("status", known, "--json").stdout)
    assert status["engines"][0]["runs"][0]["message"] == "falls back to plain JSON"
    assert {each["reason"] for each in status["failures"]} == {"HTTP 500"}


def test_status_loads_neither_spacy_nor_textual(known: Path) -> None:
    code = (
        "import sys; from tiebreak.tui.cli import main\n"
        f"sys.argv = ['tiebreak', 'status', {str(known)!r}]\n"
        "try: main()\n"
        "finally: print(sorted({'spacy', 'textual', 'spacy_llm'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.full
def test_watching_prints_a_line_for_each_change_and_ends_with_the_engine(known: Path) -> None:
    with open_store(known) as store:
        run_id = llm_run(store)
        engine = at_work(store, run_id)
        command = [TIEBREAK, "status", str(known), "--watch"]
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert watching.stdout is not None
        assert watching.stdout.readline() == "     at work  claude 412/2,000 12/s $0.31 3 failed\n"
        say(store, engine, run_id, ok=500)
        assert watching.stdout.readline() == "     at work  claude 503/2,000 12/s $0.31 3 failed\n"
        end_engine(store, engine)
        rest, said = watching.communicate(timeout=20)
    assert watching.returncode == 0
    assert "    examples  0" in rest
    assert "No engine is at work." in said


@pytest.mark.full
def test_watching_on_a_terminal_draws_in_place_until_the_engine_ends_or_ctrl_c(known: Path) -> None:
    with open_store(known) as store:
        run_id = llm_run(store)
        engine = at_work(store, run_id)
        with Terminal([TIEBREAK, "status", str(known), "--watch"]) as terminal:
            terminal.wait_for("claude 412/2,000")
            terminal.send("\x03")
            assert terminal.wait() == 0
            assert "Traceback" not in terminal.text
        with Terminal([TIEBREAK, "status", str(known), "--watch"]) as terminal:
            terminal.wait_for("claude 412/2,000")
            say(store, engine, run_id, ok=500)
            terminal.wait_for("claude 503/2,000")
            end_engine(store, engine)
            assert terminal.wait() == 0
            assert "No engine is at work." in terminal.text

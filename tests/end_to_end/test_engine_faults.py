"""Faults that the engine survives, as processes: a flaky endpoint, kills, signals, and a second engine beside it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from endpoint_faults import all_at_once, needless_requests
from files import rows
from openai_server import OpenAIServer, hang, task_text
from stores import create_store
from waiting import is_running, wait_until

from tiebreak.core.records import Record
from tiebreak.core.store.examples import add_examples

pytestmark = pytest.mark.full

KILLS = int(os.environ.get("TIEBREAK_TEST_KILLS", "8"))
TEXTS = int(os.environ.get("TIEBREAK_TEST_TEXTS", "200"))  # texts under all faults at once
PREDICT = [sys.executable, "-c", "from tiebreak.tui.cli import main; main()", "predict"]
CONFIG = """
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
timeout = {timeout}
concurrency = {concurrency}
retries = {retries}
"""


class Engines:
    """Starts engines on stores in a folder; none outlives the test."""

    def __init__(self, folder: Path, server: OpenAIServer) -> None:
        self.folder = folder
        self.server = server
        self.processes: list[subprocess.Popen[str]] = []

    def store(self, texts: int, name: str = "news.db") -> Path:
        with create_store(self.folder / name) as store:
            add_examples(store, [Record(f"Acme number {each} fell in Paris") for each in range(texts)], "test")
        return self.folder / name

    def config(self, concurrency: int = 8, timeout: float = 20.0, retries: int = 5) -> str:
        text = CONFIG.format(url=self.server.base_url, concurrency=concurrency, timeout=timeout, retries=retries)
        (self.folder / "llm.cfg").write_text(text)
        return "llm.cfg"

    def start(self, store: Path, pipeline: str, *options: str) -> subprocess.Popen[str]:
        command = [*PREDICT, store.name, pipeline, "--json", *options]
        self.processes.append(
            subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return self.processes[-1]

    def run(self, store: Path, pipeline: str, *options: str) -> dict[str, Any]:
        """Run an engine to a good end, and return its report."""
        process = self.start(store, pipeline, *options)
        return ended(process)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def engines(tmp_path: Path, server: OpenAIServer) -> Iterator[Engines]:
    engines = Engines(tmp_path, server)
    yield engines
    engines.end()


def ended(process: subprocess.Popen[str], status: int = 0) -> dict[str, Any]:
    """Return the report of the engine once it has ended with `status`."""
    out, said = process.communicate(timeout=240)
    assert process.returncode == status, said
    report: dict[str, Any] = json.loads(out)
    return report


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def number(store: Path, sql: str) -> int:
    return int(rows(store, sql)[0][0])


def said(store: Path) -> list[tuple[Any, ...]]:
    return rows(
        store,
        "SELECT text, status, spans, predictions.error FROM predictions JOIN examples ON examples.id = example_id",
    )


def predicted(store: Path) -> int:
    return number(store, "SELECT count(*) FROM predictions WHERE status = 'ok'")


def paid_twice(store: Path) -> list[tuple[Any, ...]]:
    """Return the number of examples with more than one usable answer that was paid for."""
    return rows(
        store,
        "SELECT example_id, count(*) FROM llm_calls WHERE error IS NULL AND response IS NOT NULL "
        "GROUP BY example_id HAVING count(*) > 1",
    )


def check_sound(store: Path) -> None:
    """Check that the file is whole, that its counts match its rows, and that no claim is left."""
    assert rows(store, "PRAGMA integrity_check") == [("ok",)]
    assert number(store, "SELECT count(*) FROM claims") == 0
    for run_id, ok, failed, calls in rows(store, "SELECT id, ok, failed, calls FROM runs"):
        count = f"SELECT count(*) FROM predictions WHERE run_id = {run_id} AND status ="
        assert (number(store, f"{count} 'ok'"), number(store, f"{count} 'failed'")) == (ok, failed)
        assert number(store, f"SELECT count(*) FROM llm_calls WHERE run_id = {run_id} AND NOT reused") == calls


def test_every_text_is_accounted_for_under_all_faults_at_once(
    engines: Engines, server: OpenAIServer, record_testsuite_property: Callable[[str, object], None]
) -> None:
    faults = all_at_once(seed=4)
    server.fail_when(faults)
    server.latency = 0.01
    store = engines.store(TEXTS)
    down = threading.Thread(target=go_down_for_a_while, args=[server, TEXTS // 2], daemon=True)
    down.start()
    began = time.monotonic()
    report = engines.run(store, engines.config(concurrency=32, timeout=0.6))
    seconds = time.monotonic() - began
    down.join()
    assert (report["ok"] + report["failed"], report["pending"]) == (TEXTS, TEXTS)
    assert number(store, "SELECT count(DISTINCT example_id) FROM predictions") == len(said(store)) == TEXTS
    assert paid_twice(store) == []
    assert needless_requests(server) == []
    check_sound(store)
    became = Counter(became for _, became in server.served)
    last = Counter(dict(server.served).values())
    assert became["ok"] == last["ok"] == report["ok"]
    assert report["failed"] == TEXTS - last["ok"] < TEXTS / 4
    reasons = rows(store, "SELECT substr(error, 1, 60), count(*) FROM predictions WHERE error <> '' GROUP BY 1")
    figures = {"seconds": round(seconds, 1), "requests": len(server.served), "became": dict(became)}
    record_testsuite_property("figures", json.dumps({**figures, "report": report, "reasons": dict(reasons)}))

    server.fail_when(lambda request: None)
    report = engines.run(store, "llm.cfg")
    assert (report["ok"], report["failed"]) == (report["pending"], 0)
    assert predicted(store) == TEXTS
    assert paid_twice(store) == []


def go_down_for_a_while(server: OpenAIServer, after: int, seconds: float = 5.0) -> None:
    wait_until(lambda: len(server.served) >= after)
    server.stop()
    time.sleep(seconds)
    server.start()


def test_killed_at_any_moment_it_ends_as_a_clean_run(
    engines: Engines, server: OpenAIServer, record_testsuite_property: Callable[[str, object], None]
) -> None:
    texts, concurrency, chance = 20 * KILLS, 8, random.Random(50)
    server.latency = 0.2
    store, config = engines.store(texts), engines.config(concurrency)
    repeated = []
    for _ in range(KILLS):
        before = server.calls - predicted(store)
        process, begun = engines.start(store, config), server.calls
        wait_until(lambda begun=begun, process=process: server.calls > begun or process.poll() is not None)  # type: ignore[misc]
        time.sleep(chance.uniform(0.0, 0.45))
        kill(process)
        time.sleep(0.05)  # requests on the way arrive
        repeated.append(server.calls - predicted(store) - before)
    assert max(repeated) <= concurrency
    assert predicted(store) < texts, "the kills came too late"
    server.latency = 0.0
    engines.run(store, config)
    extra = server.calls - texts
    assert extra <= sum(repeated)
    assert predicted(store) == texts
    assert paid_twice(store) == []
    check_sound(store)
    clean = engines.store(texts, "clean.db")
    engines.run(clean, config)
    assert said(store) == said(clean)
    figures = {"texts": texts, "kills": KILLS, "calls repeated": extra, "most by one kill": max(repeated)}
    record_testsuite_property("figures", json.dumps(figures))


def test_two_engines_share_the_work(engines: Engines, server: OpenAIServer) -> None:
    server.latency = 0.06
    store, config = engines.store(400), engines.config(concurrency=4)
    reports = [ended(process) for process in [engines.start(store, config), engines.start(store, config)]]
    assert sum(report["ok"] for report in reports) == predicted(store) == server.calls == 400
    assert all(report["ok"] > 0 for report in reports)
    check_sound(store)


def test_what_a_killed_engine_leaves_the_other_does(engines: Engines, server: OpenAIServer) -> None:
    server.latency = 2.0  # seconds; both engines are there before all is done, and hold claims most of the time
    store, config = engines.store(200), engines.config(concurrency=4)
    other, killed = engines.start(store, config), engines.start(store, config)
    claims = f"SELECT count(*) FROM claims JOIN engines ON engines.id = engine_id WHERE pid = {killed.pid}"

    def is_stopped_with_claims() -> bool:
        killed.send_signal(signal.SIGSTOP)
        wait_until(lambda: stat(killed.pid)[0] == "T")
        if number(store, claims) > 0:
            return True
        killed.send_signal(signal.SIGCONT)
        return False

    wait_until(lambda: number(store, "SELECT count(DISTINCT engine_id) FROM claims") == 2)
    wait_until(is_stopped_with_claims, "the engine never held a claim")
    kill(killed)
    server.latency = 0.05
    ended(other)
    assert predicted(store) == 200
    assert server.calls <= 200 + 4
    check_sound(store)


def test_sigterm_finishes_what_is_in_flight(engines: Engines, server: OpenAIServer) -> None:
    server.latency = 0.3
    store, config = engines.store(40), engines.config()
    process = engines.start(store, config)
    wait_until(lambda: server.calls >= 20)
    process.terminate()
    report = ended(process, 143)
    assert report["state"] == "stopped"
    assert predicted(store) == server.calls < 40
    check_sound(store)
    engines.run(store, config)
    assert predicted(store) == server.calls == 40


def test_sigterm_leaves_what_is_not_answered_in_time_pending(engines: Engines, server: OpenAIServer) -> None:
    server.fail_when(lambda request: hang() if " 1" in task_text(request.prompt) else None)
    store, config = engines.store(20), engines.config(concurrency=20, timeout=2.0)
    process = engines.start(store, config)
    wait_until(lambda: server.calls == 20 and predicted(store) == 9)
    process.terminate()
    began = time.monotonic()
    ended(process, 143)
    assert time.monotonic() - began < 2.0 + 2.0 + 10.0
    assert [status for _, status, *_ in said(store)] == ["ok"] * 9
    check_sound(store)
    server.fail_when(lambda request: None)
    engines.run(store, config)
    assert predicted(store) == 20
    assert server.calls == 20 + 11


def test_a_dead_endpoint_is_waited_for(engines: Engines, server: OpenAIServer, run: Run) -> None:
    server.latency = 0.1
    store, config = engines.store(60), engines.config()
    process = engines.start(store, config)
    wait_until(lambda: server.calls >= 16)
    server.stop()
    told: list[dict[str, Any]] = []

    def tells() -> bool:
        [told[:]] = [[run for engine in json.loads(run_status())["engines"] for run in engine["runs"]]]
        return any("the endpoint is down" in each["message"] for each in told)

    def run_status() -> str:
        return run("status", store, "--json").stdout

    wait_until(tells)
    assert "next try in" in told[0]["message"]
    assert (told[0]["state"], told[0]["failed"]) == ("waiting", 0)
    server.start()
    report = ended(process)
    assert (report["ok"], report["failed"]) == (60, 0)
    assert server.calls <= 60 + 8
    check_sound(store)


def test_a_detached_engine_goes_on_by_itself(engines: Engines, server: OpenAIServer) -> None:
    server.latency = 0.2
    store, config = engines.store(60), engines.config()
    # The command line has the path as people write it, not as the store knows it.
    command = [*PREDICT, f"./{store.name}", "--detach", config, "--as", store.name]
    started = subprocess.run(command, cwd=engines.folder, capture_output=True, text=True)
    assert (started.returncode, started.stderr) == (0, "")
    assert "is at work. To watch it: tiebreak status" in started.stdout
    wait_until(lambda: predicted(store) == 60)
    wait_until(lambda: number(store, "SELECT count(*) FROM engines WHERE ended_at IS NULL") == 0)
    assert server.calls == 60
    assert rows(store, "SELECT name FROM predictors") == [(store.name,)]


def test_a_detached_engine_that_cannot_begin_says_why(engines: Engines, server: OpenAIServer) -> None:
    store, config = engines.store(1), engines.config()
    server.stop()
    command = [*PREDICT, store.name, config, "--detach"]
    started = subprocess.run(command, cwd=engines.folder, capture_output=True, text=True)
    assert (started.returncode, started.stdout) == (1, "")
    assert started.stderr == f"tiebreak: {server.base_url}: the endpoint cannot be reached: Connection refused\n"


@pytest.mark.parametrize("n_process", ["1", "2"])
def test_the_process_of_a_pipeline_ends_with_its_engine(engines: Engines, pipeline: str, n_process: str) -> None:
    store, options = engines.store(300), ["--batch-size", "20", "--n-process", n_process]
    process = engines.start(store, pipeline, *options)
    wait_until(lambda: predicted(store) > 0)
    workers = descendants(process.pid)
    assert workers
    kill(process)
    wait_until(lambda: not any(is_running(worker) for worker in workers))
    assert 0 < predicted(store) < 300
    engines.run(store, pipeline, *options)
    check_sound(store)
    assert Counter(row[1:] for row in said(store)) == {("ok", '[{"start":0,"end":4,"label":"ORG"}]', None): 300}


def test_a_hang_up_reaches_the_whole_group_and_stops_the_engine_in_good_order(engines: Engines, pipeline: str) -> None:
    store = engines.store(300)
    process = engines.start(store, pipeline, "--batch-size", "20")
    wait_until(lambda: predicted(store) > 0)
    for each in [*descendants(process.pid), process.pid]:
        os.kill(each, signal.SIGHUP)
    assert ended(process, 128 + signal.SIGHUP)["state"] == "stopped"
    assert predicted(store) < 300
    check_sound(store)


def descendants(pid: int) -> list[int]:
    parents = {int(path.name): parent for path in Path("/proc").glob("[0-9]*") if (parent := stat(int(path.name))[1])}
    found, level = [], [pid]
    while level:
        level = [each for each, parent in parents.items() if parent in level]
        found += level
    return found


def stat(pid: int) -> tuple[str, int]:
    """Return the state and the parent of a process; "" and 0 for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[1])

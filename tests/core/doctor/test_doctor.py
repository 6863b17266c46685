"""The doctor against a real server, real stores and real pipelines: its findings, and that it shows no key."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_configs import ModelAnswer, write_llm
from openai_server import (
    AZURE,
    OpenAIServer,
    Reply,
    Request,
    cut_off,
    error,
    hang,
    nonsense,
    rate_limited,
    reset,
    streamed,
    tool_call,
)
from stores import create_store

from tiebreak.core.doctor import predictors
from tiebreak.core.doctor.checks import Check, CheckState, bounded, ok
from tiebreak.core.doctor.endpoint import Endpoint, check_endpoint
from tiebreak.core.doctor.examination import examine
from tiebreak.core.doctor.predictors import check_model
from tiebreak.core.doctor.secrets import redact
from tiebreak.core.doctor.terminal import Terminal, check_characters, check_colours, check_size
from tiebreak.core.errors import StoreError
from tiebreak.core.predictors import addresses
from tiebreak.core.predictors.local_model import local_model
from tiebreak.core.project.guidelines import remember_config
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.integrity import open_unchanged
from tiebreak.core.ways_out import Way, WayOut

KEY = "sk-tiebreak-0123456789abcdef"
KEY_ENV = "TIEBREAK_TEST_KEY"
SCREEN = Terminal(True, 80, 24, environment={"TERM": "xterm-256color"})
LABEL = '{"label": "person"}'
HEAD = '[nlp]\nlang = "en"\npipeline = ["llm"]\n\n[components]\n\n[components.llm]\nfactory = "llm"\n\n'
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def without_env_file(same_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model_answer() -> ModelAnswer:
    """Supports structured output: answers as the schema asks."""
    return lambda prompt: LABEL


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes a project with one LLM, which asks the server; keywords are settings of the model."""

    def write(which: str = "tiebreak.NER.v1", **settings: Any) -> Path:
        write_llm(tmp_path, server.base_url, which, **{"timeout": 3.0, **settings})
        project = tmp_path / "project.cfg"
        project.write_text('[predictors]\n[predictors.llm]\npipeline = "llm.cfg"\n')
        return project

    return write


def examined(database: Path | None = None, config: Path | None = None) -> dict[str, Check]:
    return {check.name: check for check in examine(SCREEN, database, config)}


def states(checks: dict[str, Check]) -> dict[str, str]:
    return {name: check.state.value for name, check in checks.items()}


def test_a_healthy_project_is_ok_in_every_line_with_one_call(write: Write, server: OpenAIServer, store: Store) -> None:
    checks = examined(store.path, write())
    assert set(states(checks).values()) == {"ok"}, checks
    assert "predicts ORG, PERSON (llm)" in checks["llm: config"].found
    assert "test-model answered in 0." in checks["llm: endpoint"].found
    assert "supported" in checks["llm: structured output"].found
    assert "ner, 0 examples, schema" in checks["store"].found
    assert server.calls == 1


def test_the_call_holds_what_the_config_says(write: Write, server: OpenAIServer, monkeypatch: Any) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    server.api_key = KEY
    checks = examined(config=write(api_key_env=KEY_ENV, temperature=None, max_tokens=50))
    assert checks["llm: endpoint"].state is CheckState.OK
    [request] = server.requests
    assert request.body.keys() == {"model", "messages", "max_tokens", "response_format"}
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_a_pipelines_own_config_is_examined_too(write: Write) -> None:
    checks = examined(config=write().with_name("llm.cfg"))
    assert checks["llm: endpoint"].state is CheckState.OK


def test_a_config_without_predictors_is_one_for_reviews_of_any_task(tmp_path: Path) -> None:
    keys = tmp_path / "keys.cfg"
    keys.write_text('[keys]\n[keys.review]\nskip = "S"\n')
    with create_store(tmp_path / "news.db", Task.TEXTCAT) as store:
        checks = examined(store.path, keys)
    assert checks["config"].state is CheckState.OK
    assert "predictors: none" in checks["config"].found


def no_json_schema(request: Request) -> Reply | None:
    return error(400, "response_format is not supported") if "response_format" in request.body else None


def test_an_endpoint_without_structured_output_is_asked_a_second_time(write: Write, server: OpenAIServer) -> None:
    server.fail_when(no_json_schema)
    checks = examined(config=write())
    assert checks["llm: endpoint"].state is CheckState.OK
    assert checks["llm: structured output"].state is CheckState.NOTE
    assert "response_format is not supported" in checks["llm: structured output"].found
    assert "structured = false" in checks["llm: structured output"].todo
    assert server.calls == 2


def test_an_endpoint_that_passes_over_the_schema_is_found_out(write: Write, server: OpenAIServer) -> None:
    server.answer = lambda prompt: f"Sure! {LABEL}"
    checks = examined(config=write())
    assert checks["llm: structured output"].state is CheckState.NOTE
    assert server.calls == 1


def test_the_question_does_not_itself_ask_for_json(write: Write, server: OpenAIServer) -> None:
    examined(config=write())
    assert "json" not in server.requests[0].prompt.casefold()
    assert "{" not in server.requests[0].prompt


def test_an_answer_that_was_cut_off_says_nothing_of_structured_output(write: Write, server: OpenAIServer) -> None:
    server.answer = lambda prompt: cut_off('{"lab')
    found = examined(config=write(max_tokens=2))["llm: structured output"]
    assert (found.state, "cut off" in found.found, "max_tokens" in found.todo) == (CheckState.NOTE, True, True)


def test_an_error_within_the_choice_is_reported_by_its_code(write: Write, server: OpenAIServer) -> None:
    broken = {"error": {"code": 502, "message": "The upstream broke off."}}
    server.answer = lambda prompt: Reply(content="", finish_reason="error", choice=broken)
    check = examined(config=write())["llm: endpoint"]
    assert (check.state, "HTTP 502: The upstream broke off." in check.found) == (CheckState.FAIL, True)


def test_a_key_that_a_variable_of_the_config_names_is_looked_for(write: Write, server: OpenAIServer) -> None:
    project = write(api_key_env=KEY_ENV)
    config = project.with_name("llm.cfg")
    config.write_text(f'[vars]\nkey = "{KEY_ENV}"\n\n' + config.read_text().replace(f'"{KEY_ENV}"', "${vars.key}"))
    assert f"{KEY_ENV} is not set" in examined(config=project)["llm: key"].found
    os.environ[KEY_ENV] = server.api_key = KEY
    checks = examined(config=project)
    assert checks["llm: key"].state is checks["llm: endpoint"].state is CheckState.OK


@pytest.mark.parametrize("model", ['[components.llm.model]\n@llm_models = "spacy.GPT-4.v2"\n', ""])
def test_the_key_of_a_stock_model_is_looked_for(write: Write, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    project = write()
    config = project.with_name("llm.cfg")
    config.write_text(config.read_text().split("[components.llm.model]")[0] + model)
    found = examined(config=project)["llm: key"]
    assert (found.state, "OPENAI_API_KEY is not set" in found.found) == (CheckState.FAIL, True)
    assert "export OPENAI_API_KEY" in found.todo


@pytest.mark.parametrize(
    ("which", "settings"),
    [
        ("tiebreak.NER.v1", {"structured": False}),
        ("tiebreak.NER.v1", {"parameters": {"response_format": {"type": "text"}}}),
        ("spacy.NER.v3", {}),
    ],
)
def test_nothing_is_said_of_a_schema_that_is_not_sent(
    write: Write, server: OpenAIServer, which: str, settings: dict[str, Any]
) -> None:
    checks = examined(config=write(which, **settings))
    assert checks["llm: endpoint"].state is CheckState.OK
    assert not any("structured" in name for name in checks)
    assert "json_schema" not in str(server.requests[0].body)


def test_azure_gets_its_key_and_its_query(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_AZURE", ("127.0.0.1",))
    server.api_key = KEY
    url = server.base_url.removesuffix("/v1") + f"{AZURE}?api-version=2024-06-01"
    [answered] = check_endpoint("llm", Endpoint(url, "test-model", key=KEY, structured=False))
    assert answered.state is CheckState.OK
    assert server.requests[0].path == f"{AZURE}/chat/completions?api-version=2024-06-01"
    assert server.requests[0].headers["api-key"] == KEY
    assert "authorization" not in server.requests[0].headers


@pytest.mark.full
@pytest.mark.parametrize(
    ("reply", "state", "found", "todo"),
    [
        (error(401, "Incorrect API key."), "FAIL", "HTTP 401: Incorrect API key.", "check the key"),
        (error(403, "No access."), "FAIL", "HTTP 403", "check the key"),
        (error(404, "No such model."), "FAIL", "HTTP 404", "the endpoint lists gpt-4, gpt-3.5-turbo"),
        (
            error(400, "temperature is not supported"),
            "FAIL",
            "temperature is not supported",
            "correct the option that it names",
        ),
        (error(500, "Oh no."), "FAIL", "HTTP 500: Oh no.", "server failed"),
        (rate_limited(1), "note", "HTTP 429", "busy"),
        (error(429, "You exceeded your current quota."), "FAIL", "quota", "credit is used up"),
        (Reply(308, headers={"Location": "https://elsewhere"}), "FAIL", "HTTP 308", "redirects"),
        (nonsense(), "FAIL", "not a chat completion: <html>", "usually ends in /v1"),
        (Reply(raw=b'{"choices": []}'), "FAIL", "not a chat completion", "base_url"),
        (Reply(raw=b"[1]"), "FAIL", "not a chat completion", "base_url"),
        (streamed("per", "son"), "FAIL", "sent a stream that was not asked for", "whole answers"),
        (tool_call(), "FAIL", "answered with a tool call", "remove the tools"),
        (hang(), "FAIL", "no answer within 1 seconds", "may still be loading"),
        (reset(), "FAIL", "cannot be reached", "start the server"),
    ],
)
def test_an_endpoints_error_is_reported_with_the_way_out(
    write: Write, server: OpenAIServer, reply: Reply, state: str, found: str, todo: str
) -> None:
    server.fail_when(lambda request: reply)
    check = examined(config=write(model="other-model", timeout=1.0))["llm: endpoint"]
    assert check.state == state
    assert found in check.found
    assert todo in check.todo


def test_an_endpoint_that_is_down_or_has_no_name_cannot_be_reached(write: Write) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    check = examined(config=write(base_url=url))["llm: endpoint"]
    assert check.state is CheckState.FAIL
    assert check.found == f"{url}: cannot be reached: Connection refused"
    check = examined(config=write(base_url="http://no-such-host.invalid/v1"))["llm: endpoint"]
    assert check.state is CheckState.FAIL


def test_a_check_that_does_not_end_is_left_behind() -> None:
    over = threading.Event()

    def endless() -> list[Check]:
        over.wait(60)
        return [ok("endless", "done")]

    started = time.monotonic()
    [check] = bounded("endless", endless, seconds=0.2)
    assert time.monotonic() - started < 2
    over.set()
    assert check.state is CheckState.FAIL
    assert "0.2 seconds" in check.found


def test_a_check_that_breaks_breaks_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> list[Check]:
        raise SystemExit("odd")

    monkeypatch.setattr("tiebreak.core.doctor.machine.check_disk", broken)
    checks = examined(store.path)
    assert checks["disk"].state is CheckState.FAIL
    assert "odd" in checks["disk"].found
    assert checks["store"].state is CheckState.OK


def test_a_missing_key_is_named_and_nothing_is_asked(write: Write, server: OpenAIServer) -> None:
    checks = examined(config=write(api_key_env=KEY_ENV))
    assert checks["llm: key"].state is CheckState.FAIL
    assert f"{KEY_ENV} is not set" in checks["llm: key"].found
    assert "llm: endpoint" not in checks
    assert not server.requests


def test_a_key_in_a_file_beside_the_config_is_found(write: Write, server: OpenAIServer, tmp_path: Path) -> None:
    server.api_key = KEY
    (tmp_path / ".env").write_text(f"{KEY_ENV}={KEY}\n")
    checks = examined(config=write(api_key_env=KEY_ENV))
    assert checks["llm: endpoint"].state is CheckState.OK
    assert str(tmp_path / ".env") in checks[".env"].found


def test_a_bad_env_file_is_one_fail_among_the_others(write: Write, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"A=1\n{KEY}\n")
    checks = examined(config=write())
    assert checks[".env"].state is CheckState.FAIL
    assert ".env:2" in checks[".env"].found
    assert checks["llm: endpoint"].state is CheckState.OK


ECHOES = [KEY, f"Bearer {KEY}", f'"{KEY}"', f"{KEY[:12]}******{KEY[-4:]}", f"...{KEY[-10:]}", KEY.replace("-", "%2D")]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 429, 500])
def test_no_key_is_ever_shown_though_the_endpoint_repeats_it(
    write: Write, server: OpenAIServer, monkeypatch: Any, echo: str, status: int
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    server.fail_when(lambda request: error(status, f"Incorrect API key provided: {echo}.") if request.body else None)
    checks = examined(config=write(api_key_env=KEY_ENV))
    assert "llm: endpoint" in checks
    shown = json.dumps([vars(check) for check in checks.values()])
    assert all(KEY[at : at + 8] not in shown for at in range(len(KEY) - 7))


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"“{KEY}”", f"{KEY} # mine"])
def test_a_key_that_no_header_can_hold_is_said_without_showing_it(write: Write, monkeypatch: Any, key: str) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    checks = examined(config=write(api_key_env=KEY_ENV))
    assert checks["llm: key"].state is CheckState.FAIL
    assert "white space or other characters" in checks["llm: key"].found
    assert KEY not in str(checks)


def test_a_password_in_the_address_is_not_shown(write: Write, server: OpenAIServer) -> None:
    url = server.base_url.replace("http://", "http://sam:hidden-word@")
    assert "hidden-word" not in str(examined(config=write(base_url=url)))


@given(key=st.text("abcdefgh0123456789-_", min_size=8, max_size=40), text=st.text(max_size=60), data=st.data())
def test_redacted_text_holds_no_eight_characters_of_a_key(key: str, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(key) - 1))
    end = data.draw(st.integers(start + 1, len(key)))
    at = data.draw(st.integers(0, len(text)))
    shown = redact(text[:at] + key[start:end] + text[at:], key)
    assert all(key[at : at + 8] not in shown for at in range(len(key) - 7))


def test_a_task_that_is_not_the_stores_is_named(write: Write, tmp_path: Path) -> None:
    with create_store(tmp_path / "cats.db", Task.TEXTCAT):
        pass
    project = write()
    project.write_text('[project]\ntask = "ner"\n' + project.read_text())
    check = examined(tmp_path / "cats.db", project)["config"]
    assert check.state is CheckState.FAIL
    assert "but the task of" in check.found
    assert "is textcat" in check.found


def test_the_config_that_a_store_names_is_reported_and_not_followed(
    write: Write, store: Store, server: OpenAIServer
) -> None:
    """A store from elsewhere could name any server, which would then get a key of the environment."""
    config = write()
    remember_config(store, config)
    checks = examined(store.path)
    assert checks["config"].state is CheckState.NOTE
    assert checks["config"].way_out == WayOut(Way.EXAMINE, str(config))
    assert "llm: endpoint" not in checks
    assert server.requests == []
    assert examined(store.path, config)["llm: endpoint"].state is CheckState.OK


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[predictors]\n[predictors.a]\npipelin = "x"\n', "pipelin: no such key"),
        ("nonsense", "not a config"),
        ('[predictors]\n[predictors.a]\npipeline = "none.cfg"\n', "none.cfg does not exist"),
    ],
)
def test_a_wrong_config_is_one_fail(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "wrong.cfg").write_text(content)
    check = examined(config=tmp_path / "wrong.cfg")["config"]
    assert check.state is CheckState.FAIL
    assert said in check.found
    assert examined(config=tmp_path / "missing.cfg")["config"].state is CheckState.FAIL


def test_a_pipeline_that_assembles_no_task_is_named(write: Write, tmp_path: Path) -> None:
    project = write()
    llm = tmp_path / "llm.cfg"
    llm.write_text(llm.read_text().replace("tiebreak.NER.v1", "spacy.NoSuch.v1"))
    assert examined(config=project)["llm: config"].state is CheckState.FAIL
    llm.write_text("nonsense")
    assert examined(config=project)["llm: key"].state is CheckState.FAIL


def test_a_spacy_pipeline_is_loaded_and_says_what_it_predicts(tmp_path: Path) -> None:
    project = tmp_path / "project.cfg"
    project.write_text(
        '[predictors]\n[predictors.a]\npipeline = "en_core_web_sm"\nlabel_map = "ORG,GPE:PLACE,LOC:PLACE"\n'
        '[predictors.b]\npipeline = "no_such_pipeline"\n'
    )
    checks = examined(config=project)
    assert checks["a: pipeline"].state is CheckState.OK
    assert checks["a: pipeline"].found.endswith("predicts PLACE, ORG (ner)")
    assert checks["b: pipeline"].state is CheckState.FAIL
    assert "python -m spacy download no_such_pipeline" in checks["b: pipeline"].found


@pytest.mark.parametrize(
    ("components", "state", "found"),
    [
        (["span_ruler"], CheckState.OK, "rules.cfg, predicts ORG (span_ruler)"),
        (["textcat"], CheckState.FAIL, "not trained: textcat"),
        (["sentencizer"], CheckState.FAIL, "no components that predict spans, only sentencizer"),
    ],
)
def test_a_config_without_an_llm_is_looked_at_for_whatever_task_it_has(
    tmp_path: Path, components: list[str], state: CheckState, found: str
) -> None:
    path = tmp_path / "rules.cfg"
    sections = "".join(f'[components.{name}]\nfactory = "{name}"\n' for name in components)
    ruler = """[initialize]
[initialize.components]
[initialize.components.span_ruler]
patterns = [{"label": "ORG", "pattern": [{"TEXT": {"REGEX": "^Acme$"}}]}]
"""
    path.write_text(
        f'[nlp]\nlang = "en"\npipeline = {json.dumps(components)}\n[components]\n{sections}'
        + (ruler if "span_ruler" in components else "")
    )
    check = examined(config=path)["rules: pipeline"]
    assert check.state is state
    assert found in check.found


class Named:
    """A model with these attributes."""

    def __init__(self, **attributes: object) -> None:
        vars(self).update(attributes)


def test_other_models_are_reported_without_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"GGUF" + bytes(100))
    [check] = check_model("llm", local_model(str(gguf)))
    assert (check.state, check.name) == (CheckState.OK, "llm: model")
    monkeypatch.setattr(predictors, "find_spec", lambda name: None)
    [check] = check_model("llm", local_model(str(gguf)))
    assert (check.state, check.todo) == (CheckState.FAIL, "`pip install xllamacpp`")
    gguf.write_bytes(b"no model")
    assert check_model("llm", Named(path=gguf))[0].state is CheckState.FAIL
    assert check_model("llm", Named(path=tmp_path / "none.gguf"))[0].state is CheckState.FAIL
    [check] = check_model("llm", Named(_name="gpt-4", _endpoint="https://example.org/v1/chat/completions?key=abc"))
    assert check.state is CheckState.NOTE
    assert "gpt-4 at https://example.org/v1/chat/completions:" in check.found
    assert check_model("llm", Named())[0].state is CheckState.NOTE


def test_a_store_is_only_looked_at(tmp_path: Path, data: Path) -> None:
    old = tmp_path / "old.db"
    shutil.copy(data / "store_v1.db", old)
    checks = examined(old)
    assert checks["store"].state is CheckState.NOTE
    assert "schema 1" in checks["store"].found
    assert checks["store integrity"].state is checks["store writing"].state is CheckState.OK
    assert old.read_bytes() == (data / "store_v1.db").read_bytes()


def test_nothing_can_be_written_through_it(store: Store) -> None:
    with open_unchanged(store.path) as unchanged, pytest.raises(StoreError, match="cannot be written"):
        unchanged.set_setting("config", "x")


def test_what_is_no_store_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("Not a database at all, just some text that is long enough." * 20)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE other (a)")
    assert "no such store" in examined(tmp_path / "missing.db")["store"].found
    assert "not a Tiebreak store" in examined(tmp_path / "text.db")["store"].found
    assert "not a Tiebreak store" in examined(tmp_path / "other.db")["store"].found
    assert "not a file" in examined(tmp_path)["store"].found
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.db", "text.db"]


def test_a_damaged_store_is_found(store: Store, predict: Callable[..., object], tmp_path: Path) -> None:
    predict(store, "left", {f"Acme number {number} grew" * 20: () for number in range(400)})
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content = bytearray(store.path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"\xa5" * 8192
    (tmp_path / "damaged.db").write_bytes(content)
    check = examined(tmp_path / "damaged.db")["store integrity"]
    assert check.state is CheckState.FAIL
    assert "backup" in check.todo


def test_a_row_that_refers_to_nothing_is_damage(store: Store) -> None:
    store.connection.execute("PRAGMA foreign_keys = OFF")
    store.execute("INSERT INTO queue (example_id, score, differences, tie) VALUES (7, 0, 0, x'00')")
    check = examined(store.path)["store integrity"]
    assert check.state is CheckState.FAIL
    assert "queue" in check.found


@pytest.mark.full
def test_a_locked_store_is_said_to_be_locked(store: Store) -> None:
    with store.transaction():
        check = examined(store.path)["store writing"]
    assert check.state is CheckState.FAIL
    assert "holds the store locked" in check.found


def test_a_store_without_wal_gets_a_note(store: Store) -> None:
    store.execute("PRAGMA journal_mode = DELETE")
    check = examined(store.path)["store"]
    assert check.state is CheckState.NOTE
    assert "journal_mode = WAL" in check.todo


@pytest.mark.parametrize(
    ("columns", "rows", "state"),
    [
        (80, 24, "ok"),
        (200, 60, "ok"),
        (79, 24, "note"),
        (80, 23, "note"),
        (60, 16, "note"),
        (59, 24, "FAIL"),
        (80, 15, "FAIL"),
    ],
)
def test_the_size_is_judged(columns: int, rows: int, state: str) -> None:
    [check] = check_size(Terminal(True, columns, rows))
    assert (check.state, check.found) == (state, f"{columns}x{rows}")


def test_no_terminal_is_no_failure() -> None:
    assert check_size(Terminal(False))[0].state is CheckState.NOTE
    assert not check_colours(Terminal(False))


@pytest.mark.parametrize(
    ("colours", "environment", "state", "shown"),
    [
        (16_777_216, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "ok", "16,777,216"),
        (256, {"TERM": "tmux-256color", "TMUX": "x"}, "ok", "in tmux"),
        (16, {"TERM": "screen", "TMUX": "x"}, "note", "default-terminal"),
        (16, {"TERM": "screen", "STY": "x"}, "note", "screenrc"),
        (16, {"TERM": "linux"}, "note", "TERM=linux"),
        (0, {"TERM": "xterm-256color", "NO_COLOR": "1"}, "note", "NO_COLOR"),
        (0, {"TERM": "dumb"}, "note", "TERM=dumb"),
        (0, {}, "note", "TERM is not set"),
    ],
)
def test_the_colours_are_reported(colours: int, environment: dict[str, str], state: str, shown: str) -> None:
    [check] = check_colours(Terminal(True, 80, 24, colours, environment=environment))
    assert check.state == state
    assert shown in check.found + check.todo


def test_a_locale_that_is_not_utf_8_gets_a_note() -> None:
    assert check_characters(Terminal(True, encoding="UTF-8"))[0].state is CheckState.OK
    [check] = check_characters(Terminal(True, encoding="ISO-8859-1", environment={"TMUX": "x"}))
    assert check.state is CheckState.NOTE
    assert "tmux -u" in check.todo

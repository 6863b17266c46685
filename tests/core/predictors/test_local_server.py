"""The server of a model on this machine: it serves, it refuses, and it never outlives its parent."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from openai import APIConnectionError, DefaultHttpxClient, OpenAI
from tiny_gguf import write_tiny_gguf
from waiting import wait_until

from tiebreak.core.errors import AnswerError, ConfigError, PredictorError
from tiebreak.core.predictors.gate import Gate
from tiebreak.core.predictors.local_model import LocalModel
from tiebreak.core.predictors.local_server import LocalServer, fingerprint_of
from tiebreak.core.records import LLMCall

needs_xllamacpp = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed: pip install xllamacpp"
)
needs_model = pytest.mark.skipif(
    not os.environ.get("TIEBREAK_TEST_GGUF"), reason="set TIEBREAK_TEST_GGUF to the GGUF file of a real model"
)

ENTITY = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 20},
        "label": {"type": "string", "enum": ["PERSON", "ORG", "LOCATION"]},
    },
    "required": ["text", "label"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"entities": {"type": "array", "items": ENTITY, "minItems": 1, "maxItems": 3}},
    "required": ["entities"],
    "additionalProperties": False,
}
STRUCTURED = {"type": "json_schema", "json_schema": {"name": "entities", "strict": True, "schema": SCHEMA}}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def ask(base_url: str, text: str, **options: Any) -> tuple[str, str]:
    """Return the model's answer and its finish reason."""
    # A proxy in the environment must not apply on this machine.
    client = OpenAI(api_key="none", base_url=base_url, max_retries=0, http_client=DefaultHttpxClient(trust_env=False))
    with client:
        choice = client.chat.completions.create(
            model="local", messages=[{"role": "user", "content": text}], max_tokens=300, seed=1, **options
        ).choices[0]
    return choice.message.content or "", str(choice.finish_reason)


def answers(base_url: str) -> bool:
    """Return whether a server answers there."""
    try:
        ask(base_url, "Who?")
    except APIConnectionError:
        return False
    return True


def check_entities(answer: str) -> list[dict[str, str]]:
    """Check that an answer follows the schema, and return its entities."""
    said = json.loads(answer)
    assert list(said) == ["entities"]
    assert 1 <= len(said["entities"]) <= 3
    for entity in said["entities"]:
        assert set(entity) == {"text", "label"}
        assert entity["label"] in ("PERSON", "ORG", "LOCATION")
    return list(said["entities"])


def test_a_missing_file_a_folder_and_another_format_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"\x08\x00\x00\x00{}")
    for path, message in (
        (tmp_path / "missing.gguf", "no such file"),
        (tmp_path, "cannot be read"),
        (other, "not a GGUF file"),
    ):
        for refuse in (LocalServer, fingerprint_of):
            with pytest.raises(ConfigError, match=f"{re.escape(str(path))}: {message}"):
                refuse(path)


@pytest.mark.parametrize("option", ["context_length", "parallel", "threads"])
def test_a_number_below_one_is_refused(tiny: Path, option: str) -> None:
    with pytest.raises(ConfigError, match=f"{option} is 0; it must be at least 1"):
        LocalServer(tiny, **{option: 0})


def test_without_xllamacpp_the_message_says_what_to_install(tiny: Path) -> None:
    program = (
        "import sys; sys.modules['xllamacpp'] = None\n"
        "from pathlib import Path\n"
        "from tiebreak.core.predictors.local_server import LocalServer\n"
        "from tiebreak.core.errors import PredictorError\n"
        "try: LocalServer(Path(sys.argv[1])).start()\n"
        "except PredictorError as error: print(error)\n"
    )
    result = subprocess.run([sys.executable, "-c", program, tiny], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == (f"{tiny}: a model on this machine needs xllamacpp: pip install xllamacpp")


def test_the_fingerprint_is_the_content_not_the_name(tmp_path: Path) -> None:
    body = bytes(range(256)) * 10_000
    first, moved, longer, other = (tmp_path / f"{name}.gguf" for name in ("first", "moved", "longer", "other"))
    first.write_bytes(b"GGUF" + body)
    moved.write_bytes(b"GGUF" + body)
    longer.write_bytes(b"GGUF" + body + b"\0")
    other.write_bytes(b"GGUF" + body[:-1] + b"\0")
    assert fingerprint_of(first) == fingerprint_of(moved)
    assert len({fingerprint_of(path) for path in (first, longer, other)}) == 3


def test_the_shipped_config_names_a_model_on_this_machine() -> None:
    from confection import Config

    with as_file(files("tiebreak.configs") / "local.cfg") as path:
        model = Config().from_disk(path)["components"]["llm"]["model"]
    assert model["@llm_models"] == "tiebreak.Local.v1"
    assert model["path"].endswith(".gguf")


@pytest.mark.full
@needs_xllamacpp
def test_many_requests_at_once_are_answered_within_the_schema_and_nothing_is_printed(
    tiny: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalServer(tiny, context_length=1024, parallel=2) as server:
        base_url = server.start()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", base_url)
        free, _ = ask(base_url, "Who?", temperature=1.0)
        with pytest.raises(json.JSONDecodeError):
            json.loads(free)
        with ThreadPoolExecutor(6) as pool:
            asked = pool.map(
                lambda n: ask(base_url, f"Text {n}", temperature=1.0, response_format=STRUCTURED), range(6)
            )
            for answer, finish_reason in asked:
                assert finish_reason == "stop"
                check_entities(answer)
        assert server.ended() is None
    assert not answers(base_url)
    assert tuple(capfd.readouterr()) == ("", "")


@needs_xllamacpp
def test_a_file_cut_short_cannot_be_loaded_and_the_reason_is_given(
    tiny: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny.read_bytes()[:-5000])
    server = LocalServer(cut)
    with pytest.raises(PredictorError, match=f"{re.escape(str(cut))}: the model cannot be loaded: .*(corrupt|bounds)"):
        server.start()
    server.stop()
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.full
@needs_xllamacpp
def test_a_server_that_was_killed_says_so_and_starts_again(tiny: Path) -> None:
    with LocalServer(tiny, context_length=256, parallel=1) as server:
        assert server._process is not None
        server._process.kill()
        server._process.wait()
        assert "SIGKILL; probably out of memory" in (server.ended() or "")
        assert answers(server.start())
        assert server.ended() is None


@pytest.mark.full
@needs_xllamacpp
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_server_dies_with_its_parent_even_if_a_forked_child_holds_its_pipe(tiny: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from tiebreak.core.predictors.local_server import LocalServer\n"
        "server = LocalServer(Path(sys.argv[1]), context_length=256, parallel=1)\n"
        "url = server.start()\n"
        "if os.fork() == 0:\n"
        "    os.close(1); time.sleep(20); os._exit(0)\n"
        "print(url, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tiny], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as owner:
        assert owner.stdout is not None
        base_url = owner.stdout.readline().strip()
        assert answers(base_url)
        owner.kill()
        owner.wait()
        try:
            wait_until(lambda: not answers(base_url), seconds=10)
        finally:
            os.killpg(owner.pid, signal.SIGKILL)  # the forked child


@pytest.mark.full
@needs_xllamacpp
def test_a_server_that_crashed_is_restarted_once_for_all_calls(tiny: Path) -> None:
    server = LocalServer(tiny, context_length=256, parallel=2)
    model = LocalModel(server, tiny, temperature=0.0, max_tokens=5, timeout=30.0, parallel=2)

    async def ask_all(count: int) -> list[LLMCall | None]:
        async def ask_one(number: int) -> LLMCall | None:
            try:
                return await model.ask(http, gate, f"Who is {number}?")
            except AnswerError as error:  # cut-off nonsense, but an answer
                return error.call

        gate = Gate(count, patience=60.0)
        async with model.session() as http:
            return await asyncio.gather(*map(ask_one, range(count)))

    try:
        assert asyncio.run(ask_all(1)) != [None]
        assert server.pid is not None
        crashed = server.pid
        os.kill(crashed, signal.SIGKILL)
        assert None not in asyncio.run(ask_all(4))
        assert server.pid not in (None, crashed)
        assert [pid for pid in children() if pid != crashed] == [server.pid]
    finally:
        model.close()
    assert server.pid is None


def children() -> list[int]:
    """Return the processes that this one started and has not waited for."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


@needs_xllamacpp
@needs_model
def test_a_real_model_keeps_to_the_schema() -> None:
    path = Path(os.environ["TIEBREAK_TEST_GGUF"])
    task = "List the PERSON, ORG and LOCATION entities of the text as JSON.\nText: Ada Lovelace met Tim Cook in London."
    with LocalServer(path, context_length=1024, parallel=1) as server:
        answer, finish_reason = ask(server.start(), task, temperature=0.0, response_format=STRUCTURED)
    assert finish_reason == "stop"
    assert any(entity["text"] in task for entity in check_entities(answer))

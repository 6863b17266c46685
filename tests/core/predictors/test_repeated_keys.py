"""A key that an endpoint repeats, in any form and place, gets into no file and no message."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import openai_server
import pytest
from llm_configs import load, run, write_llm
from openai_server import OpenAIServer, Reply, error

from tiebreak.core.doctor.endpoint import Endpoint, check_endpoint
from tiebreak.core.errors import TiebreakError
from tiebreak.core.predictors.foreign_model import ForeignModel
from tiebreak.core.store.connection import Store

KEY = 'sk-tie/break+"0123456789"abcdef='  # all its forms differ
KEY_ENV = "TIEBREAK_TEST_KEY"
FORMS = (KEY, quote(KEY, safe=""), json.dumps(KEY)[1:-1], base64.b64encode(KEY.encode()).decode())
ENTITIES = '{"entities": [{"text": "Uber", "label": "ORG"}]}'


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)


def replies(form: str) -> list[Reply]:
    said = json.dumps(f"Bearer {form}")
    return [
        Reply(content=f"{ENTITIES} {form}"),
        Reply(content=ENTITIES, choice={"finish_reason": form}),
        Reply(content=ENTITIES, choice={"error": {"message": form, "code": 500}}),
        error(400, f"{form} is not welcome"),
        error(503, f"{'x' * 180} {form}"),
        Reply(403, raw=f"<html>{'x' * 180} {form}</html>".encode()),
        Reply(raw=f'{{"said": {said}}}'.encode()),
        Reply(302, raw=b"", headers={"Location": f"https://host/{form}/chat/completions"}),
        Reply(content=ENTITIES, headers={"x-ratelimit-reset-requests": form, "x-ratelimit-remaining-tokens": form}),
        Reply(content=ENTITIES, headers={"X Key": form}),  # not a valid header
    ]


def parts(text: str) -> list[str]:
    """Return the forms of the key that are in `text`, whole or cut."""
    return [form for form in FORMS if form[:12] in text]


@pytest.mark.parametrize("number", range(len(replies(""))))
def test_no_file_and_no_message_holds_a_key(store: Store, server: OpenAIServer, tmp_path: Path, number: int) -> None:
    cache = tmp_path / "cache.db"
    load(store, *(f"Uber fell {at}" for at in range(len(FORMS))))
    repeated, said = set(), []

    def answer(prompt: str) -> Reply:
        form = next(form for at, form in enumerate(FORMS) if f"Uber fell {at}" in prompt)
        repeated.add(form)
        return replies(form)[number]

    server.answer = answer
    try:
        progress = run(store, write_llm(tmp_path, server.base_url, api_key_env=KEY_ENV, patience=0.1), cache=cache)
        said = [progress.message, progress.last_error or ""]
    except TiebreakError as raised:
        said = [str(raised)]
    assert repeated  # all of them, unless the first ends the run
    assert not parts("\n".join(said))
    files = [file for kept in (store.path, cache) for file in kept.parent.glob(f"{kept.name}*")]
    assert any(file.name.endswith("-wal") for file in files)
    assert not [file for file in files if parts(file.read_bytes().decode("latin-1"))]


@pytest.mark.full
@pytest.mark.parametrize("filled", [190, 490])
def test_a_key_is_hidden_before_a_message_is_cut(
    store: Store, server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filled: int
) -> None:
    load(store, "Uber fell")
    server.api_key = "another"
    for form in FORMS:
        body = f"{'x' * filled} {form}"
        for reply in (error(401, body), Reply(401, raw=body.encode())):
            monkeypatch.setattr(openai_server, "unauthorized", lambda reply=reply: reply)
            with pytest.raises(TiebreakError) as raised:
                run(store, write_llm(tmp_path, server.base_url, api_key_env=KEY_ENV))
            assert not parts(str(raised.value))
            checks = check_endpoint("llm", Endpoint(server.base_url, "test-model", KEY_ENV, KEY))
            assert not parts("".join(check.found for check in checks))


def test_a_password_in_the_address_is_hidden_too(store: Store, server: OpenAIServer, tmp_path: Path) -> None:
    load(store, "Uber fell")
    secret = base64.b64encode(b"sam:pass-word-1").decode()
    server.answer = lambda _: error(400, f"pass-word-1, Basic {secret}")
    address = server.base_url.replace("http://", "http://sam:pass-word-1@")
    said = str(run(store, write_llm(tmp_path, address)).last_error)
    assert "HTTP 400" in said
    assert "pass-word-1" not in said
    assert secret not in said


def test_models_of_others_that_repeat_a_key_are_read_without_it() -> None:
    call = ForeignModel(lambda _: [[f"{ENTITIES} {KEY}"]], "a model").answer("a prompt")
    assert not parts(str(call))

    def fail(_: object) -> None:
        raise ValueError(f"{'x' * 480} {KEY}")

    with pytest.raises(TiebreakError) as raised:
        ForeignModel(fail, "a model").answer("a prompt")
    assert not parts(str(raised.value))

"""An endpoint refuses structured output while many calls are in flight: no text is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from llm_configs import ModelAnswer, load, run, write_llm
from openai_server import OpenAIServer, Reply, Request, error, task_text

from tiebreak.core.predictors.gate import Gate
from tiebreak.core.predictors.openai_model import OpenAIModel, openai_model
from tiebreak.core.predictors.tasks.prompt import Prompt
from tiebreak.core.records import LLMCall
from tiebreak.core.store.connection import Store

ANSWER = json.dumps({"entities": [{"text": "Acme", "label": "ORG"}]})
TOGETHER = 16  # calls in flight
STEP = 0.01  # seconds between two refusals; the first comes once all calls are in flight
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


@pytest.fixture
def model_answer() -> ModelAnswer:
    return lambda prompt: ANSWER


def asked(request: Request) -> str | None:
    form: str | None = (request.body.get("response_format") or {}).get("type")
    return form


def refuse(server: OpenAIServer, refused: Sequence[str], order: Sequence[int]) -> None:
    """Refuse these formats; the refusal of the n-th text is the `order[n]`-th that arrives."""

    def answer(request: Request) -> Reply | None:
        number = int(task_text(request.prompt).rpartition(" ")[2])
        if asked(request) not in refused:
            return None
        return replace(error(400, "not supported"), delay=0.1 + STEP * order[number])

    server.fail_when(answer)


def shuffled(seed: int) -> list[int]:
    order = list(range(TOGETHER))
    Random(seed).shuffle(order)
    return order


ORDERS = [list(range(TOGETHER)), list(range(TOGETHER))[::-1], [0] * TOGETHER, shuffled(1), shuffled(2)]


@pytest.mark.full
@pytest.mark.parametrize("refused", [["json_schema"], ["json_schema", "json_object"]], ids=" and ".join)
@pytest.mark.parametrize("order", ORDERS, ids=["in order", "backwards", "at once", "shuffled", "shuffled again"])
def test_calls_that_were_refused_on_their_way_go_on_with_what_the_endpoint_takes(
    store: Store, server: OpenAIServer, tmp_path: Path, refused: list[str], order: list[int]
) -> None:
    refuse(server, refused, order)
    load(store, *(f"Acme {number}" for number in range(TOGETHER)))
    progress = run(store, write_llm(tmp_path, server.base_url, concurrency=TOGETHER))
    assert (progress.ok, progress.failed) == (TOGETHER, 0)
    assert server.in_flight_peak == TOGETHER
    assert "the endpoint refuses structured output" in progress.message
    load(store, "Acme 0 again 0")
    before = server.calls
    assert run(store, write_llm(tmp_path, server.base_url)).ok == 1
    assert server.calls == before + 1 + len(refused)  # another process has to find out again


async def together(model: OpenAIModel, prompts: Sequence[str]) -> list[Any]:
    gate = Gate(TOGETHER)
    async with model.session() as http:
        calls = (model.ask(http, gate, prompt) for prompt in prompts)
        return await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.parametrize("refused", [["json_schema"], ["json_schema", "json_object"]], ids=" and ".join)
def test_an_answer_to_a_prompt_without_a_form_says_nothing_of_forms(server: OpenAIServer, refused: list[str]) -> None:
    model = openai_model("test-model", base_url=server.base_url, api_key_env=None, retries=0)
    refuse(server, refused, shuffled(3))
    plain = asyncio.run(together(model, ["plain 0"]))
    structured = asyncio.run(together(model, [Prompt(f"Acme {number}", FORM) for number in range(TOGETHER)]))
    assert all(isinstance(call, LLMCall) for call in plain + structured), structured
    assert model.notice


def test_a_text_that_is_refused_in_every_form_is_lost_alone(server: OpenAIServer) -> None:
    model = openai_model("test-model", base_url=server.base_url, api_key_env=None, retries=0)

    def answer(request: Request) -> Reply | None:
        too_long = request.prompt == "Acme 3"
        return error(400, "too long") if too_long or asked(request) == "json_schema" else None

    server.fail_when(answer)
    outcomes = asyncio.run(together(model, [Prompt(f"Acme {number}", FORM) for number in range(TOGETHER)]))
    assert [index for index, each in enumerate(outcomes) if not isinstance(each, LLMCall)] == [3]
    assert "too long" in str(outcomes[3])

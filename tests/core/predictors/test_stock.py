"""Stock models of spacy-llm: those that Tiebreak's model replaces, and the options that it takes over."""

from __future__ import annotations

from typing import Any

import pytest
from confection import Config

from tiebreak.core.predictors.stock import on_our_model


def config(model: object, factory: str = "llm") -> Any:
    component = {"factory": factory} if model is None else {"factory": factory, "model": model}
    return Config({"components": {"one": component}})


def stock(name: str = "spacy.GPT-4.v3", **options: Any) -> dict[str, Any]:
    return {"@llm_models": name, **options}


def test_a_chat_model_of_openai_is_replaced_with_its_options() -> None:
    parameters = {"temperature": 0.5, "max_tokens": 9, "n": 1, "model": "x", "top_p": 0.9}
    given = config(stock(name="spacy.GPT-4.v3", config=parameters, max_tries=3, max_request_time=12, context_length=99))
    assert on_our_model(given) == ["gpt-4"]
    ours = given["components"]["one"]["model"]
    assert ours == {
        "@llm_models": "tiebreak.OpenAI.v1",
        "name": "gpt-4",
        "temperature": 0.5,
        "max_tokens": 9,
        "parameters": {"top_p": 0.9},
        "timeout": 12.0,
        "retries": 2,
        "context_length": 99,
    }


def test_an_endpoint_of_chats_becomes_the_base_url() -> None:
    given = config(stock(endpoint="http://localhost:8000/v1/chat/completions"))
    assert on_our_model(given) == ["gpt-4"]
    assert given["components"]["one"]["model"]["base_url"] == "http://localhost:8000/v1"


def test_without_a_model_it_is_the_one_that_spacy_llm_takes() -> None:
    assert on_our_model(config(None)) == ["gpt-3.5-turbo"]


@pytest.mark.parametrize(
    "model",
    [
        stock("spacy.Claude-2.v1"),
        stock("spacy.GPT-4.v3", endpoint="http://localhost:8000/v1/completions"),
        stock("spacy.GPT-4.v3", endpoint=7),
        {"@llm_models": "spacy.GPT-3-5.v3", "name": "gpt-3.5-turbo-instruct"},
        {"@llm_models": 3},
        "gpt-4",
    ],
)
def test_other_models_stay_as_they_are(model: object) -> None:
    given = config(model)
    before = given.copy()
    assert on_our_model(given) == []
    assert given == before


def test_a_component_that_is_no_llm_stays_as_it_is() -> None:
    assert on_our_model(config(stock(), factory="ner")) == []
    assert on_our_model(Config({"nlp": {}})) == []

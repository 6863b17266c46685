"""Replacing spacy-llm's stock models, which ask about one text after the other, by Tiebreak's with the same options."""

from __future__ import annotations

import inspect
from typing import Any

_OUR_MODEL = "tiebreak.OpenAI.v1"
CHAT_MODELS = ("spacy.GPT-4.", "spacy.GPT-3-5.")
DEFAULT_MODEL = "spacy.GPT-3-5.v2"  # spacy-llm's choice if a component names no model


def on_our_model(config: Any) -> list[str]:
    """Replace OpenAI's chat models in the `llm` components of `config` (confection's, changed in place).

    Returns the names of the replaced models.
    """
    replaced = []
    for name, component in (config.interpolate().get("components") or {}).items():
        if not isinstance(component, dict) or component.get("factory") != "llm":
            continue
        model = component.get("model", {"@llm_models": DEFAULT_MODEL})
        if isinstance(model, dict) and (replacement := _replacement(model)) is not None:
            config["components"][name]["model"] = replacement
            replaced.append(str(replacement["name"]))
    return replaced


def _replacement(model: dict[str, Any]) -> dict[str, Any] | None:
    stock = model.get("@llm_models")
    if not isinstance(stock, str) or not stock.startswith(CHAT_MODELS):
        return None
    from spacy_llm.models.rest.openai.model import OpenAI
    from spacy_llm.registry import registry

    named = inspect.signature(registry.llm_models.get(stock)).parameters
    options = {name: each.default for name, each in named.items() if each.default is not each.empty} | model
    name, endpoint = options.get("name"), options.get("endpoint")
    if not isinstance(name, str) or "instruct" in name or not (endpoint is None or _is_chat(endpoint)):
        return None  # not a chat model: spacy-llm calls it in another way
    parameters = dict(options.get("config") or {})
    if parameters.get("n") == 1:
        del parameters["n"]
    replacement = {
        "@llm_models": _OUR_MODEL,
        "name": name,
        "temperature": parameters.pop("temperature", None),
        "max_tokens": parameters.pop("max_tokens", None),
        "parameters": {key: value for key, value in parameters.items() if key not in ("model", "messages", "stream")},
        "timeout": float(options.get("max_request_time", 30)),
        "retries": max(0, int(options.get("max_tries", 5)) - 1),
        "context_length": options.get("context_length") or OpenAI._get_context_lengths().get(name),
    }
    if endpoint is not None:
        replacement["base_url"] = str(endpoint).removesuffix("/chat/completions")
    return replacement


def _is_chat(endpoint: object) -> bool:
    return isinstance(endpoint, str) and endpoint.endswith("/chat/completions")

"""A prompt with the form of answer that it asks for, and what a task leaves for its predictor."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self

# The folder of the config that is being assembled: what its tasks name is looked for there first.
CONFIG_FOLDER: ContextVar[Path | None] = ContextVar("CONFIG_FOLDER", default=None)

# The key of `doc.user_data` under which tasks write what they placed, in code points, and what they dropped.
RESULTS = "tiebreak"


class Prompt(str):
    """A prompt, with the form of answer that it asks for: OpenAI's `response_format`."""

    response_format: dict[str, Any] | None

    def __new__(cls, text: str, response_format: dict[str, Any] | None = None) -> Self:
        prompt = super().__new__(cls, text)
        prompt.response_format = response_format
        return prompt


def json_schema(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The `response_format` for an object with `properties`, strict as OpenAI wants it: all required, no others."""
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "strict": True, "schema": closed_object(properties)},
    }


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with all of `properties` and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

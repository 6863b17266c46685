"""A prompt with the form of its answer, and the names under which a task and its predictor meet."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self

# The folder of the config that is being assembled: its tasks look for files there first.
CONFIG_FOLDER: ContextVar[Path | None] = ContextVar("CONFIG_FOLDER", default=None)

# The key of `doc.user_data` under which tasks write the spans that they placed, in code points, and those they dropped.
RESULTS = "tiebreak"


class Prompt(str):
    """A prompt, with the form of its answer: OpenAI's `response_format`."""

    response_format: dict[str, Any] | None

    def __new__(cls, text: str, response_format: dict[str, Any] | None = None) -> Self:
        prompt = super().__new__(cls, text)
        prompt.response_format = response_format
        return prompt


def json_schema(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Make the `response_format` of an object, as OpenAI's strict mode wants it: all `properties`, no others."""
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "strict": True, "schema": closed_object(properties)},
    }


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    """Make the JSON schema of an object with all of `properties` and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

"""The parts of an LLM component's prompts; comparing them shows how the prompts of two runs differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def prompt_parts(components: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts of the tasks' prompts by name, each as text, with one line for each label or example.

    With several components, a part's name begins with the component's. A task that is neither Tiebreak's nor
    spacy-llm's has no known parts.
    """
    found = {}
    for name, task in components.items():
        for part, text in _parts(task).items():
            found[part if len(components) == 1 else f"{name}: {part}"] = text
    return found


def _parts(task: Any) -> dict[str, str]:
    template = _first(task, "prompt_template", "_template")
    if not isinstance(template, str):
        return {}
    labels = _first(task, "labels", "_label_dict")
    definitions = _first(task, "label_definitions", "_label_definitions")
    examples = _first(task, "examples", "_prompt_examples")
    parts = {
        "template": template,
        "labels": "\n".join(map(str, labels.values() if isinstance(labels, Mapping) else labels or ())),
        "label definitions": "\n".join(f"{label}: {each}" for label, each in (definitions or {}).items()),
        "description": str(_first(task, "description", "_description") or ""),
        "examples": _example_lines(examples or (), getattr(task, "max_examples", None)),
    }
    return {part: text for part, text in parts.items() if text}


def _first(task: Any, *names: str) -> Any:
    """Return the task's value under the first of these names that it has."""
    return next((getattr(task, name) for name in names if hasattr(task, name)), None)


def _example_lines(examples: Iterable[Any], most: int | None) -> str:
    return "\n".join(json.dumps(_fields(each), ensure_ascii=False, default=str) for each in list(examples)[:most])


def _fields(example: Any) -> Any:
    """Return the fields of an example: Tiebreak's own, or a pydantic model of spacy-llm's."""
    for name in ("_asdict", "model_dump", "dict"):
        if hasattr(example, name):
            return getattr(example, name)()
    return vars(example) if hasattr(example, "__dict__") else str(example)

"""Lists of labels as people write them in a config: what is no JSON comes as one string."""

from __future__ import annotations

import re
from typing import Any

from tiebreak.core.errors import ConfigError

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»"}
_ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’|«[^»]*»|[^,"'“‘«][^,]*|)\s*(,|\Z)""")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


def split_labels(where: str, text: str) -> list[str]:
    """The labels of a string with commas, be it in brackets, and each label in quotes, or some.

    Raises ConfigError, which names `where`, for a bracket or a quote that has no other: it would stand in a label.
    """
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    labels, at = [], 0
    while found := _ITEM.match(inner, at):
        labels.append(_unquoted(found[1].strip()))
        at = found.end()
        if not found[2]:
            break
    whole = found is not None and all(_is_closed(label) for label in labels)
    if not whole:
        raise ConfigError(f'{where}: {text!r} is no list; write it as ["ONE", "OTHER"], each label in double quotes')
    return [label for label in labels if label]


def mend_labels(config: Any) -> None:
    """Give the tasks of the `llm` components of `config` (confection's, changed in place) the labels that are meant.

    spacy-llm's tasks split such a string at its commas alone. Strings that they read rightly stay as they are, and with
    them what has been predicted by the config.
    """
    for name, component in (config.interpolate().get("components") or {}).items():
        is_llm = isinstance(component, dict) and component.get("factory") == "llm"
        task = component.get("task") if is_llm else None
        if not isinstance(task, dict) or not isinstance(given := task.get("labels"), str):
            continue
        labels = split_labels(f"[components.{name}.task] labels", given)
        if labels != [label for each in given.split(",") if (label := each.strip())]:
            has_commas = any("," in label for label in labels)  # the first version of a task takes no list
            meant = labels if has_commas else ", ".join(labels)
            config["components"][name]["task"] = {**task, "labels": meant}  # which may have been a variable


def _unquoted(label: str) -> str:
    is_quoted = len(label) > 1 and _QUOTES.get(label[0]) == label[-1]
    return label[1:-1].strip() if is_quoted else label


def _is_closed(label: str) -> bool:
    """Whether no bracket or quote of `label` has its other one elsewhere; an apostrophe within a word is none."""
    if label[:1] in _QUOTES or label[-1:] in (*_QUOTES, *_QUOTES.values()) or "\n" in label:
        return False
    return all(label.count(first) == label.count(last) for first, last in _BRACKETS)

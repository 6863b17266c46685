"""Reading the JSON in an LLM's answer, and the mentions and labels in that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from tiebreak.core.errors import AnswerError
from tiebreak.core.predictors.placing import LABEL_UNKNOWN, UNREADABLE, Mention, dropped
from tiebreak.core.predictors.tasks.values import DECODER, JSONValues

TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+")|,(\s*[\]}])')
FENCE = re.compile(r"^\s*```\w*\s*$", re.MULTILINE)
_THOUGHT = re.compile(r"^\s*<think(?:ing)?>", re.IGNORECASE | re.MULTILINE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SHOWN = 200  # characters of an unreadable answer or item; messages and records quote them


def json_in(response: str, fits: Callable[[Any], bool]) -> Any:
    """Return the JSON value in `response` that `fits`: alone, in a code fence, or amid prose.

    An object goes before a list, and a list with items before an empty list: brackets in prose are JSON too. If objects
    differ, the last is meant if the prose before it takes the others back. Raises AnswerError if no value fits, or if
    several differ and it is unclear which was meant.
    """
    answer = final_answer(response)
    if not answer:
        raise AnswerError("the answer is empty")
    found = JSONValues(answer, fits)
    if len(corrected := JSONValues(TRAILING_COMMA.sub(r"\1\2", answer), fits)) > len(found):
        found = corrected
    if not len(found):
        if fits(each_line := _lines(answer)):
            return each_line
        raise AnswerError(f"the answer holds no JSON that the task can read: {one_line(response)}")
    if (meant := found.meant()) is None:
        raise AnswerError(f"the answer holds several results: {one_line(response)}")
    return meant.value


def _lines(answer: str) -> list[Any] | None:
    """Return the objects of an answer with one object on each line; None if it has anything else."""
    objects = []
    for line in FENCE.sub("", answer).split("\n"):
        if line := line.strip().rstrip(","):
            try:
                objects.append(DECODER.decode(line))
            except (ValueError, RecursionError):
                return None
    return objects if len(objects) > 1 and all(isinstance(each, dict) for each in objects) else None


def bare_words(response: str) -> str:
    """Return the words of an answer without JSON: no quotes, emphasis or full stop around them."""
    return final_answer(response).strip(" \t\n\"'`*.")


def final_answer(response: str) -> str:
    """Return `response` without the model's thoughts; "" if the thoughts do not end."""
    *_, final = _THOUGHT_END.split(response)
    return "" if _THOUGHT.search(final) else final.strip().removeprefix("\ufeff")


def is_entities(value: Any) -> bool:
    """Return whether `value` is an answer of mentions: `{"entities": [...]}`, the bare list, or words by label."""
    if isinstance(value, dict):
        entities = value.get("entities", 0)
        return entities is None or isinstance(entities, list) or _is_by_label(entities)
    return isinstance(value, list) and (not value or any(isinstance(item, dict) and "text" in item for item in value))


def _is_by_label(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(words, list) for words in value.values())


def is_categories(value: Any) -> bool:
    """Return whether `value` is an answer of categories: `{"label": ...}`, `{"labels": [...]}`, or the bare list."""
    if isinstance(value, dict):
        return isinstance(value.get("label", 0), str | list | None) or isinstance(value.get("labels"), str | list)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


class Labels:
    """The labels of a task; the look-up is exact first, then ignores case."""

    def __init__(self, labels: Iterable[str]) -> None:
        given = list(labels)
        self._exact = set(given)
        self._folded = {label.casefold(): label for label in reversed(given)}

    def get(self, label: str) -> str | None:
        label = label.strip()
        return label if label in self._exact else self._folded.get(label.casefold())


def read_mentions(value: Any, labels: Labels) -> tuple[list[Mention], list[dict[str, Any]]]:
    """Return the mentions of an answer that `is_entities`, and its lost items: unreadable, or of an unknown label."""
    mentions: list[Mention] = []
    lost: list[dict[str, Any]] = []
    items = value["entities"] or [] if isinstance(value, dict) else value
    if isinstance(items, dict):
        items = [{"text": words, "label": label} for label in items for words in items[label]]
    for item in items:
        text, label = (item.get("text"), item.get("label")) if isinstance(item, dict) else (None, None)
        if not isinstance(text, str) or not isinstance(label, str):
            lost.append(dropped(clean(text) or shown(item), clean(label), UNREADABLE))
        elif known := labels.get(label):
            mentions.append(Mention(clean(text), known))
        else:
            lost.append(dropped(clean(text), clean(label), LABEL_UNKNOWN))
    return mentions, lost


def read_categories(value: Any, labels: Labels) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the labels of an answer that `is_categories`, and its lost items: not labels of the task."""
    items = value
    if isinstance(value, dict):
        items = value["labels"] if isinstance(value.get("labels"), str | list) else value["label"]
        items = items if isinstance(items, list) else [items]
    known: list[str] = []
    lost: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, str) and (label := labels.get(item)):
            known.append(label)
        elif isinstance(item, str) and item.strip():
            lost.append(dropped(clean(item), clean(item), LABEL_UNKNOWN))
        elif item is not None:
            lost.append(dropped(shown(item), "", UNREADABLE))
    return known, lost


def clean(value: Any) -> str:
    """Replace halves of surrogate pairs in a string, since no file could hold them; "" for any other value."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else ""


def shown(item: Any) -> str:
    return clean(json.dumps(item, ensure_ascii=False))[:_SHOWN]


def one_line(response: str) -> str:
    return clean(" ".join(response.split()))[:_SHOWN]

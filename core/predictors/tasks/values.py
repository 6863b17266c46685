"""The JSON values in an answer, their places, and which of them is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

BRACKET = re.compile(r"[\[{]")
_WRAPPERS = frozenset({"answer", "data", "output", "response", "result", "results"})
_OBJECT = re.compile(r'\{\s*"')  # the beginning of an object, unlike braces in prose
_FENCE = re.compile(r"```\w*")
# The beginning of an invented further text, in an answer that imitates the prompt.
_NEXT_TEXT = re.compile(
    r"'''|^\W*(text|input|question|user|human|example|passage)\b[^\n:]*:", re.IGNORECASE | re.MULTILINE
)
# Words that announce the answer, or take back an earlier object. Those of `_TAKES_BACK` are weaker signs.
_FINAL = re.compile(
    r"\b(final(ly)?|instead|actual(ly)?|correct(ed|ion|ly)?|revis\w*|reconsider\w*|reject\w*|wrong|mistake\w*|wait|"
    r"rather|sorry|hmm+|conclu\w*|reflection|second thoughts?|(answer|result|output|json)(?!\W*\d))\b",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(but|however|though|although|no|not|\w+n['’]t|none|nothing|nobody|only|so|thus|therefore|hence|then|better)\b",
    re.IGNORECASE,
)
# Words right before an object that say that it is not the answer; with a word of `_ANNOUNCES` it is the answer.
_REJECTS = re.compile(
    r"\b(reject\w*|discard\w*|dismiss\w*|against|rul\w+ out|consider(ed|ing)|candidates?|alternatives?|drafts?)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(r"\b(final(ly)?|instead|correct(ed|ion)?|answer|result|output)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;\n]")
# Words that announce a further object.
_LISTS = re.compile(
    r"\b(or|also|another|other|additional(ly)?|moreover|next|second|third|last|further(more)?|sentence|paragraph|part)\b",
    re.IGNORECASE,
)


class JSONValue(NamedTuple):
    """A JSON value, and its place in the answer; `is_whole` is False if it only begins like an object."""

    value: Any
    start: int
    end: int
    is_object: bool
    is_whole: bool = True


class JSONValues:
    """The values in `answer` that fit, alone or as the only value of an object, under a name like `result`."""

    def __init__(self, answer: str, fits: Callable[[Any], bool]) -> None:
        self._answer = answer
        self._fitting: list[JSONValue] = []
        self._broken: list[JSONValue] = []
        for each in _values(answer):
            if not each.is_whole:
                self._broken.append(each)
            elif fits(_unwrapped(each.value)):
                self._fitting.append(each._replace(value=_unwrapped(each.value)))

    def __len__(self) -> int:
        return len(self._fitting)

    def meant(self) -> JSONValue | None:
        """Return the value that is meant; None if that is unclear, or if a broken value may be meant."""
        rivals = self._rivals()
        last = rivals[-1]
        if any(each.start > last.end for each in self._broken) or self._is_overruled(last):
            return None
        differing = [index for index, each in enumerate(rivals) if each.value != last.value]
        if not differing:
            return last
        if not last.is_object or not self._is_at_the_end(last):
            return None
        before, after = rivals[differing[-1]], rivals[differing[-1] + 1]
        between = self._answer[before.end : after.start]
        if _is_rejected(between):
            return None
        if all(_items(rivals[index].value) <= _items(last.value) for index in differing):
            return last  # nothing is lost
        return last if _is_taken_back(between) else None

    def _rivals(self) -> list[JSONValue]:
        objects = [each for each in self._fitting if each.is_object]
        return objects or [each for each in self._fitting if each.value] or self._fitting

    def _is_at_the_end(self, value: JSONValue) -> bool:
        return not re.search(r"\w", self._answer[value.end :])

    def _is_overruled(self, chosen: JSONValue) -> bool:
        """Return whether a different list is at the very end of the answer; brackets in prose are not found there."""
        end = self._fitting[-1]
        if end.start < chosen.end or not self._is_at_the_end(end) or re.match(r"\w", self._answer[end.start - 1]):
            return False
        within = chosen.value.values() if isinstance(chosen.value, dict) else ()
        return end.value != chosen.value and end.value not in within


def _unwrapped(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() <= _WRAPPERS and len(value) == 1:
        [value] = value.values()
    return value


def _items(value: Any) -> set[str]:
    """Return the items that a value lists, each as JSON."""
    if isinstance(value, dict):
        return {item for each in value.values() for item in _items(each)}
    items = value if isinstance(value, list) else [] if value is None else [value]
    return {json.dumps(item, sort_keys=True) for item in items}


def _is_rejected(between: str) -> bool:
    """Return whether the sentence before the second of two objects says that it was only considered."""
    *_, leading = _SENTENCE_END.split(_FENCE.sub(" ", between).rstrip())
    return bool(_REJECTS.search(leading)) and not _ANNOUNCES.search(leading)


def _is_taken_back(between: str) -> bool:
    """Return whether the text between two objects that differ says that the second object is the answer.

    Headings and numbers do not say so: the objects may be the answers for two sentences, or for two labels. A code
    fence around the second object alone does.
    """
    if _NEXT_TEXT.search(between):
        return False
    prose = _FENCE.sub(" ", between)
    if not re.search(r"\w", prose):
        return between.count("```") == 1
    return bool(_FINAL.search(prose) or (_TAKES_BACK.search(prose) and not _LISTS.search(prose)))


def _values(answer: str) -> Iterator[JSONValue]:
    """Yield the objects and lists in `answer`; but no list after a broken value, which may have held it."""
    whole = True
    bracket = BRACKET.search(answer)
    while bracket:
        start = bracket.start()
        try:
            value, end = DECODER.raw_decode(answer, start)
        except ValueError:
            whole, end = False, bracket.end()
            if _OBJECT.match(answer, start):
                yield JSONValue(None, start, end, is_object=True, is_whole=False)
        except RecursionError:
            return
        else:
            if whole or isinstance(value, dict):
                yield JSONValue(value, start, end, isinstance(value, dict))
        bracket = BRACKET.search(answer, end)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a JSON object from `pairs`. Raises ValueError if a key occurs twice: one of its values would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice")
    return found


DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_object)

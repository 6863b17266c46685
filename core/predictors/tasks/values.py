"""The JSON values in an answer, where they stand, and which of them is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

BRACKET = re.compile(r"[\[{]")
_WRAPPERS = frozenset({"answer", "data", "output", "response", "result", "results"})
_OBJECT = re.compile(r'\{\s*"')  # how one begins; braces in prose do not
_FENCE = re.compile(r"```\w*")
# How an answer goes on that imitates the prompt: with a text of its own, and what that holds.
_NEXT_TEXT = re.compile(
    r"'''|^\W*(text|input|question|user|human|example|passage)\b[^\n:]*:", re.IGNORECASE | re.MULTILINE
)
# Words that say that now the answer comes, or that what came before is none; those of the second kind mean less.
_FINAL = re.compile(
    r"\b(final(ly)?|instead|actual(ly)?|correct(ed|ion|ly)?|revis\w*|reconsider\w*|reject\w*|wrong|mistake\w*|wait|"
    r"rather|sorry|hmm+|conclu\w*|reflection|second thoughts?|(answer|result|output|json)(?!\W*\d))\b",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(but|however|though|although|no|not|\w+n['’]t|none|nothing|nobody|only|so|thus|therefore|hence|then|better)\b",
    re.IGNORECASE,
)
# Words that say, right before an object, that it is none; and those with which it is one all the same.
_REJECTS = re.compile(
    r"\b(reject\w*|discard\w*|dismiss\w*|against|rul\w+ out|consider(ed|ing)|candidates?|alternatives?|drafts?)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(r"\b(final(ly)?|instead|correct(ed|ion)?|answer|result|output)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;\n]")
# Words that say that more comes.
_LISTS = re.compile(
    r"\b(or|also|another|other|additional(ly)?|moreover|next|second|third|last|further(more)?|sentence|paragraph|part)\b",
    re.IGNORECASE,
)


class Value(NamedTuple):
    """A value of JSON, and where it stands in the answer; `is_whole` is False of what only begins as an object."""

    value: Any
    start: int
    end: int
    is_object: bool
    is_whole: bool = True


class Values:
    """The values in `answer` that fit, be it as the only one of an object that is called `result`, or the like."""

    def __init__(self, answer: str, fits: Callable[[Any], bool]) -> None:
        self._answer = answer
        self._fitting: list[Value] = []
        self._broken: list[Value] = []
        for each in _values(answer):
            if not each.is_whole:
                self._broken.append(each)
            elif fits(_unwrapped(each.value)):
                self._fitting.append(each._replace(value=_unwrapped(each.value)))

    def __len__(self) -> int:
        return len(self._fitting)

    def meant(self) -> Value | None:
        """The one that is meant; None where that cannot be said, or where it may be one that is broken."""
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

    def _rivals(self) -> list[Value]:
        objects = [each for each in self._fitting if each.is_object]
        return objects or [each for each in self._fitting if each.value] or self._fitting

    def _is_at_the_end(self, value: Value) -> bool:
        return not re.search(r"\w", self._answer[value.end :])

    def _is_overruled(self, chosen: Value) -> bool:
        """Whether a list that says something else stands at the very end, as no brackets in prose do."""
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
    """What a value lists, each item as JSON."""
    if isinstance(value, dict):
        return {item for each in value.values() for item in _items(each)}
    items = value if isinstance(value, list) else [] if value is None else [value]
    return {json.dumps(item, sort_keys=True) for item in items}


def _is_rejected(between: str) -> bool:
    """Whether the sentence that leads to the second of two objects names it as one that was considered, no more."""
    *_, leading = _SENTENCE_END.split(_FENCE.sub(" ", between).rstrip())
    return bool(_REJECTS.search(leading)) and not _ANNOUNCES.search(leading)


def _is_taken_back(between: str) -> bool:
    """Whether what stands between two objects that differ says that the second one is the answer.

    Headings and numbers do not: the objects may be the answers to two sentences, or labels. A code fence does, around
    the second one alone.
    """
    if _NEXT_TEXT.search(between):
        return False
    prose = _FENCE.sub(" ", between)
    if not re.search(r"\w", prose):
        return between.count("```") == 1
    return bool(_FINAL.search(prose) or (_TAKES_BACK.search(prose) and not _LISTS.search(prose)))


def _values(answer: str) -> Iterator[Value]:
    """The objects and lists in `answer`; a list only where none that holds it may have been broken or cut off."""
    whole = True
    bracket = BRACKET.search(answer)
    while bracket:
        start = bracket.start()
        try:
            value, end = DECODER.raw_decode(answer, start)
        except ValueError:
            whole, end = False, bracket.end()
            if _OBJECT.match(answer, start):
                yield Value(None, start, end, is_object=True, is_whole=False)
        except RecursionError:
            return
        else:
            if whole or isinstance(value, dict):
                yield Value(value, start, end, isinstance(value, dict))
        bracket = BRACKET.search(answer, end)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which each key stands once: of two values of one key one would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_object)

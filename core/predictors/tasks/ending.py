"""Finding JSON answers that are cut off, if the endpoint gives no finish reason that says so."""

from __future__ import annotations

import json
import re

from tiebreak.core.predictors.tasks.answers import FENCE, TRAILING_COMMA, final_answer
from tiebreak.core.predictors.tasks.values import BRACKET

_WITHIN = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+("?)', re.DOTALL)  # brackets and strings, inside brackets
_JSON = re.compile(r'[\[\s]*\{\s*"')  # the beginning of an object or a list of objects, unlike brackets in prose
_PAIRS = {"]": "[", "}": "{"}
_GOES_ON = re.compile(r"[^\W_]\Z|[,;:\-–—/(&+=<|\\]\Z")
_MARKS_BEFORE, _MARKS_AFTER = re.compile(r"[\"'`*]*"), re.compile(r"[\"'`*]*\Z")


def comes_to_its_end(response: str) -> bool:
    """Return whether nothing is left open in `response`: no thought, code fence, bracket, string or final sentence.

    Brackets in prose count too: an open bracket may hold the answer.
    """
    answer = final_answer(response)
    if not answer or answer.rfind("<think") > answer.rfind("</think") or answer.count("```") % 2:
        return False
    end = _end_of_brackets(answer)
    if end is None:
        return False
    after = FENCE.sub("", answer[end:])
    return not goes_on(after) and after.count('"') % 2 == 0


def goes_on(prose: str) -> bool:
    """Return whether `prose` stops in the middle of a sentence: at a word, or at a sign that more must follow."""
    return bool(_GOES_ON.search(prose.rstrip()))


def is_closed(response: str) -> bool:
    """Return whether the marks (quotes, emphasis) before an answer of bare words also close it."""
    words = final_answer(response).rstrip(".")
    before, after = _MARKS_BEFORE.match(words), _MARKS_AFTER.search(words)
    return before is not None and after is not None and before[0] == after[0][::-1]


def _end_of_brackets(answer: str) -> int | None:
    """Return the offset after the last closing bracket, 0 without brackets, or None if the answer seems cut off.

    It seems so if a bracket or a string inside it stays open, or if text that looks like JSON cannot be decoded.
    """
    opened: list[str] = []
    at = end = start = 0
    while found := (_WITHIN if opened else BRACKET).search(answer, at):
        mark, at = found[0], found.end()
        if mark in "[{":
            start = start if opened else found.start()
            opened.append(mark)
        elif mark[0] == '"':
            if not found[1]:
                return None
        elif opened[-1] == _PAIRS[mark]:
            opened.pop()
            end = at
            if not opened and _JSON.match(answer, start) and not _is_json(answer[start:end]):
                return None
    return None if opened else end


def _is_json(text: str) -> bool:
    try:
        json.loads(TRAILING_COMMA.sub(r"\1\2", text), strict=False)
    except (ValueError, RecursionError):
        return False
    return True

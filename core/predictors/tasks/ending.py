"""Whether an answer of JSON comes to its end, where the endpoint's reason does not tell."""

from __future__ import annotations

import json
import re

from tiebreak.core.predictors.tasks.reading import FENCE, TRAILING_COMMA, final_answer
from tiebreak.core.predictors.tasks.values import BRACKET

_WITHIN = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+("?)', re.DOTALL)  # brackets and strings, within brackets
_JSON = re.compile(r'[\[\s]*\{\s*"')  # how an object, or a list of some, begins; brackets in prose do not
_PAIRS = {"]": "[", "}": "{"}
_GOES_ON = re.compile(r"[^\W_]\Z|[,;:\-–—/(&+=<|\\]\Z")
_MARKS_BEFORE, _MARKS_AFTER = re.compile(r"[\"'`*]*"), re.compile(r"[\"'`*]*\Z")


def comes_to_its_end(response: str) -> bool:
    """Whether nothing is left open in `response`: no thought, code fence, bracket or string, nor a sentence after it.

    Brackets in prose count, too: of one that was opened and not closed nobody can say whether the answer was in it.
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
    """Whether `prose` ends as no sentence does: in a word, or in a sign after which more comes."""
    return bool(_GOES_ON.search(prose.rstrip()))


def is_closed(response: str) -> bool:
    """Whether the marks before an answer of bare words stand behind it, too."""
    words = final_answer(response).rstrip(".")
    before, after = _MARKS_BEFORE.match(words), _MARKS_AFTER.search(words)
    return before is not None and after is not None and before[0] == after[0][::-1]


def _end_of_brackets(answer: str) -> int | None:
    """Where the last bracket closes, 0 where there are none; None where one stays open, or a string within it, or where
    what looks like JSON is none: a part of it may be missing.
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

"""Removing a model's thoughts from its answer: spacy-llm's own parsers would read them as the answer."""

from __future__ import annotations

import re
from typing import Any

from tiebreak.core.predictors.tasks.answers import final_answer

_THOUGHT = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)


def answer_for(task: Any, response: str) -> str:
    """Return the part of `response` that `task` should read: for spacy-llm's own tasks, without the model's thoughts.

    Nothing is left if the thoughts do not end. A task or a parser that the user wrote gets the whole response.
    """
    if not _is_stock(task) or not _THOUGHT.search(response):
        return response
    answer = final_answer(response)
    return "" if _THOUGHT.search(answer) else answer


def _is_stock(task: Any) -> bool:
    parser = getattr(task, "_parse_responses", None)
    return all((getattr(each, "__module__", None) or "").startswith("spacy_llm.") for each in (type(task), parser))

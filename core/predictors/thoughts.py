"""What a model thought before it answered, which spacy-llm's own parsers would read as if it were the answer."""

from __future__ import annotations

import re
from typing import Any

from tiebreak.core.predictors.tasks.reading import final_answer

_THOUGHT = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)


def answer_for(task: Any, response: str) -> str:
    """`response` as `task` is to read it: for a task of spacy-llm's own, without what the model thought first.

    Nothing is left where it did not come to an end of that. A task or a parser that is the user's gets the whole.
    """
    if not _is_stock(task) or not _THOUGHT.search(response):
        return response
    answer = final_answer(response)
    return "" if _THOUGHT.search(answer) else answer


def _is_stock(task: Any) -> bool:
    parser = getattr(task, "_parse_responses", None)
    return all((getattr(each, "__module__", None) or "").startswith("spacy_llm.") for each in (type(task), parser))

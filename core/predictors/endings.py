"""Finding answers that are cut off: by the endpoint's finish reason or, if that is unknown, by the answer itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import AnswerError
from tiebreak.core.finish_reasons import failure_of, is_unknown, shown_reason
from tiebreak.core.predictors.accounting import is_known, is_nothing, says_none, says_nothing
from tiebreak.core.predictors.tasks.answers import clean
from tiebreak.core.predictors.tasks.ending import goes_on
from tiebreak.core.predictors.thoughts import answer_for

if TYPE_CHECKING:
    from spacy_llm.tasks.textcat import TextCatTask

    from tiebreak.core.records import LLMCall

_SHOWN = 60  # characters of an answer's end; an error message quotes them


def check_whole(task: Any, call: LLMCall) -> None:
    """Raise AnswerError if the call's response is not a whole answer to `task`."""
    if failure := failure_of(call.finish_reason, call.response or ""):
        raise AnswerError(failure)
    if not is_whole(task, call):
        end = " ".join(clean(call.response).split())[-_SHOWN:]
        raise AnswerError(f"the answer stops in the middle ({shown_reason(call.finish_reason)}): “…{end}”")


def is_whole(task: Any, call: LLMCall) -> bool:
    """Return whether the response seems to be a whole answer to `task`.

    If the finish reason is unknown or missing, the answer is whole if `task` can read it to its end.
    """
    if failure_of(call.finish_reason):
        return False
    return not is_unknown(call.finish_reason) or _comes_to_its_end(task, answer_for(task, call.response or ""))


def _comes_to_its_end(task: Any, response: str) -> bool:
    """Return whether the last item in `response` is whole; True for a parser that the user wrote."""
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.span.parser import parse_responses as parse_lists
    from spacy_llm.tasks.span.parser import parse_responses_cot as parse_reasons
    from spacy_llm.tasks.textcat import TextCatTask
    from spacy_llm.tasks.textcat.parser import parse_responses_v1_v2_v3 as parse_categories

    from tiebreak.core.predictors.tasks.base import JSONTask

    if isinstance(task, JSONTask):
        return task.comes_to_its_end(response)
    parser = getattr(task, "_parse_responses", None)
    if isinstance(task, SpanTask) and parser in (parse_reasons, parse_lists):
        lines = [line.strip() for line in response.splitlines() if line.strip(" \t`")]
        ends = _is_reason if parser is parse_reasons else _is_list
        return response.count("```") % 2 == 0 and (not lines or ends(lines[-1]))
    if isinstance(task, TextCatTask) and parser is parse_categories:
        return _ends_in_a_category(task, response)
    return True


def _is_reason(line: str) -> bool:
    """Return whether the line has all four fields of `n. text | True | LABEL | reason`, or is a sentence."""
    if "|" in line or line[0].isdigit():
        return line.count("|") >= 3
    return says_nothing(line) or not goes_on(line)


def _is_list(line: str) -> bool:
    """Return whether the line has the colon of `LABEL: a, b` and no comma at its end, or is a sentence."""
    return not line.endswith(",") if ":" in line else says_nothing(line) or not goes_on(line)


def _ends_in_a_category(task: TextCatTask, response: str) -> bool:
    if task.use_binary:
        return response.strip().upper() in ("POS", "NEG")
    last = response.rpartition(",")[2].strip()
    return is_known(task, last) or (is_nothing(last) and not response.rstrip().endswith(",")) or says_none(response)

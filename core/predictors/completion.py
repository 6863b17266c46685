"""What stands in a chat completion of an OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import Any, NamedTuple

from tiebreak.core.errors import AnswerError
from tiebreak.core.predictors.gate import EndpointError
from tiebreak.core.predictors.tasks.reading import clean
from tiebreak.core.records import CUT_OFF, REFUSED, WITHHELD, LLMCall

LETTERS_A_TOKEN = 3  # where an endpoint does not say what it counted
_MOST_TOKENS = 1 << 40  # what is beyond is no count, and might not fit into a store


class Completion(NamedTuple):
    """`content` is what the model said, be it why it refuses; the tokens are None where the endpoint does not say."""

    content: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None

    @property
    def length(self) -> int:
        """Tokens of the answer, counted or guessed."""
        return len(self.content) // LETTERS_A_TOKEN if self.completion_tokens is None else self.completion_tokens


def read_completion(shown_url: str, answer: dict[str, Any]) -> Completion:
    """The first choice of `answer`. Raises EndpointError where it is no chat completion."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        content, refusal, finish = message.get("content"), message.get("refusal"), choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError) as error:
        raise EndpointError(f"{shown_url}: the answer is no chat completion") from error
    if isinstance(content, list):  # some endpoints give parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    content, refusal = clean(content), clean(refusal)
    usage = answer.get("usage")
    counts = (_count(usage.get(kind)) if isinstance(usage, dict) else None for kind in _USAGE)
    return Completion(
        content or refusal, REFUSED if refusal else None if finish is None else clean(str(finish)), *counts
    )


def check_answers(completion: Completion, call: LLMCall) -> None:
    """Raise AnswerError, with the call, where the completion is no answer: refused, cut off, withheld or empty."""
    if completion.finish_reason == REFUSED:
        raise AnswerError(f"refused: {completion.content}", call)
    if completion.finish_reason in CUT_OFF:
        raise AnswerError("the answer was cut off at the token limit", call)
    if completion.finish_reason == WITHHELD:
        raise AnswerError("the answer was withheld by a content filter", call)
    if not completion.content:
        raise AnswerError("the answer has no content", call)


_USAGE = ("prompt_tokens", "completion_tokens")


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS:
        return value
    return None

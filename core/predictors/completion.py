"""Reading the chat completion of an OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import Any, NamedTuple

from tiebreak.core.errors import AnswerError
from tiebreak.core.finish_reasons import REFUSAL, failure_of
from tiebreak.core.predictors.gate import EndpointError
from tiebreak.core.predictors.tasks.answers import clean
from tiebreak.core.records import LLMCall

LETTERS_A_TOKEN = 3  # to guess the tokens if an endpoint does not say how many it counted
_MOST_TOKENS = 1 << 40  # tokens; a larger number is not a count, and might not fit into a store


class Completion(NamedTuple):
    """`content` is the model's text, an answer or a refusal; the tokens are None if the endpoint does not report them.

    `cached_tokens` are tokens of the prompt that the endpoint does not count in `prompt_tokens`, as Anthropic's.
    """

    content: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int = 0
    calls_tool: bool = False

    @property
    def taken(self) -> int | None:
        """Tokens of the prompt that the model got."""
        return None if self.prompt_tokens is None else self.prompt_tokens + self.cached_tokens

    @property
    def length(self) -> int:
        """Tokens of the answer, counted by the endpoint or guessed."""
        return len(self.content) // LETTERS_A_TOKEN if self.completion_tokens is None else self.completion_tokens


def read_completion(shown_url: str, answer: dict[str, Any]) -> Completion:
    """Read the first choice of `answer`. Raises EndpointError if it is not a chat completion."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        content, refusal, finish = message.get("content"), message.get("refusal"), _finish_reason(choice)
    except (LookupError, TypeError, AttributeError) as error:
        raise EndpointError(f"{shown_url}: the answer is not a chat completion") from error
    if isinstance(content, list):  # some endpoints give parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    content, refusal = clean(content), clean(refusal)
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counts = (_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))
    calls_tool = bool(message.get("tool_calls") or message.get("function_call"))
    finish = REFUSAL if refusal else finish
    return Completion(content or refusal, finish, *counts, _cached_beside(usage), calls_tool)


def check_answers(completion: Completion, call: LLMCall) -> None:
    """Raise AnswerError, with the call, if the completion is refused, cut off, withheld or empty."""
    if failure := failure_of(completion.finish_reason, completion.content):
        raise AnswerError(failure, call)
    if completion.calls_tool and not completion.content:
        raise AnswerError("answered with a tool call and no text", call)
    if not completion.content:
        raise AnswerError("the answer has no content", call)


def _finish_reason(choice: dict[str, Any]) -> str | None:
    """Return the finish reason of the choice, or the model's own if that is bad: some gateways call it `stop`."""
    native = choice.get("native_finish_reason")
    if isinstance(fields := choice.get("provider_specific_fields"), dict):  # LiteLLM puts it here
        native = native or fields.get("native_finish_reason")
    finish = native if failure_of(native) else choice.get("finish_reason")
    if isinstance(finish, dict):  # SGLang sends an object
        finish = finish.get("type", finish)
    return None if finish is None else clean(str(finish))


def _cached_beside(usage: dict[str, Any]) -> int:
    """Count the cached tokens that `prompt_tokens` leaves out: Anthropic's, or OpenAI's if they exceed it."""
    beside = sum(_count(usage.get(kind)) or 0 for kind in ("cache_read_input_tokens", "cache_creation_input_tokens"))
    details = usage.get("prompt_tokens_details")
    cached = (_count(details.get("cached_tokens")) if isinstance(details, dict) else None) or 0
    return max(beside, cached if cached > (_count(usage.get("prompt_tokens")) or 0) else 0)


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS:
        return value
    return None

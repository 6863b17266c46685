"""The model `tiebreak.OpenAI.v1` for spacy-llm: any OpenAI-compatible endpoint, many requests in flight."""

from __future__ import annotations

import os
import time
import typing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import AnswerError, ConfigError, PredictorError
from tiebreak.core.records import LLMCall

if TYPE_CHECKING:
    from openai import OpenAI

OPENAI_URL = "https://api.openai.com/v1"


class EndpointError(AnswerError):
    """The endpoint did not answer this call, though it may answer the next: overload, timeout, no connection."""


@dataclass
class OpenAIModel:
    """Asks an OpenAI-compatible endpoint; made by spacy-llm from a config.

    `timeout` is in seconds for each try, `retries` is how often a failed try is repeated (after a 429's Retry-After,
    else with exponential back-off and jitter), `concurrency` how many requests are in flight at most.
    """

    name: str
    base_url: str
    api_key_env: str | None
    temperature: float | None
    max_tokens: int | None
    timeout: float
    retries: int
    concurrency: int
    context_length: int | None

    def __post_init__(self) -> None:
        self._key = os.environ.get(self.api_key_env, "") if self.api_key_env else ""
        if self.api_key_env and not self._key:
            raise ConfigError(
                f"model {self.name}: the API key is missing: the environment variable {self.api_key_env} is not set "
                "(for an endpoint without keys write `api_key_env = null`)"
            )
        self._client = self._connect()

    # spacy-llm compares these annotations with typing's own Iterable.
    def __call__(self, prompts: typing.Iterable[typing.Iterable[str]]) -> typing.Iterable[typing.Iterable[str]]:
        """spacy-llm's protocol: one list of answers a text. Raises on the first call that fails."""
        nested = [list(shards) for shards in prompts]
        with ThreadPoolExecutor(self.concurrency) as pool:
            answers = pool.map(lambda prompt: str(self.complete(prompt).response), chain.from_iterable(nested))
            return [[next(answers) for _ in shards] for shards in nested]

    def complete(self, prompt: str) -> LLMCall:
        """Ask once. Raises AnswerError (no usable answer), EndpointError (none at all) or PredictorError (hopeless)."""
        import openai

        started = time.perf_counter()
        options: dict[str, Any] = {}
        if self.temperature is not None:
            options["temperature"] = self.temperature
        if self.max_tokens is not None:
            options["max_tokens"] = self.max_tokens
        try:
            answer = self._client.chat.completions.create(
                model=self.name, messages=[{"role": "user", "content": prompt}], **options
            )
        except (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError) as error:
            raise PredictorError(self._explain(error)) from error
        except openai.APITimeoutError as error:
            raise EndpointError(f"{self.base_url}: no answer within {self.timeout:g} seconds") from error
        except openai.APIConnectionError as error:
            raise EndpointError(
                f"{self.base_url}: cannot be reached: {self._redact(error.__cause__ or error)}"
            ) from error
        except (openai.RateLimitError, openai.InternalServerError) as error:
            raise EndpointError(self._explain(error)) from error
        except openai.APIStatusError as error:
            raise AnswerError(self._explain(error)) from error
        except (openai.OpenAIError, ValueError, TypeError) as error:
            raise AnswerError(f"the answer is no chat completion: {self._redact(error)}") from error
        return self._checked(prompt, answer, time.perf_counter() - started)

    def check(self) -> None:
        """Raise PredictorError where the endpoint is down or refuses the key; one cheap call, before any is paid."""
        import openai

        try:
            self._client.with_options(max_retries=1, timeout=min(self.timeout, 10.0)).models.list()
        except openai.APITimeoutError:
            pass  # slow is not down
        except openai.APIConnectionError as error:
            cause = self._redact(error.__cause__ or error)
            raise PredictorError(f"{self.base_url}: the endpoint cannot be reached: {cause}") from error
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise PredictorError(self._explain(error)) from error
        except (openai.OpenAIError, ValueError):
            pass  # an endpoint need not list its models

    def _checked(self, prompt: str, answer: Any, seconds: float) -> LLMCall:
        choices = getattr(answer, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise AnswerError("the answer is no chat completion: it has no choices")
        choice, usage = choices[0], getattr(answer, "usage", None)
        content, refusal = choice.message.content, getattr(choice.message, "refusal", None)
        call = LLMCall(
            prompt,
            content if isinstance(content, str) else None,
            seconds,
            getattr(usage, "prompt_tokens", None),
            getattr(usage, "completion_tokens", None),
        )
        if refusal:
            raise AnswerError(f"refused: {self._redact(refusal)}", call)
        if choice.finish_reason == "length":
            raise AnswerError("the answer was cut off at the token limit", call)
        if choice.finish_reason == "content_filter":
            raise AnswerError("the answer was withheld by a content filter", call)
        if call.response is None:
            raise AnswerError("the answer has no content", call)
        return call

    def _connect(self) -> OpenAI:
        from openai import OpenAI

        return OpenAI(
            api_key=self._key or "none", base_url=self.base_url, timeout=self.timeout, max_retries=self.retries
        )

    def _explain(self, error: Any) -> str:
        body = error.body if isinstance(error.body, dict) else {}
        message = body.get("message") or str(error)
        explained = f"{self.base_url}, model {self.name}: HTTP {error.status_code}: {self._redact(message)}"
        match error.status_code:
            case 401 | 403:
                return f"{explained}; check the key in {self.api_key_env or 'api_key_env'}"
            case 404:
                return f"{explained}; check the model's name, and base_url, which mostly ends in /v1"
        return explained

    def _redact(self, error: object) -> str:
        text = " ".join(str(error).split())
        return (text.replace(self._key, "(key)") if self._key else text)[:500]


def openai_model(
    name: str,
    base_url: str = OPENAI_URL,
    api_key_env: str | None = "OPENAI_API_KEY",
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    timeout: float = 60.0,
    retries: int = 5,
    concurrency: int = 16,
    context_length: int | None = None,
) -> OpenAIModel:
    """The factory that spacy-llm finds as `tiebreak.OpenAI.v1`. Raises ConfigError where a value makes no sense."""
    for option, value, least in (("timeout", timeout, 0.001), ("retries", retries, 0), ("concurrency", concurrency, 1)):
        if value < least:
            raise ConfigError(f"tiebreak.OpenAI.v1: {option} is {value}, which must be at least {least}")
    if not base_url.startswith(("http://", "https://")):
        raise ConfigError(f"tiebreak.OpenAI.v1: base_url is {base_url!r}, which must start with http:// or https://")
    return OpenAIModel(
        name, base_url, api_key_env, temperature, max_tokens, timeout, retries, concurrency, context_length
    )

"""The model `tiebreak.OpenAI.v1` for spacy-llm: any OpenAI-compatible endpoint, many requests in flight."""

from __future__ import annotations

import asyncio
import json
import os
import time
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from tiebreak.core.errors import AnswerError, ConfigError, PredictorError
from tiebreak.core.predictors.addresses import MODELS, address_of, key_headers
from tiebreak.core.predictors.completion import LETTERS_A_TOKEN, check_answers, read_completion
from tiebreak.core.predictors.cut_prompts import PromptLengths
from tiebreak.core.predictors.endpoint import (
    ForbiddenError,
    NotFoundError,
    RefusedError,
    message_in,
    open_session,
    plain_url,
    post,
    why_unreachable,
)
from tiebreak.core.predictors.gate import EndpointError, Gate, Limits, backoff
from tiebreak.core.predictors.keys import keys_in, without_keys
from tiebreak.core.predictors.tasks.answers import clean
from tiebreak.core.records import LLMCall

if TYPE_CHECKING:
    import aiohttp

OPENAI_URL = "https://api.openai.com/v1"
# The forms of structured output, the strictest first; an endpoint that refuses a form gets the next.
_FORMATS = ("json_schema", "json_object", None)

_FORBIDDEN = 8  # HTTP 403 or 404 in a row; then the texts are not the cause, and the predictor stops
_OVERLOADS = 10  # for each try: the endpoint may send a call away this often; one more counts as no answer


@dataclass(eq=False)
class OpenAIModel:
    """Asks an OpenAI-compatible endpoint; made by spacy-llm from a config.

    `timeout` is in seconds for each try. `retries` is how often a failed try is repeated, after a 429's Retry-After or
    else with exponential back-off and jitter. `concurrency` is how many requests are in flight at most. `patience` is
    how many seconds an endpoint may stay without an answer. `parameters` are sent as they are; a `response_format`
    among them replaces the task's. `prices` are for a million tokens, `input` and `output`.
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
    parameters: Mapping[str, Any] = field(default_factory=dict)
    structured: bool = True
    prices: Mapping[str, float] = field(default_factory=dict)
    patience: float = 900.0

    is_parallel: ClassVar[bool] = True
    gives_up: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self._key = os.environ.get(self.api_key_env, "").strip() if self.api_key_env else ""
        self.longest_answer = 0  # tokens
        self._prompt_lengths = PromptLengths()
        self._has_answered = False
        self._forbidden = 0  # HTTP 403 or 404 in a row
        self._format = 0  # index of _FORMATS
        self._format_works = False

    # spacy-llm compares these annotations with typing's own Iterable.
    def __call__(self, prompts: typing.Iterable[typing.Iterable[str]]) -> typing.Iterable[typing.Iterable[str]]:
        """Answer as spacy-llm's protocol asks: one list of answers a text. Raises at the first call that fails."""
        nested = [list(shards) for shards in prompts]
        answers = iter(asyncio.run(self._ask_all(list(chain.from_iterable(nested)))))
        return [[str(next(answers).response) for _ in shards] for shards in nested]

    async def _ask_all(self, prompts: list[str]) -> list[LLMCall]:
        self._require_key()
        gate = Gate(self.concurrency, self.patience)
        async with self.session() as http:
            return await asyncio.gather(*(self.ask(http, gate, prompt) for prompt in prompts))

    def session(self) -> aiohttp.ClientSession:
        """Open a session for many calls at once; call it in an event loop."""
        return open_session(self.timeout, self.base_url)

    @property
    def notice(self) -> str:
        """The request that the endpoint could not fulfil as asked; "" if it could."""
        if not self._format:
            return ""
        instead = "plain JSON" if _FORMATS[self._format] is None else "JSON without a schema"
        return f"the endpoint refuses structured output; asking for {instead}"

    def request_of(self, prompt: str) -> bytes:
        """Return the digest of all that decides the answer: model, parameters, and the prompt with its format."""
        digest = blake2b(self._identity, digest_size=16)
        digest.update(json.dumps([prompt, self._asked_format(prompt, 0)], sort_keys=True).encode())
        return digest.digest()

    @cached_property
    def _identity(self) -> bytes:
        decides = [self.name, self.temperature, self.max_tokens, dict(self.parameters), self.structured]
        return json.dumps(decides, sort_keys=True, default=str).encode()

    @property
    def most_tokens(self) -> int | None:
        """The most tokens that an answer may have; None if the config does not limit it."""
        named = (
            self.max_tokens,
            self.parameters.get("max_completion_tokens"),
            self.parameters.get("max_output_tokens"),
        )
        return next((most for most in named if isinstance(most, int)), None)

    def cost_of(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """Return the cost of so many tokens, in the currency of the prices; None without prices."""
        if not self.prices:
            return None
        paid = (prompt_tokens or 0) * self.prices["input"] + (completion_tokens or 0) * self.prices["output"]
        return paid / 1e6

    async def ask(self, http: aiohttp.ClientSession, gate: Gate, prompt: str) -> LLMCall:
        """Ask until there is an answer, or the tries are used up.

        Raises AnswerError (no usable answer), EndpointError (no answer), PredictorError (hopeless) or StoppedError.
        """
        failures = overloads = sent = 0
        while True:
            await gate.enter()
            sent += 1
            began = time.monotonic()
            try:
                call, limits = await self._try(http, prompt)
            except EndpointError as error:
                if gate.failed(error, began):
                    failures += 1
                overloads += error.overloaded
                waits = not error.overloaded or bool(error.retry_after)  # at the gate
                if failures > self.retries or overloads > _OVERLOADS * (self.retries + 1):
                    raise
                gate.retries += 1
            except AnswerError as error:
                gate.answered()
                if error.call is not None:
                    error.call = replace(error.call, tries=sent)
                raise
            else:
                gate.answered(limits, (call.prompt_tokens or 0) + (call.completion_tokens or 0))
                return call if sent == 1 else replace(call, tries=sent)
            finally:
                gate.leave()
            if failures or not waits:
                await asyncio.sleep(backoff(max(failures, overloads)))

    async def _try(self, http: aiohttp.ClientSession, prompt: str) -> tuple[LLMCall, Limits]:
        started = time.perf_counter()
        asked = self._format
        while True:
            try:
                answer, limits = await post(http, self.base_url, self._headers, self._body(prompt, asked))
            except RefusedError as error:
                if (looser := self._looser_format(prompt, asked)) is None:
                    raise AnswerError(self._redact(error)) from error
                asked = looser
                continue
            except EndpointError as error:
                error.args = (self._redact(error),)
                raise
            except (ForbiddenError, NotFoundError) as error:
                self._forbidden += 1
                if isinstance(error, NotFoundError) and self._has_answered and self._forbidden < _FORBIDDEN:
                    raise EndpointError(self._redact(error)) from error
                if isinstance(error, NotFoundError):
                    raise PredictorError(f"model {self.name}: {self._redact(error)}") from error
                if self._forbidden < _FORBIDDEN:
                    raise AnswerError(self._redact(error)) from error
                hint = f"; check the key in {self.api_key_env}" if self.api_key_env else "; check the key"
                raise PredictorError(f"model {self.name}: {self._redact(error)}{hint}") from error
            except PredictorError as error:
                hint = f" in {self.api_key_env}" if self.api_key_env and str(error).endswith("check the key") else ""
                raise PredictorError(f"model {self.name}: {self._redact(error)}{hint}") from error
            self._forbidden, self._has_answered = 0, True
            if asked >= self._format and self._asks_for_format(prompt):
                self._format_works, self._format = True, asked
            return self._checked(prompt, answer, time.perf_counter() - started), limits

    def _looser_format(self, prompt: str, asked: int) -> int | None:
        """Return the format to try after the endpoint refused the one `asked`; None if the format is not the reason.

        Calls that were in flight when another call found the format that the endpoint takes go on with that format.
        """
        if self._asked_format(prompt, asked) is None:
            return None
        if asked < self._format:
            return self._format
        return None if self._format_works else asked + 1

    def _asks_for_format(self, prompt: str) -> bool:
        return self._asked_format(prompt, 0) is not None

    def _asked_format(self, prompt: str, asked: int) -> dict[str, Any] | None:
        wanted: dict[str, Any] | None = getattr(prompt, "response_format", None)
        if wanted is None or not self.structured or "response_format" in self.parameters or _FORMATS[asked] is None:
            return None
        return wanted if _FORMATS[asked] == "json_schema" else {"type": "json_object"}

    @cached_property
    def _headers(self) -> dict[str, str]:
        headers = key_headers(self.base_url, self._key)
        if organization := os.environ.get("OPENAI_ORG_ID") or os.environ.get("OPENAI_API_ORG"):
            headers |= {"OpenAI-Organization": organization} if self.base_url == OPENAI_URL else {}
        return headers

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        """The keys that the endpoint knows and may repeat in its messages."""
        return keys_in(self._headers, self.base_url)

    def _body(self, prompt: str, asked: int) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.name, "messages": [{"role": "user", "content": str(prompt)}]}
        for option in ("temperature", "max_tokens"):
            if (value := getattr(self, option)) is not None:
                body[option] = value
        if (wanted := self._asked_format(prompt, asked)) is not None:
            body["response_format"] = wanted
        return body | dict(self.parameters)

    def check(self) -> None:
        """Raise PredictorError if the endpoint is down or refuses the key: one cheap call before the paid calls.

        Raises ConfigError if there is no key; reading saved answers again, or counting the calls, needs no key.
        """
        self._require_key()
        asyncio.run(self._check())

    def _require_key(self) -> None:
        if self.api_key_env and not self._key:
            raise ConfigError(
                f"model {self.name}: the API key is missing: the environment variable {self.api_key_env} is not set "
                "(for an endpoint without keys write `api_key_env = null`)"
            )

    async def _check(self) -> None:
        import aiohttp

        try:
            async with (
                open_session(min(self.timeout, 10.0), self.base_url) as http,
                http.get(address_of(self.base_url, MODELS), headers=self._headers) as reply,
            ):
                status, body = reply.status, await reply.text(errors="replace")
        except TimeoutError:
            return  # slow is not down
        except aiohttp.InvalidURL as error:
            raise PredictorError(f"{plain_url(self.base_url)}: not a URL; check base_url") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            cause = self._redact(why_unreachable(error)) or type(error).__name__
            raise PredictorError(f"{plain_url(self.base_url)}: the endpoint cannot be reached: {cause}") from error
        if status in (401, 403):  # any other status is fine: an endpoint need not list its models
            message = self._redact(message_in(without_keys(body, self._keys)))  # hide the keys before it is cut
            where = self.api_key_env or "api_key_env"
            raise PredictorError(
                f"{plain_url(self.base_url)}, model {self.name}: HTTP {status}: {message}; check the key in {where}"
            )

    def close(self) -> None:
        """Do nothing: a remote endpoint holds no resources here."""

    def _checked(self, prompt: str, answer: dict[str, Any], seconds: float) -> LLMCall:
        completion = read_completion(plain_url(self.base_url), answer)
        came = len(prompt) // LETTERS_A_TOKEN if completion.prompt_tokens is None else completion.prompt_tokens
        call = LLMCall(
            str(prompt),
            completion.content or None,
            round(seconds, 4),
            completion.prompt_tokens,
            completion.completion_tokens,
            request=self.request_of(prompt),
            finish_reason=completion.finish_reason,
            cost=self.cost_of(came, completion.length),
        )
        self.longest_answer = max(self.longest_answer, completion.length)
        if cut := self._prompt_lengths.reason(prompt, completion.taken):
            raise AnswerError(cut, call)
        try:
            check_answers(completion, call)
        except AnswerError as error:
            error.args = (self._redact(error),)
            raise
        return call

    def _redact(self, error: object) -> str:
        text: str = without_keys(clean(" ".join(str(error).split())), self._keys)
        return text[:500]


def openai_model(
    name: str,
    base_url: str | None = None,
    api_key_env: str | None = "OPENAI_API_KEY",
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    timeout: float = 60.0,
    retries: int = 5,
    concurrency: int = 16,
    context_length: int | None = None,
    parameters: dict[str, Any] | None = None,
    structured: bool = True,
    prices: dict[str, float] | None = None,
    patience: float = 900.0,
) -> OpenAIModel:
    """Make the model that spacy-llm finds as `tiebreak.OpenAI.v1`. Raises ConfigError if a value makes no sense."""
    which = "tiebreak.OpenAI.v1"
    base_url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
    for option, value, least in (
        *(("timeout", timeout, 0.001), ("retries", retries, 0)),
        *(("concurrency", concurrency, 1), ("patience", patience, 0)),
    ):
        if value < least:
            raise ConfigError(f"{which}: {option} is {value}; it must be at least {least}")
    if not base_url.startswith(("http://", "https://")):
        raise ConfigError(f"{which}: base_url is {plain_url(base_url)!r}; it must start with http:// or https://")
    if prices and (set(prices) != {"input", "output"} or any(price < 0 for price in prices.values())):
        raise ConfigError(f"{which}: prices is {prices}; write {{input = ..., output = ...}}, for a million tokens")
    own = {"model", "messages", "temperature", "max_tokens", "stream", "n"} & set(parameters or {})
    if own:
        names = ", ".join(sorted(own))
        raise ConfigError(f"{which}: parameters may not name {names}: it has an option of its own, or Tiebreak sets it")
    return OpenAIModel(
        *(name, base_url.rstrip("/"), api_key_env, temperature, max_tokens, timeout, retries, concurrency),
        *(context_length, parameters or {}, structured, prices or {}, patience),
    )

"""The interface of an LLM's model to a run: Tiebreak's models implement it, and `ForeignModel` wraps all others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from tiebreak.core.predictors.gate import Gate
from tiebreak.core.records import LLMCall


class Model(Protocol):
    """Answers prompts, several at a time.

    `timeout` is in seconds a call, None if the model has none. `patience` is how many seconds an endpoint may stay
    without an answer. `concurrency` is how many calls the model wants in flight, None if it does not say; without
    `is_parallel` there is only one. A model that `gives_up` raises PredictorError once further calls are hopeless.
    """

    @property
    def name(self) -> str: ...
    @property
    def timeout(self) -> float | None: ...
    @property
    def patience(self) -> float: ...
    @property
    def concurrency(self) -> int | None: ...
    @property
    def is_parallel(self) -> bool: ...
    @property
    def gives_up(self) -> bool: ...

    @property
    def prices(self) -> Mapping[str, float]:
        """The price of a million tokens, `input` and `output`; empty if it is not known."""

    @property
    def most_tokens(self) -> int | None:
        """The most tokens that an answer may have; None if the config does not limit it."""

    @property
    def longest_answer(self) -> int:
        """Tokens of the longest answer so far."""

    @property
    def notice(self) -> str:
        """The request that the endpoint could not fulfil as asked; "" if it could."""

    def cost_of(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """Return the cost of so many tokens, in the currency of the prices; None without prices."""

    def request_of(self, prompt: str) -> bytes:
        """Return the digest of all that decides the answer to `prompt`."""

    def check(self) -> None:
        """Raise PredictorError or ConfigError if the model cannot be asked."""

    def session(self) -> AbstractAsyncContextManager[Any]:
        """Return the context that concurrent calls share; enter it in the event loop that asks."""

    async def ask(self, session: Any, gate: Gate, prompt: str) -> LLMCall:
        """Ask through the gate. Raises AnswerError, PredictorError, or StoppedError if the gate refuses."""

    def close(self) -> None:
        """Release the model's resources."""

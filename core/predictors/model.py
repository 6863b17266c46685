"""What a run needs of an LLM's model, whoever wrote it: ours implement it, and `ForeignModel` wraps all others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from tiebreak.core.predictors.gate import Gate
from tiebreak.core.records import LLMCall


class Model(Protocol):
    """Answers prompts, several at a time.

    `timeout` is in seconds a call, None where the model has none; `patience` in seconds that an endpoint which does not
    answer is waited for. `concurrency` is how many calls it asks to have in flight, None where it does not say;
    without `is_parallel` there is one alone. A model that `gives_up` raises PredictorError once asking on is hopeless.
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
        """The price of a million tokens, `input` and `output`; empty where it is not known."""

    @property
    def most_tokens(self) -> int | None:
        """How long an answer may be, where the config says so."""

    @property
    def longest_answer(self) -> int:
        """Tokens of the longest answer so far."""

    @property
    def notice(self) -> str:
        """What the endpoint could not do as asked; "" where it could."""

    def cost_of(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """Return what so many tokens cost, in the currency of the prices; None where there are none."""

    def request_of(self, prompt: str) -> bytes:
        """Return the digest of all that decides the answer to `prompt`."""

    def check(self) -> None:
        """Raise PredictorError or ConfigError where the model cannot be asked."""

    def session(self) -> AbstractAsyncContextManager[Any]:
        """Return what many calls at once share; enter it in the loop that asks."""

    async def ask(self, session: Any, gate: Gate, prompt: str) -> LLMCall:
        """Ask through the gate. Raises AnswerError, PredictorError, or StoppedError where the gate refuses."""

    def close(self) -> None:
        """Let go of what the model holds."""

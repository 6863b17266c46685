"""A model of spacy-llm's or a user's, wrapped so that runs can ask it: each call blocks a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, TypeVar

from tiebreak.core.errors import AnswerError, TiebreakError
from tiebreak.core.predictors.assembling import one_line
from tiebreak.core.predictors.gate import Gate
from tiebreak.core.predictors.keys import keys_of_environment, without_keys
from tiebreak.core.predictors.tasks.answers import clean
from tiebreak.core.records import LLMCall

T = TypeVar("T")


class ForeignModel:
    """Wraps spacy-llm's kind of model: from lists of prompts to lists of answers. `identity` decides its answers."""

    timeout: float | None = None
    patience = 900.0
    concurrency: int | None = None
    gives_up = False
    prices: Mapping[str, float] = MappingProxyType({})
    most_tokens: int | None = None
    longest_answer = 0
    notice = ""

    def __init__(self, model: Any, identity: str) -> None:
        from spacy_llm.models.rest.base import REST

        self.name = str(getattr(model, "name", None) or getattr(model, "_name", None) or type(model).__name__)
        self.is_parallel = isinstance(model, REST)
        self._model = model
        self._identity = identity

    def cost_of(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """Return None: the config names no prices for such a model."""

    def request_of(self, prompt: str) -> bytes:
        return blake2b(f"{self._identity}\0{prompt}".encode("utf-8", "replace"), digest_size=16).digest()

    def check(self) -> None:
        """Do nothing: only a call shows whether the model can be asked."""

    def session(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def ask(self, session: None, gate: Gate, prompt: str) -> LLMCall:
        """Ask once, in a thread. Raises AnswerError if the model gives no answer."""
        await gate.enter()
        try:
            return await _in_thread(lambda: self.answer(prompt))
        finally:
            gate.leave()

    def answer(self, prompt: str) -> LLMCall:
        """Ask once, in this thread. Raises AnswerError if the model gives no answer."""
        started = time.perf_counter()
        try:
            [[response]] = [list(answers) for answers in self._model([[prompt]])]
        except TiebreakError:
            raise
        except Exception as error:
            raise AnswerError(f"{type(error).__name__}: {one_line(error)}") from error
        response = without_keys(response, keys_of_environment())
        if not isinstance(response, str) or not response:
            raise AnswerError("the model gave no answer")
        seconds = round(time.perf_counter() - started, 4)
        return LLMCall(str(prompt), clean(response), seconds, request=self.request_of(prompt))

    def close(self) -> None:
        """Do nothing: Tiebreak opened nothing for the model."""


def _in_thread(call: Callable[[], T]) -> asyncio.Future[T]:
    """Return the result of `call` from a thread that, unlike asyncio's own, does not delay the end of the process."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not result.done():
            set_it(value)

    def work() -> None:
        outcome: tuple[Callable[[Any], None], object]
        try:
            outcome = result.set_result, call()
        except BaseException as error:
            outcome = result.set_exception, error
        with suppress(RuntimeError):  # the loop is closed: no caller waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, name="model", daemon=True).start()
    return result

"""The models that a predictor asks: each behind its gate, and each request once, however many texts have it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any, Self, TypeVar

from tiebreak.core.predictors.gate import Gate
from tiebreak.core.predictors.llm_pipeline import Ask, ask_blocking, reused
from tiebreak.core.predictors.openai_model import OpenAIModel
from tiebreak.core.records import LLMCall

T = TypeVar("T")

_REMEMBERED = 8  # answers a call in flight
_PATIENCE = 900.0  # seconds that a model which is not ours is waited for
_LONGEST = 60.0  # seconds that a call of such a model has to end


class Models:
    """An async context, within which there are sessions; `concurrency` calls to each model are in flight at most."""

    def __init__(self, models: Sequence[Any], concurrency: int) -> None:
        self.own = [model for model in models if isinstance(model, OpenAIModel)]
        self.longest = max((model.timeout for model in self.own), default=_LONGEST)  # seconds a call may take
        self._gates = {
            id(model): Gate(concurrency, model.patience if isinstance(model, OpenAIModel) else _PATIENCE)
            for model in models
        }
        self._sessions: dict[int, Any] = {}
        self._stack = AsyncExitStack()
        self._asking: dict[bytes, asyncio.Future[None]] = {}
        self._answered: dict[bytes, LLMCall] = {}  # the last ones, which works that are ready already cannot have found
        self._most = _REMEMBERED * concurrency

    async def __aenter__(self) -> Self:
        for model in self.own:
            self._sessions[id(model)] = await self._stack.enter_async_context(model.session())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    @property
    def gates(self) -> list[Gate]:
        return list(self._gates.values())

    async def ask(self, ask: Ask) -> LLMCall:
        """The answer, from the endpoint, or from a work that asked the same: then it is a reused one.

        Raises what `OpenAIModel.ask` and `ask_blocking` do.
        """
        while (other := self._asking.get(ask.request)) is not None:
            await asyncio.wait([other])
        if ask.request in self._answered:
            return reused(self._answered[ask.request], ask.prompt)
        mine = self._asking[ask.request] = asyncio.get_running_loop().create_future()
        try:
            call = self._answered[ask.request] = await self._send(ask)
        finally:
            del self._asking[ask.request]
            mine.set_result(None)
        if len(self._answered) > self._most:
            del self._answered[next(iter(self._answered))]
        return call

    def forget(self, requests: Iterable[bytes]) -> None:
        """These answers could not be read: they are to be asked again, where people want that."""
        for request in requests:
            self._answered.pop(request, None)

    async def _send(self, ask: Ask) -> LLMCall:
        gate = self._gates[id(ask.model)]
        if isinstance(ask.model, OpenAIModel):
            return await ask.model.ask(self._sessions[id(ask.model)], gate, ask.prompt)
        await gate.enter()
        try:
            return await _in_thread(lambda: ask_blocking(ask.model, ask))
        finally:
            gate.leave()


def _in_thread(call: Callable[[], T]) -> asyncio.Future[T]:
    """The result of `call`, from a thread that does not hold up the end of the process, as those of asyncio do."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not result.done():
            set_it(value)

    def work() -> None:
        told: tuple[Callable[[Any], None], object]
        try:
            told = result.set_result, call()
        except BaseException as error:
            told = result.set_exception, error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, *told)

    threading.Thread(target=work, name="model", daemon=True).start()
    return result

"""The models that a predictor asks: each behind its gate, and each request sent once, however many texts have it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

from tiebreak.core.predictors.gate import Gate
from tiebreak.core.predictors.llm_pipeline import Ask, reused
from tiebreak.core.predictors.model import Model
from tiebreak.core.records import LLMCall

_REMEMBERED = 8  # answers kept in memory for each call in flight
_LONGEST = 60.0  # seconds that a call may take if no model has a timeout


class Models:
    """An async context that holds the sessions; at most `concurrency` calls to each model are in flight."""

    def __init__(self, models: Sequence[Model], concurrency: int) -> None:
        timeouts = [model.timeout for model in models if model.timeout is not None]
        self.longest = max(timeouts, default=_LONGEST)  # seconds a call may take
        self.give_up = any(model.gives_up for model in models)
        self._gates = {model: Gate(concurrency, model.patience) for model in models}
        self._sessions: dict[Model, Any] = {}
        self._stack = AsyncExitStack()
        self._asking: dict[bytes, asyncio.Future[None]] = {}
        self._answered: dict[bytes, LLMCall] = {}  # the latest answers: works that are ready were prepared before them
        self._most = _REMEMBERED * concurrency

    async def __aenter__(self) -> Self:
        for model in self._gates:
            self._sessions[model] = await self._stack.enter_async_context(model.session())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    @property
    def gates(self) -> list[Gate]:
        return list(self._gates.values())

    async def ask(self, ask: Ask) -> LLMCall:
        """Return the answer of the endpoint, or of a work that asked the same: then the answer is marked as reused.

        Raises the same errors as `Model.ask`.
        """
        while (other := self._asking.get(ask.request)) is not None:
            await asyncio.wait([other])
        if ask.request in self._answered:
            return reused(self._answered[ask.request], ask.prompt)
        mine = self._asking[ask.request] = asyncio.get_running_loop().create_future()
        try:
            call = self._answered[ask.request] = await ask.model.ask(
                self._sessions[ask.model], self._gates[ask.model], ask.prompt
            )
        finally:
            del self._asking[ask.request]
            mine.set_result(None)
        if len(self._answered) > self._most:
            del self._answered[next(iter(self._answered))]
        return call

    def forget(self, requests: Iterable[bytes]) -> None:
        """Forget answers that could not be read, so that a later run can ask again."""
        for request in requests:
            self._answered.pop(request, None)

"""The state that the runs of one engine share: the store and its thread, the budget, and requests to pause or stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from tiebreak.core.engine.progress import EngineOptions
from tiebreak.core.errors import StoreBusyError
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE = 0.5  # seconds between two tries at a store that other processes keep locked


async def patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of `call` in this thread, trying again while other processes keep the store locked."""
    while True:
        try:
            return call(*args, **kwargs)
        except StoreBusyError:
            await asyncio.sleep(_PATIENCE)


@dataclass
class Budget:
    """The money that may be spent; a `limit` of None is unlimited. It sets aside what calls in flight may cost."""

    limit: float | None = None
    spent: float = 0.0
    set_aside: float = 0.0

    @property
    def is_empty(self) -> bool:
        return self.limit is not None and self.spent >= self.limit > 0

    def take(self, most: float) -> bool:
        """Set `most` aside; return False if less than that is left."""
        if self.limit is not None and self.spent + self.set_aside + most > self.limit:
            return False
        self.set_aside += most
        return True

    def settle(self, most: float, cost: float) -> None:
        """Replace the `most` that was set aside for a call by its `cost`."""
        self.set_aside = max(0.0, self.set_aside - most)
        self.spent += cost


@dataclass
class EngineContext:
    """`message` says what the engine as a whole waits for. Only its one thread uses the store."""

    store: Store
    engine_id: int
    options: EngineOptions
    budget: Budget
    cache: AnswerCache | None = None
    message: str = ""
    is_stopping: bool = False
    is_paused: bool = False
    signal: int = 0  # the number of the signal that stopped it
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="store"))

    async def in_store_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `call` in the store's thread, trying again while other processes lock the store."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                done = await loop.run_in_executor(self._thread, lambda: call(*args, **kwargs))
            except StoreBusyError as error:
                self.message = f"waiting for the store: {error}"
                await asyncio.sleep(_PATIENCE)
            else:
                self.message = ""
                return done

    def close(self) -> None:
        self._thread.shutdown()

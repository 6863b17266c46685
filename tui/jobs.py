"""The ways off the UI thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from textual.dom import DOMNode

P = ParamSpec("P")
T = TypeVar("T")


class Jobs:
    """Runs slow calls in two threads, each thread one call after another.

    `run` is for calls that a key waits for; its thread alone uses the session's store. `beside` is for calls that may
    take long, with a connection of their own: searches, counts, lists.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="jobs")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="beside")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `call`, once all earlier jobs are done."""
        return await asyncio.wrap_future(self._executor.submit(call, *args, **kwargs))

    async def beside(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `call`, made in the other thread."""
        return await asyncio.wrap_future(self._beside.submit(call, *args, **kwargs))

    def close(self) -> None:
        """Wait for all calls of `run` and for the running call of `beside`; cancel those of `beside` that wait."""
        self._beside.shutdown(cancel_futures=True)
        self._executor.shutdown()


def run_latest(
    node: DOMNode, group: str, call: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Begin `call` in the background of `node`, and cancel what the same `group` is running."""
    work: Callable[[], Any] = partial(call, *args, **kwargs)
    node.run_worker(work, group=group, exclusive=True, exit_on_error=False)

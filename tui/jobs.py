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
    """Runs slow calls in two threads, in each one after another.

    `run` is for what a key waits for: the thread that the session's store is used from. `beside` is for what may take
    long, with a connection of its own: searches, counts, lists.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="jobs")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="beside")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `call`, once all earlier jobs are done."""
        return await asyncio.wrap_future(self._executor.submit(call, *args, **kwargs))

    async def beside(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `call`, in the other thread."""
        return await asyncio.wrap_future(self._beside.submit(call, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is under way; what has not begun beside is given up."""
        self._beside.shutdown(cancel_futures=True)
        self._executor.shutdown()


def run_latest(
    node: DOMNode, group: str, call: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Begin `call` in the background of `node`; what the same `group` has under way is given up."""
    work: Callable[[], Any] = partial(call, *args, **kwargs)
    node.run_worker(work, group=group, exclusive=True, exit_on_error=False)

"""Waiting until an app under Textual's Pilot has settled, by its events; Textual goes by the CPU's clock instead.

Textual's own `wait_for_idle` sleeps 20 ms or more, and takes a process that used no CPU meanwhile for idle. That is
slow for hundreds of keys, and wrong on a busy machine, where a process without a turn looks idle.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest
from textual._context import active_app

from tiebreak.tui.jobs import Jobs

Method = Callable[..., Coroutine[Any, Any, Any]]

TURNS = 4  # turns of the event loop in a row with nothing to run; then the app has settled
SOON = 0.017  # seconds; a timer that goes off within this time belongs to the work under way
PATIENCE = 0.25  # seconds; then a job that a test holds up is not waited for any longer

_under_way: Counter[int] = Counter()  # jobs without a result yet, by their `Jobs`


def _counted(method: Method) -> Method:
    @wraps(method)
    async def call(jobs: Jobs, *args: Any, **kwargs: Any) -> Any:
        _under_way[id(jobs)] += 1
        try:
            return await method(jobs, *args, **kwargs)
        finally:
            _under_way[id(jobs)] -= 1

    return call


async def wait_until_settled(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the event loop has nothing to run, all changes are drawn, and no job is under way."""
    app = active_app.get()
    loop = asyncio.get_running_loop()
    jobs = id(getattr(app, "jobs", None))
    begun = time.monotonic()
    quiet = 0
    while quiet < TURNS:
        await asyncio.sleep(0)
        waited = time.monotonic() - begun
        if loop._ready:  # type: ignore[attr-defined]
            quiet = 0
        elif waited < PATIENCE and (_under_way[jobs] or _goes_off_soon(loop)):
            await asyncio.sleep(0.001)
            quiet = 0
        elif quiet == TURNS - 2 and app._screen_stack:
            app.screen._on_timer_update()  # paints, and calls the callbacks that wait for it
            quiet += 1
        else:
            quiet += 1
        if waited > max_sleep + PATIENCE:
            return


def _goes_off_soon(loop: asyncio.AbstractEventLoop) -> bool:
    timers = loop._scheduled  # type: ignore[attr-defined]
    return any(each.when() < loop.time() + SOON for each in timers if not each.cancelled())


def settle_by_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the Pilot wait like this, and count the jobs of all apps."""
    _under_way.clear()
    monkeypatch.setattr("textual.app.wait_for_idle", wait_until_settled)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait_until_settled)
    monkeypatch.setattr(Jobs, "run", _counted(Jobs.run))
    monkeypatch.setattr(Jobs, "beside", _counted(Jobs.beside))

"""Running predictors side by side: what they share, how people steer them, and how they end."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tiebreak.core.engine.context import Budget, EngineContext, patiently
from tiebreak.core.engine.progress import DEFAULTS, EngineOptions, RunProgress
from tiebreak.core.engine.runner import OnProgress, Runner, fingerprint_of_run, pending_of
from tiebreak.core.engine.runners import opened
from tiebreak.core.errors import SettingError, TiebreakError
from tiebreak.core.files.written import written_at
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import RunOrigin
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.comparisons import store_scorer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import beat, end_engine, free_claims, register_engine, wanted_of
from tiebreak.core.store.predictions import pending_count, start_run

_LOOK = 0.5  # seconds between two looks for a request to pause or stop
_BEAT = 1.0  # seconds between two signs of life while something changes
_STILL_ALIVE = 10.0  # seconds between two signs of life while nothing changes
_LAST_WORD = 10.0  # seconds for the entry in the store that the engine has ended; then it ends without
# Seconds after which a thread gives way to another. While the store's thread waits for its turn, it may hold the store
# locked, and a person's answer waits too; Python's 5 ms add up.
_SWITCH = 0.0005


def run_predictors(
    store: Store,
    configs: Sequence[PredictorConfig],
    on_progress: OnProgress = lambda progress: None,
    options: EngineOptions = DEFAULTS,
) -> list[RunProgress]:
    """Predict the pending examples of all predictors at the same time; predictions are compared as they arrive.

    All predictors are opened, and checked if they have work to do, before any begins. So a wrong key or an endpoint
    that is down shows at once. A predictor that fails does not hold up the others. SIGINT and SIGTERM let the calls in
    flight end; the second signal gives them up. Raises PredictorError or ConfigError if a predictor cannot be used;
    saved predictions stay.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        return asyncio.run(_Engine(store, configs, on_progress, options).run())
    finally:
        sys.setswitchinterval(before)


class _Engine:
    """One call of `run_predictors`."""

    def __init__(
        self, store: Store, configs: Sequence[PredictorConfig], on_progress: OnProgress, options: EngineOptions
    ) -> None:
        self._store = store
        self._configs = configs
        self._on_progress = on_progress
        self._options = options
        self._at_work: list[Runner] = []
        self._last_beat: object = None
        self._last_beat_at = 0.0

    async def run(self) -> list[RunProgress]:
        await patiently(store_scorer, self._store)  # before any call that costs
        async with opened(self._store, self._configs, self._options) as runners:
            if self._options.budget is not None and not any(runner.has_prices for runner in runners):
                problem = "it needs the prices of the model; set `prices` in the config of the LLM"
                raise SettingError("budget", f"{self._options.budget:g}", problem)
            await asyncio.to_thread(self._check, runners)
            cache = await patiently(AnswerCache, self._options.cache) if self._options.cache is not None else None
            engine_id = await patiently(register_engine, self._store, self._options.as_object())
            context = EngineContext(self._store, engine_id, self._options, Budget(self._options.budget), cache)
            try:
                return await self._work(context, runners)
            except asyncio.CancelledError:  # the second signal
                raise KeyboardInterrupt from None
            finally:
                with suppress(TimeoutError):  # a store that stays locked: others will see that the process is gone
                    async with asyncio.timeout(_LAST_WORD):
                        await context.in_store_thread(end_engine, self._store, engine_id, context.message)
                context.close()
                if cache is not None:
                    cache.close()

    def _check(self, runners: Sequence[Runner]) -> None:
        for runner in () if self._options.reparse else runners:
            if pending_of(self._store, runner)[1]:
                runner.check()

    async def _work(self, context: EngineContext, runners: Sequence[Runner]) -> list[RunProgress]:
        progress_of_runs = [await patiently(self._start, runner) for runner in runners]
        for progress in progress_of_runs:
            self._on_progress(progress)
        works = [
            self._watched(context, runner, progress, turn)
            for runner, progress, turn in zip(runners, progress_of_runs, _turns(runners), strict=True)
        ]
        control = asyncio.create_task(self._control(context))
        with self._signals(context):
            try:
                results = await asyncio.gather(*works, return_exceptions=True)
            finally:
                control.cancel()
                with suppress(asyncio.CancelledError):
                    await control
        runs = tuple(progress.as_run() for progress in progress_of_runs)
        await context.in_store_thread(beat, self._store, context.engine_id, "ended", "", runs)
        _raise([error for error in results if error is not None])
        return progress_of_runs

    def _start(self, runner: Runner) -> RunProgress:
        """Start or continue the predictor's run under this label map, and return its report."""
        name = runner.config.name
        run_id = start_run(
            self._store,
            predictor=name,
            kind=runner.kind,
            fingerprint=fingerprint_of_run(runner),
            model=runner.model,
            label_map=str(runner.config.label_map),
            shared_prompt=runner.shared_prompt,
            labels=runner.labels,
            origin=RunOrigin(runner.config.pipeline, written_at(runner.config.pipeline), runner.prompt or None),
        )
        if not self._options.reparse:
            runner.fail_stale(self._store, run_id)
        pending = pending_count(self._store, run_id)
        if self._options.reparse:
            pending = runner.count_to_reparse(self._store)
        is_new = pending == pending_count(self._store, None)
        if self._options.limit is not None:
            pending = min(pending, self._options.limit)
        return RunProgress(name, runner.model, pending, run_id=run_id, is_new=is_new)

    async def _watched(self, context: EngineContext, runner: Runner, progress: RunProgress, turn: asyncio.Lock) -> None:
        """Let one predictor work, and note in its report how that ended."""
        try:
            if self._options.reparse:
                await runner.reparse(context, progress, self._on_progress)
            else:
                async with turn:
                    self._at_work.append(runner)
                    await runner.work(context, progress, self._on_progress)
        except TiebreakError as error:
            progress.state, progress.message = "failed", str(error)
            raise
        is_broke = context.budget.limit is not None and runner.spends
        progress.state = "stopped" if progress.remaining and (context.is_stopping or is_broke) else "ended"
        progress.signal = context.signal

    async def _control(self, context: EngineContext) -> None:
        """Write signs of life and progress to the store, and obey requests to pause or stop."""
        while True:
            wanted = await context.in_store_thread(wanted_of, self._store, context.engine_id)
            self._ask(context, stop=wanted == "stop", pause=wanted == "pause")
            await self._beat(context)
            await asyncio.sleep(_LOOK)

    async def _beat(self, context: EngineContext) -> None:
        state = "stopping" if context.is_stopping else "paused" if context.is_paused else "running"
        runs = tuple(runner.updated_progress().as_run() for runner in self._at_work)
        changing = (state, context.message, [(run.remaining, run.message, run.in_flight, run.retries) for run in runs])
        now = asyncio.get_running_loop().time()
        if now - self._last_beat_at >= (_BEAT if changing != self._last_beat else _STILL_ALIVE):
            self._last_beat, self._last_beat_at = changing, now
            await context.in_store_thread(beat, self._store, context.engine_id, state, context.message, runs)
            await context.in_store_thread(free_claims, self._store)
            if context.cache is not None:
                await context.in_store_thread(context.cache.renew)

    def _ask(self, context: EngineContext, *, stop: bool = False, pause: bool = False) -> None:
        if (stop and not context.is_stopping) or pause != context.is_paused:
            context.is_stopping = context.is_stopping or stop
            context.is_paused = pause and not context.is_stopping
            for runner in self._at_work:
                runner.nudge()
                self._on_progress(runner.updated_progress())

    @contextmanager
    def _signals(self, context: EngineContext) -> Iterator[None]:
        """Stop the engine on SIGINT, SIGTERM and SIGHUP; at once on the second signal."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        if threading.current_thread() is not threading.main_thread():
            names = []

        def stop(number: int) -> None:
            if context.signal and task is not None:
                task.cancel()
            context.signal = number
            self._ask(context, stop=True, pause=context.is_paused)

        for name in names:
            number = getattr(signal, name)
            with suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, stop, number)
        try:
            yield
        finally:
            for name in names:
                with suppress(NotImplementedError):  # Windows
                    loop.remove_signal_handler(getattr(signal, name))


def _turns(runners: Sequence[Runner]) -> list[asyncio.Lock]:
    """Return a lock for each runner; runners that ask the same share a lock and take turns.

    Their label maps or later components differ. The second runner finds the answers of the first.
    """
    locks: list[asyncio.Lock] = []
    for index, runner in enumerate(runners):
        alike = (lock for lock, other in zip(locks, runners[:index], strict=True) if runner.asked & other.asked)
        locks.append(next(alike, None) or asyncio.Lock())
    return locks


def _raise(errors: Sequence[BaseException]) -> None:
    """Raise the error that ended the runs; several errors become one with all their messages."""
    if len(errors) > 1 and all(isinstance(error, TiebreakError) for error in errors):
        plain = [error for error in errors if isinstance(error, TiebreakError)]
        first = next((error for error in plain if error.way_out is not None), plain[0])
        raise first.saying("\n".join(dict.fromkeys(map(str, errors))))
    for error in errors:
        raise error

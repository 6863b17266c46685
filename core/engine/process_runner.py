"""The runner of a predictor in a process of its own: it works beside the LLMs, not after them."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from tiebreak.core import errors
from tiebreak.core.engine.context import EngineContext, patiently
from tiebreak.core.engine.progress import Estimate, RunProgress
from tiebreak.core.engine.runner import OnProgress
from tiebreak.core.errors import PredictorError, TiebreakError
from tiebreak.core.predictors.opening import known_fingerprint
from tiebreak.core.predictors.protocol import run_fingerprint
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import find_run, pending_count, run_model
from tiebreak.core.ways_out import Way, WayOut

_LONGEST = 1 << 20  # bytes of a line
_AFTERWORDS = 1.0  # seconds to wait for the last lines of a worker that has ended
_LAST_WORDS = 60.0  # seconds that a worker has to end its batch after a stop; then it is killed


class ProcessRunner:
    """See `Runner`: the engine's side of a worker."""

    shared_prompt: str | None = None
    prompt: Mapping[str, str] = MappingProxyType({})
    asked: frozenset[bytes] = frozenset()
    spends = False
    has_prices = False

    def __init__(self, config: PredictorConfig) -> None:
        self.config = config
        self.kind = ""
        self.model = ""
        self.fingerprint = ""
        self.labels: tuple[str, ...] = ()
        self._progress: RunProgress | None = None
        self._context: EngineContext | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._last_sent = ""

    async def begin(self, store: Store) -> None:
        """Start the process, which opens the predictor, unless the predictor has predicted all examples."""
        if await patiently(self._has_predicted_all, store):
            return
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tiebreak.core.engine.worker"),  # -P: imports nothing from the working folder
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST,
        )
        setup = {"store": str(store.path.resolve()), "task": store.task.value, "config": self.config.as_json()}
        await self._send(json.dumps(setup))

    async def open(self) -> None:
        """Wait until the process has opened the predictor."""
        if self._process is None:
            return
        opened = await self._receive()
        if opened is None:
            raise await self._death()
        self.kind, self.model, self.fingerprint = opened["kind"], opened["model"], opened["fingerprint"]
        self.labels = tuple(opened["labels"])

    def _has_predicted_all(self, store: Store) -> bool:
        """Return whether this predictor's run is known to have nothing pending, without opening the predictor."""
        fingerprint = known_fingerprint(self.config)
        if fingerprint is None:
            return False
        run_id = find_run(store, self.config.name, run_fingerprint(fingerprint, self.config.label_map))
        if run_id is None or pending_count(store, run_id):
            return False
        self.fingerprint = fingerprint
        self.model = run_model(store, run_id)
        return True

    def check(self) -> None:
        """Do nothing: a predictor that could be opened can be used."""

    def stale(self, store: Store, run_id: int | None) -> list[tuple[int, str]]:
        return []

    def fail_stale(self, store: Store, run_id: int) -> None:
        """Do nothing: it has no stale predictions."""

    def estimate(self, store: Store, run_id: int | None, pending: int, cache: AnswerCache | None) -> Estimate:
        return Estimate(self.config.name, self.model, pending)

    async def work(self, context: EngineContext, run: RunProgress, on_progress: OnProgress) -> None:
        """Predict until nothing is left, or the run is stopped. Raises PredictorError if the process dies."""
        self._context, self._progress = context, run
        if self._process is None:
            return
        order = {"engine": context.engine_id, "run": run.run_id, "limit": context.options.limit}
        await self._send(json.dumps(order))
        await self._nudge()
        while (progress := await self._receive()) is not None:
            if "done" in progress:
                return
            run.ok += progress["ok"]
            run.failed += progress["failed"]
            run.last_error = progress["last_error"] or run.last_error
            on_progress(run)
        raise await self._death()

    def count_to_reparse(self, store: Store) -> int:
        return 0

    async def reparse(self, context: EngineContext, progress: RunProgress, on_progress: OnProgress) -> None:
        """Do nothing: it has no answers to read."""

    def nudge(self) -> None:
        asyncio.get_running_loop().create_task(self._nudge())

    async def _nudge(self) -> None:
        if self._context is not None and self._process is not None:
            paused = "pause" if self._context.is_paused else "run"
            await self._send("stop" if self._context.is_stopping else paused)

    def updated_progress(self) -> RunProgress:
        assert self._progress is not None
        return self._progress

    async def close(self) -> None:
        """End the process after it has saved its current batch."""
        if self._process is None or self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_LAST_WORDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _send(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if self._last_sent == line:
            return
        self._last_sent = line
        with suppress(ConnectionError):  # it has died: the next read reports it
            self._process.stdin.write(f"{line}\n".encode())
            await self._process.stdin.drain()

    async def _receive(self) -> dict[str, Any] | None:
        """Return the next message of the worker; None at its end. Raises the error that the message reports."""
        assert self._process is not None
        assert self._process.stdout is not None
        reading = asyncio.ensure_future(self._process.stdout.readline())
        dying = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({reading, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not reading.done():  # it has ended, but processes that it forked may hold its output open
            await asyncio.wait({reading}, timeout=_AFTERWORDS)
        if not reading.done() or not reading.result():
            reading.cancel()
            return None
        line = reading.result()
        message: dict[str, Any] = json.loads(line)
        if "error" in message:
            raise _error(message)
        return message

    async def _death(self) -> PredictorError:
        assert self._process is not None
        status = await self._process.wait()
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        hint = "; is there enough memory?" if status == -9 else "."
        return PredictorError(
            f"{self.config.name}: the process of the pipeline {how}{hint} Saved predictions are kept; run it again"
        )


def _error(message: dict[str, Any]) -> TiebreakError:
    """Make the error that a worker reported."""
    kind = getattr(errors, message["kind"], PredictorError)
    if not issubclass(kind, TiebreakError):
        kind = PredictorError
    error: TiebreakError = kind.__new__(kind, message["error"])
    name, of = message.get("way_out") or (None, "")
    TiebreakError.__init__(error, message["error"], None if name is None else WayOut(Way[name], of))
    return error

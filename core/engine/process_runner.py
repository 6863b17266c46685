"""A predictor in a process of its own, as the engine runs it: it works beside the LLMs, not after them."""

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
from tiebreak.core.engine.reports import Estimate, RunReport
from tiebreak.core.engine.runner import OnProgress
from tiebreak.core.engine.shared import Shared, patiently
from tiebreak.core.errors import PredictorError, TiebreakError
from tiebreak.core.predictors.opening import known_fingerprint
from tiebreak.core.predictors.protocol import run_fingerprint
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import find_run, pending_count, run_model
from tiebreak.core.ways_out import Way, WayOut

_LONGEST = 1 << 20  # bytes of a line
_AFTERWORDS = 1.0  # seconds in which the lines of a worker that has ended come in
_LAST_WORDS = 60.0  # seconds that a worker has to end its batch once it is told to stop


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
        self._report: RunReport | None = None
        self._shared: Shared | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._said = ""

    async def begin(self, store: Store) -> None:
        """Start the process, which opens the predictor; none where it has predicted all that there is."""
        if await patiently(self._has_predicted_all, store):
            return
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tiebreak.core.engine.worker"),  # imports nothing that lies here
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST,
        )
        where = {"store": str(store.path.resolve()), "task": store.task.value}
        await self._tell(json.dumps({**where, "config": self.config.as_json()}))

    async def open(self) -> None:
        """Wait until the process has opened it."""
        if self._process is None:
            return
        said = await self._heard()
        if said is None:
            raise await self._death()
        self.kind, self.model, self.fingerprint = said["kind"], said["model"], said["fingerprint"]
        self.labels = tuple(said["labels"])

    def _has_predicted_all(self, store: Store) -> bool:
        """Whether a run of just this predictor has nothing pending, which is known without opening it."""
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
        """What could be opened can be used."""

    def stale(self, store: Store, run_id: int | None) -> list[tuple[int, str]]:
        return []

    def fail_stale(self, store: Store, run_id: int) -> None:
        """It has none."""

    def estimate(self, store: Store, run_id: int | None, pending: int, cache: AnswerCache | None) -> Estimate:
        return Estimate(self.config.name, self.model, pending)

    async def work(self, shared: Shared, report: RunReport, on_progress: OnProgress) -> None:
        """Predict until nothing is left, or it is stopped. Raises PredictorError where the process dies."""
        self._shared, self._report = shared, report
        if self._process is None:
            return
        order = {"engine": shared.engine_id, "run": report.run_id, "limit": shared.options.limit}
        await self._tell(json.dumps(order))
        await self._nudge()
        while (said := await self._heard()) is not None:
            if "done" in said:
                return
            report.ok += said["ok"]
            report.failed += said["failed"]
            report.last_error = said["last_error"] or report.last_error
            on_progress(report)
        raise await self._death()

    def count_to_reparse(self, store: Store) -> int:
        return 0

    async def reparse(self, shared: Shared, report: RunReport, on_progress: OnProgress) -> None:
        """It has no answers to read."""

    def nudge(self) -> None:
        asyncio.get_running_loop().create_task(self._nudge())

    async def _nudge(self) -> None:
        if self._shared is not None and self._process is not None:
            paused = "pause" if self._shared.is_paused else "run"
            await self._tell("stop" if self._shared.is_stopping else paused)

    def tell(self) -> RunReport:
        assert self._report is not None
        return self._report

    async def close(self) -> None:
        """End the process: it saves the batch it is at."""
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

    async def _tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if self._said == line:
            return
        self._said = line
        with suppress(ConnectionError):  # it has died: the next reading says so
            self._process.stdin.write(f"{line}\n".encode())
            await self._process.stdin.drain()

    async def _heard(self) -> dict[str, Any] | None:
        """The next line of the worker; None at its end. Raises the error that it tells of."""
        assert self._process is not None
        assert self._process.stdout is not None
        reading = asyncio.ensure_future(self._process.stdout.readline())
        dying = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({reading, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not reading.done():  # it has ended, but those that it forked may hold its output open
            await asyncio.wait({reading}, timeout=_AFTERWORDS)
        if not reading.done() or not reading.result():
            reading.cancel()
            return None
        line = reading.result()
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise _error(said)
        return said

    async def _death(self) -> PredictorError:
        assert self._process is not None
        status = await self._process.wait()
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        hint = "; is there enough memory?" if status == -9 else ""
        return PredictorError(
            f"{self.config.name}: the process of the pipeline {how}{hint} What is done stays; run it again"
        )


def _error(said: dict[str, Any]) -> TiebreakError:
    """The error that a worker tells of."""
    kind = getattr(errors, said["kind"], PredictorError)
    if not issubclass(kind, TiebreakError):
        kind = PredictorError
    error: TiebreakError = kind.__new__(kind, said["error"])
    name, of = said.get("way_out") or (None, "")
    TiebreakError.__init__(error, said["error"], None if name is None else WayOut(Way[name], of))
    return error

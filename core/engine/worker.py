"""A predictor in a process of its own: `python -m tiebreak.core.engine.worker`.

The engine and the worker exchange lines of JSON. First the worker gets the store, the task and the predictor's config;
it replies with what it opened, or with an error. Then it gets its run, predicts the pending examples, and reports its
progress. The engine also sends `pause`, `run` and `stop` as lines. The end of the input (the engine died) means stop.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tiebreak.core.errors import StoreBusyError, TiebreakError
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import claim, claimed_by_others, release
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions

_LOOK_AGAIN = 1.0  # seconds between two looks at the work of other engines
_PATIENCE = 0.5  # seconds between two tries at a store that other processes keep locked


class _Commands:
    """The engine's orders, as they arrive."""

    def __init__(self, lines: IO[str]) -> None:
        self._lines = lines
        self._may_run = threading.Event()
        self._may_run.set()
        self.is_stopping = threading.Event()

    def listen(self) -> None:
        for line in self._lines:
            match line.strip():
                case "pause":
                    self._may_run.clear()
                case "run":
                    self._may_run.set()
                case "stop":
                    break
        self.is_stopping.set()
        self._may_run.set()

    def wait(self) -> bool:
        """Wait while paused; return False once the worker must stop."""
        self._may_run.wait()
        return not self.is_stopping.is_set()


def main() -> None:
    """Serve the engine at standard input and output."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # these reach the whole process group, but the engine decides
        if hasattr(signal, name):  # not all on Windows
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # The lines use files of their own: the output of a library must not get between them. A process that a pipeline
    # forks closes its standard input, and would wait for the thread that listens to it.
    lines, out = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  for as long as the process lives
    os.dup2(sys.stdin.fileno(), 0)
    os.dup2(2, 1)

    def say(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    try:
        _serve(lines, say)
    except TiebreakError as error:
        say(
            error=str(error),
            kind=type(error).__name__,
            way_out=error.way_out and [error.way_out.way.name, error.way_out.of],
        )
    except BrokenPipeError:
        pass
    except Exception as error:  # from a pipeline or its libraries: the engine prints it on one line
        reason = " ".join(str(error).split())
        say(error=f"the process of the pipeline: {type(error).__name__}: {reason}", kind="PredictorError")
    os._exit(0)  # without waiting for threads of libraries, or for the thread that listens


def _serve(lines: IO[str], say: Any) -> None:
    from tiebreak.core.predictors.opening import open_batches

    first = json.loads(lines.readline())
    config = PredictorConfig.from_json(first["config"])
    predictor = open_batches(config, Task(first["task"]))
    say(kind=predictor.kind, model=predictor.model, fingerprint=predictor.fingerprint, labels=predictor.labels)
    answer = lines.readline()
    if not answer:
        return
    order = json.loads(answer)
    orders = _Commands(lines)
    threading.Thread(target=orders.listen, daemon=True).start()
    with open_store(first["store"]) as store:
        work = _Chunks(store, order["engine"], order["run"], order["limit"], predictor.chunk_size, orders)
        for chunk in work.chunks():
            for predictions in predictor.predict(chunk):
                work.patiently(save_predictions, store, order["run"], predictions, order["engine"])
                failed = [each.error for each in predictions if each.error is not None]
                say(ok=len(predictions) - len(failed), failed=len(failed), last_error=failed[-1] if failed else None)
                if not orders.wait():
                    break
        work.end()
    say(done=not orders.is_stopping.is_set())


class _Chunks:
    """The worker's share of the pending examples, claimed in the store a chunk at a time."""

    def __init__(
        self, store: Store, engine_id: int, run_id: int, limit: int | None, chunk_size: int, orders: _Commands
    ) -> None:
        self._store = store
        self._engine_id = engine_id
        self._run_id = run_id
        self._left = limit
        self._chunk_size = chunk_size
        self._orders = orders
        self._chunk: list[tuple[int, str]] = []

    def chunks(self) -> Iterator[list[tuple[int, str]]]:
        """Claim pending examples and yield them as (id, text), until no engine has any left or the worker must stop."""
        after = 0
        while self._orders.wait() and (self._left is None or self._left > 0):
            count = self._chunk_size if self._left is None else min(self._chunk_size, self._left)
            chunk = self.patiently(claim, self._store, self._engine_id, self._run_id, after, count)
            if not chunk and not after:
                if not claimed_by_others(self._store, self._engine_id, self._run_id):
                    return
                self._orders.is_stopping.wait(_LOOK_AGAIN)
            after = chunk[-1][0] if chunk else 0
            self._left = None if self._left is None else self._left - len(chunk)
            self._chunk = chunk
            if chunk:
                yield chunk

    def end(self) -> None:
        """Release the examples that were claimed and not predicted."""
        ids = [example_id for example_id, _ in self._chunk]
        self.patiently(release, self._store, self._engine_id, self._run_id, ids)

    def patiently(self, call: Any, *args: Any) -> Any:
        """Return the result of `call`, trying again while other processes keep the store locked."""
        while True:
            try:
                return call(*args)
            except StoreBusyError:
                self._orders.is_stopping.wait(_PATIENCE)


if __name__ == "__main__":
    main()

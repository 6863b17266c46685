"""A predictor in a process of its own: `python -m tiebreak.core.engine.worker`.

The engine speaks to it in lines of JSON. First it gets the store, the task and the predictor's config, and says what it
opened, or why it could not; then it gets its run, predicts what is pending, and says how far it is. `pause`, `run` and
`stop` come as lines, too; the end of its input, which the death of the engine is, means stop.
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

_LOOK_AGAIN = 1.0  # seconds after which the work of other engines is looked at again
_PATIENCE = 0.5  # seconds between two tries at a store that others keep locked


class _Orders:
    """What the engine wants, as it comes in."""

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
        """Wait while paused; False once it is to stop."""
        self._may_run.wait()
        return not self.is_stopping.is_set()


def main() -> None:
    """Serve the engine at standard input and output."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # they reach the whole group: the engine says what to do
        if hasattr(signal, name):  # not all on Windows
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # Our lines have files of their own: what a library prints must not stand among them, and a process that a pipeline
    # forks closes its standard input, which would wait for the thread that listens.
    lines, out = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  for as long as the process lives
    os.dup2(sys.stdin.fileno(), 0)
    os.dup2(2, 1)

    def say(**said: Any) -> None:
        out.write(json.dumps(said) + "\n")
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
    except Exception as error:  # of a pipeline, or of a library beneath: the engine tells it in one line
        reason = " ".join(str(error).split())
        say(error=f"the process of the pipeline: {type(error).__name__}: {reason}", kind="PredictorError")
    os._exit(0)  # without waiting for threads of libraries, or for the one that listens


def _serve(lines: IO[str], say: Any) -> None:
    from tiebreak.core.predictors.opening import open_batches

    first = json.loads(lines.readline())
    config = PredictorConfig.from_json(first["config"])
    predictor = open_batches(config, Task(first["task"]))
    said = {"kind": predictor.kind, "model": predictor.model, "fingerprint": predictor.fingerprint}
    say(**said, labels=predictor.labels)
    answer = lines.readline()
    if not answer:
        return
    order = json.loads(answer)
    orders = _Orders(lines)
    threading.Thread(target=orders.listen, daemon=True).start()
    with open_store(first["store"]) as store:
        work = _Work(store, order["engine"], order["run"], order["limit"], predictor.chunk_size, orders)
        for chunk in work.chunks():
            for predictions in predictor.predict(chunk):
                work.patiently(save_predictions, store, order["run"], predictions, order["engine"])
                failed = [each.error for each in predictions if each.error is not None]
                say(ok=len(predictions) - len(failed), failed=len(failed), last_error=failed[-1] if failed else None)
                if not orders.wait():
                    break
        work.end()
    say(done=not orders.is_stopping.is_set())


class _Work:
    """What the worker takes from the store, a chunk at a time."""

    def __init__(
        self, store: Store, engine_id: int, run_id: int, limit: int | None, chunk_size: int, orders: _Orders
    ) -> None:
        self._store = store
        self._engine_id = engine_id
        self._run_id = run_id
        self._left = limit
        self._chunk_size = chunk_size
        self._orders = orders
        self._chunk: list[tuple[int, str]] = []

    def chunks(self) -> Iterator[list[tuple[int, str]]]:
        """The (id, text) of what is pending, claimed; ends when all is done, by whomever, or on demand."""
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
        """Give back what was claimed and not predicted."""
        ids = [example_id for example_id, _ in self._chunk]
        self.patiently(release, self._store, self._engine_id, self._run_id, ids)

    def patiently(self, call: Any, *args: Any) -> Any:
        """The result of `call`; while others keep the store locked it is tried again."""
        while True:
            try:
                return call(*args)
            except StoreBusyError:
                self._orders.is_stopping.wait(_PATIENCE)


if __name__ == "__main__":
    main()

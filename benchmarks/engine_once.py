"""Run argv's PREDICTORS (JSON) over argv's STORE, and print time and memory as JSON.

It is a process of its own, so that CPU time and memory are the engine's. `seconds` and `cpu` (of this process alone)
begin when all predictors are open and checked, at the engine's first report, and last to the end. `megabytes` is this
process's peak, `worker` that of the largest process of a spaCy pipeline.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.load_once import peak_memory
from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.reports import RunReport
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.store.opening import open_store

_LOOK = 0.2  # seconds between two looks at the workers' memory


def main(path: str, predictors: str) -> None:
    opened: list[tuple[float, float]] = []
    worker = looked = 0.0

    def progress(report: RunReport) -> None:
        nonlocal worker, looked
        now = time.perf_counter()
        if not opened:
            opened.append((now, time.process_time()))
        if now > looked + _LOOK:
            looked, worker = now, max(worker, _worker_memory())

    with open_store(path) as store:
        reports = run_predictors(store, [PredictorConfig.from_json(each) for each in json.loads(predictors)], progress)
    [(began, cpu)] = opened
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "cpu": time.process_time() - cpu,
                "megabytes": peak_memory(),
                "worker": worker,
                "ok": [report.ok for report in reports],
                "last_error": next((report.last_error for report in reports if report.last_error), None),
            }
        )
    )


def _worker_memory() -> float:
    """Return the largest peak memory of this process's children, in MB; 0 if the system does not report it."""
    listed = Path("/proc/self/task").glob("*/children")
    children = [child for each in listed for child in each.read_text("ascii").split()]
    return max((peak_memory(child) for child in children), default=0.0)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The engine over a new store of texts, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import ROOT
from benchmarks.terminal import installed_environment
from tiebreak.core.loading.sources import load_sources
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.store.opening import create_store


@dataclass(frozen=True)
class Run:
    """The cost of a run.

    `seconds` and `cpu` are seconds from when all predictors are open to the last prediction saved; `whole` is seconds
    from exec to exit. `megabytes` is the engine's peak memory, `worker` that of its largest spaCy worker, both in MB.
    """

    seconds: float
    cpu: float
    whole: float
    megabytes: float
    worker: float


def timed_run(folder: Path, texts: Sequence[str], *predictors: PredictorConfig) -> Run:
    """Run the predictors over `texts`. Raises RuntimeError if not all texts were predicted."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source, path = Path(place) / "texts.txt", Path(place) / "run.db"
        source.write_text("\n".join(texts), encoding="utf-8")
        with create_store(path) as store:
            load_sources(store, [str(source)])
        configs = json.dumps([predictor.as_json() for predictor in predictors])
        environment = installed_environment()
        began = time.perf_counter()
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.engine_once", str(path), configs],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        )
        whole = time.perf_counter() - began
    cost = json.loads(ended.stdout)
    if set(cost["ok"]) != {len(texts)}:
        raise RuntimeError(f"{cost['ok']} of {len(texts)} texts were predicted; the last error: {cost['last_error']}")
    return Run(cost["seconds"], cost["cpu"], whole, cost["megabytes"], cost["worker"])

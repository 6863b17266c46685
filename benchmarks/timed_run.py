"""The engine over a new store of texts, timed from when the predictor is open to the last prediction saved."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tiebreak.core.config import PredictorConfig
from tiebreak.core.engine import RunReport, run_predictors
from tiebreak.core.loading import load_sources
from tiebreak.core.store import create_store


def timed_run(folder: Path, texts: Sequence[str], predictor: PredictorConfig) -> float:
    """Seconds that `predictor` takes over `texts`; the engine reports for the first time when all is open."""
    opened: list[float] = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source = Path(place) / "texts.txt"
        source.write_text("\n".join(texts), encoding="utf-8")
        with create_store(Path(place) / "run.db") as store:
            load_sources(store, [str(source)])

            def progress(report: RunReport) -> None:
                if not opened:
                    opened.append(time.perf_counter())

            [report] = run_predictors(store, [predictor], progress)
            seconds = time.perf_counter() - opened[0]
    if report.ok != len(texts):
        raise RuntimeError(f"{report.ok} of {len(texts)} texts were predicted; the last error: {report.last_error}")
    return seconds

"""Exporting 200,000 answers as JSONL, against one cursor that reads the same answers and texts and writes records.

Each runs in a process of its own, one after the other. CPU seconds count, as a busy machine stretches wall-clock time.
The cursor's loop ignores the sources of spans, remarks, the slice and adjudication; the same functions make and write
its records.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import ROOT, Bench
from benchmarks.large_store import multiply
from benchmarks.rows import Reach, Row
from benchmarks.terminal import installed_environment
from tiebreak.core.records import Answer, SettledDifference
from tiebreak.core.selection.filter import EVERYTHING, Order
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.finding import matching_ids
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import queue_items

_TRIES = 2


def rows(bench: Bench) -> Iterator[Row]:
    count = bench.size(200_000, 20_000)
    path = _answered(bench, count)
    seconds, against = (min(_run(path, way) for _ in range(_TRIES)) for way in ("export", "cursor"))
    yield Row(
        f"export of {count:,} answers as JSONL, CPU",
        seconds,
        "s",
        against,
        "one cursor, the same answers and texts as records",
        seconds / against,
        Reach("at most", 2.0),
    )


def _answered(bench: Bench, count: int) -> Path:
    """Return a store of `count` examples, each with an answer that picks the left reading at each difference."""
    path = bench.folder / "answered.db"
    bench.small_store.rename(path)
    with open_store(path) as store:
        store.connection.execute("PRAGMA synchronous = OFF")
        ids = matching_ids(store, EVERYTHING, Order.SOURCE)
        with store.transaction():
            for item in (each for at in range(0, len(ids), 500) for each in queue_items(store, ids[at : at + 500])):
                choices = [
                    SettledDifference(each, "left", each.readings["left"], confirmed=True, first=each.readings["left"])
                    for each in item.differences
                ]
                marks, screen = item.predictions["left"].marks, {"selected_by": "disagreement"}
                spans, cats = store.rules.decision(marks, ())
                example_id = item.example.id
                answer = Answer(
                    example_id, "sam", "sam-1", "accept", spans, tuple(choices), marks, 2.0, 3, cats=cats, screen=screen
                )
                save_answer(store, answer)
    multiply(path, count // len(ids))
    return path


def _run(path: Path, way: str) -> float:
    command = [sys.executable, "-m", "benchmarks.export_once", str(path), way]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, env=installed_environment())
    return float(json.loads(done.stdout)["seconds"])

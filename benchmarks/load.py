"""Loading 100,000 examples with predictions from JSONL: time against plain SQLite, and memory.

The time is that of `load_sources` in a process of its own, without the interpreter's start, the best of several. It is
compared with `executemany` of the rows that the load stored, into the same schema in one transaction. Those rows are
read back into lists before. Memory is that process's peak for 100,000 examples minus that for 10,000. A note gives the
whole time of the command.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import texts
from benchmarks.bench import ROOT, Bench
from benchmarks.rows import Reach, Row
from benchmarks.terminal import installed_environment
from tiebreak.core.store.opening import create_store, open_store

_TABLES = ("examples", "labels", "predictors", "runs", "predictions")


def rows(bench: Bench) -> Iterator[Row]:
    count = bench.size(100_000, 10_000)
    few, many = _write(bench, count // 10), _write(bench, count)
    store = bench.folder / "loaded.db"
    loads, inserts = [], []
    for _ in range(3):
        loads.append(_load(store, many))
        inserts.append(_insert(store, bench.folder / "inserted.db"))
    seconds, against = min(load["seconds"] for load in loads), min(inserts)
    yield Row(
        f"load of {count:,} examples with predictions",
        seconds,
        "s",
        against,
        "executemany of the same rows",
        seconds / against,
        Reach("at most", 4.0),
    )
    base = min(_load(store, few)["megabytes"] for _ in range(2))
    peak = min(load["megabytes"] for load in loads)
    what = f"peak memory of that load, against {count // 10:,} examples"
    yield Row(what, peak, "MB", base, f"at {count // 10:,}", peak - base, Reach("at most", 20.0, "MB"))
    yield Row(f"`tiebreak load` of {count:,}, whole process", _command(bench, many), "s")


def _write(bench: Bench, count: int) -> Path:
    path = bench.folder / f"load-{count}.jsonl"
    headlines = texts.unique_texts(count)
    texts.write_records(path, headlines, [texts.guess_spans(text, seed=1) for text in headlines], "bench")
    return path


def _load(path: Path, source: Path) -> dict[str, Any]:
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.load_once", str(path), str(source)]
    result: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return result


def _insert(loaded: Path, path: Path) -> float:
    """Return the seconds that inserting the rows of `loaded` into a new store at `path` takes."""
    path.unlink(missing_ok=True)
    with open_store(loaded) as source:
        contents = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}
    with create_store(path) as store:
        started = time.perf_counter()
        store.connection.execute("BEGIN IMMEDIATE")
        for table, values in contents.items():
            marks = ", ".join("?" * len(values[0]))
            store.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        store.connection.execute("COMMIT")
        return time.perf_counter() - started


def _command(bench: Bench, source: Path) -> float:
    """Return the seconds that the command takes; a first run compiles its bytecode."""
    tiebreak = Path(sys.executable).with_name("tiebreak")
    environment = installed_environment()
    first, second = (
        [str(tiebreak), "load", str(bench.folder / name), str(source)] for name in ("first.db", "second.db")
    )
    subprocess.run(first, check=True, capture_output=True, env=environment)
    started = time.perf_counter()
    subprocess.run(second, check=True, capture_output=True, env=environment)
    return time.perf_counter() - started

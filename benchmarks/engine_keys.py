"""Keys of the review while the engine runs at full speed, against the engine paused, on one store.

The engine is `tiebreak predict` with 64 calls in flight at an endpoint that takes 200 ms. Two file predictors disagreed
before, so that there is something to review, and the engine compares each answer of the LLM with theirs. The engine is
paused and resumed in turn, for a round of keys each time, so that both times are of the same review.

A key is timed to the last byte before the first silence of 15 ms. While the engine runs, the screen draws its first row
again each second to show the engine's progress. A longer silence would often count that redraw as the key's. A key that
drew nothing but the first row is not counted.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.endpoint import endpoint, llm
from benchmarks.review_keys import KEYS, ROUND, commands, p95
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal, installed_environment
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import Engine, Wanted, ask_engine, engines
from tiebreak.core.store.opening import open_store

_LATENCY, _CONCURRENCY = 0.2, 64
_STATES: tuple[Wanted, ...] = ("pause", "run")
_TURN = 2.0  # seconds; by then the engine has paused, or is back at full speed
_OPENING = 60.0  # seconds that the engine may take to begin
_SILENCE = 0.015  # seconds: longer than any pause within one redraw


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the median and 95th percentile of all keys; the notes give the engine's speed, and each key by itself."""
    path = bench.review_store
    times: dict[Wanted, dict[str, list[float]]] = {state: {} for state in _STATES}
    done = seconds = 0.0
    with (
        endpoint(_LATENCY) as base_url,
        open_store(path) as store,
        running_engine(bench.folder, path, base_url) as process,
    ):
        engine = opened_engine(store, process)
        ask_engine(store, engine.id, "pause")  # so that the first example stays the first
        time.sleep(_TURN)
        review, _, shown = commands(path, bench.folder, 1)
        with Terminal(review, bench.folder) as terminal:
            terminal.wait_for(shown[0])
            terminal.settle(1.0)
            _press(terminal, {})
            for _ in range(bench.size(12, 3)):
                for state in _STATES:
                    ask_engine(store, engine.id, state)
                    time.sleep(_TURN)
                    before, began = _ok(store), time.perf_counter()
                    _press(terminal, times[state])
                    if state == "run":
                        done += _ok(store) - before
                        seconds += time.perf_counter() - began
        if process.poll() is not None or not done:
            raise RuntimeError("the engine did no work while the keys were pressed; the store is too small")
    yield from _rows(times, done / seconds)


def _rows(times: dict[Wanted, dict[str, list[float]]], rate: float) -> Iterator[Row]:
    paused, running = ([taken for each in times[state].values() for taken in each] for state in _STATES)
    for name, measure in (("median", median), ("p95", p95)):
        measured, against = 1000 * measure(running), 1000 * measure(paused)
        what = f"keys while the engine runs, {name} of {len(running)}, to last byte"
        yield Row(what, measured, "ms", against, "engine paused", measured / against, Reach("at most", 1.5))
    yield Row("the engine meanwhile", rate, "texts/s", _CONCURRENCY / _LATENCY, "ideal", rate * _LATENCY / _CONCURRENCY)
    for key, each in sorted(times["run"].items(), key=lambda item: -median(item[1])):
        if against_key := times["pause"].get(key):
            measured, against = 1000 * median(each), 1000 * median(against_key)
            yield Row(f"key {key} while the engine runs, median", measured, "ms", against, "paused", measured / against)


def _press(terminal: Terminal, times: dict[str, list[float]]) -> None:
    for key in ROUND:
        time.sleep(0.02)
        terminal.settle(0.04)
        taken = terminal.time_key(KEYS.get(key, key), _SILENCE)
        if taken is not None and terminal.drawn_rows != {1}:
            times.setdefault(key, []).append(taken)


@contextmanager
def running_engine(folder: Path, path: Path, base_url: str) -> Iterator[subprocess.Popen[bytes]]:
    tiebreak = Path(sys.executable).with_name("tiebreak")
    predictor = llm(folder, base_url, _CONCURRENCY)
    options = ("--as", predictor.name, "--concurrency", str(_CONCURRENCY))
    with subprocess.Popen(
        [str(tiebreak), "predict", str(path), predictor.pipeline, *options],
        env=installed_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def opened_engine(store: Store, process: subprocess.Popen[bytes]) -> Engine:
    deadline = time.monotonic() + _OPENING
    while time.monotonic() < deadline and process.poll() is None:
        if found := engines(store, live=True):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("the engine did not begin")


def _ok(store: Store) -> int:
    return int(store.execute("SELECT max(ok) FROM engine_runs").fetchone()[0] or 0)

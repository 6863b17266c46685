"""Eight annotators at once on one store, each in a terminal of their own, against one alone, while an engine writes.

The key is `a`, timed to the next "N done" on that screen; the answer is on disk by then. The annotators press once at
the pace of a quick person, a key every half a second each. Then they press at full speed, the next key as soon as the
screen shows the last answer. At full speed eight screens need more than two cores, so the row gives the number of
cores.

Notes show the store alone with eight writers, paced and at full speed. The slowest annotator's row shows whether all
wait alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.bench import ROOT, Bench
from benchmarks.endpoint import endpoint
from benchmarks.engine_keys import opened_engine, running_engine
from benchmarks.review_keys import p95
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.opening import open_store

_Times = list[list[float]]  # by annotator, the seconds that each answer took

_ANNOTATORS = 8
_PACE = 0.5  # seconds from one key of an annotator to the next
_LATENCY = 0.2  # seconds of the engine's endpoint


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the keys at a person's pace, where the 95th percentile counts; full speed and the store alone are notes."""
    path = bench.review_store
    names = [f"annotator{number}" for number in range(_ANNOTATORS)]
    with (
        endpoint(_LATENCY) as base_url,
        open_store(path) as store,
        running_engine(bench.folder, path, base_url) as engine,
    ):
        opened_engine(store, engine)
        for name in names:
            mark_introduced(store, name)
        for pace, count in ((_PACE, bench.size(60, 6)), (0.0, bench.size(200, 10))):
            alone = at_screens(path, bench.folder, names[:1], count, pace)
            together = at_screens(path, bench.folder, names, count, pace)
            yield from _rows("at 2 keys/s each" if pace else "at full speed", alone, together, counts=bool(pace))
        for pace, speed in ((0.1, "10 answers/s each"), (0.0, "at full speed")):
            alone, together = (_at_store(path, some, bench.size(200, 10), pace) for some in (names[:1], names))
            yield from _rows(f"store alone, {speed}", alone, together, counts=False)
        if engine.poll() is not None:
            raise RuntimeError("the engine ended during the benchmark; the store is too small")


def _rows(what: str, alone: _Times, together: _Times, *, counts: bool) -> Iterator[Row]:
    [one], all_keys = alone, [taken for times in together for taken in times]
    title = f"{_ANNOTATORS} annotators {what}, {os.cpu_count()} cores"
    slowest = max(together, key=p95)
    target = Reach("at most", 2.0) if counts else None
    for name, times, measure, reach in (
        (f"median of {len(all_keys)}", all_keys, median, None),
        (f"p95 of {len(all_keys)}", all_keys, p95, target),
        (f"p95 of the slowest annotator's {len(slowest)}", slowest, p95, None),
    ):
        measured, against = 1000 * measure(times), 1000 * measure(one)
        yield Row(f"{title}, {name}", measured, "ms", against, "one alone", measured / against, reach)


def at_screens(path: Path, folder: Path, names: list[str], count: int, pace: float) -> _Times:
    """Return the seconds of each key of annotators who work at the same time, each in a terminal."""
    tiebreak = str(Path(sys.executable).with_name("tiebreak"))
    terminals = [Terminal([tiebreak, "review", str(path), "--annotator", name], folder) for name in names]
    times: _Times = [[] for _ in names]
    try:
        for terminal in terminals:
            terminal.wait_for("done")
        time.sleep(1.0)
        players = [
            threading.Thread(target=_play, args=(terminal, count, pace, taken, number / len(names) * pace))
            for number, (terminal, taken) in enumerate(zip(terminals, times, strict=True))
        ]
        for player in players:
            player.start()
        for player in players:
            player.join()
    finally:
        for terminal in terminals:
            terminal.close()
    if any(len(taken) != count for taken in times):
        raise RuntimeError("a screen did not show an answer within a minute")
    return times


def _play(terminal: Terminal, count: int, pace: float, times: list[float], delay: float) -> None:
    time.sleep(delay)
    for done in range(1, count + 1):
        pressed = terminal.press("a")
        times.append(terminal.wait_for(f" {done} done") - pressed)
        time.sleep(max(0.0, pace - (time.perf_counter() - pressed)))


def _at_store(path: Path, names: list[str], count: int, pace: float) -> _Times:
    """Return the seconds of each answer that processes save at the same time, without screens."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.answer_once", str(path), name, str(count), str(pace)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("a process that saves answers ended early")
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [[float(line) for line in process.communicate()[0].split()] for process in processes]

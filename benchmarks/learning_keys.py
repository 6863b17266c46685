"""A key that answers while a learner works beside the screen, against the same key without a learner.

There are two copies of a store of 100,000 examples with 2,000 answers. On the first, all was learned before, and the
learner that the review started takes in each new answer. On the second, this process keeps the learner's lease, so no
learner runs and nothing was learned.

The key is `a`, timed to the last byte of the next example, with the answer on disk. Two terminals take turns key by
key, both at rest before each. Then eight annotators, each in a terminal, press two keys a second on each store in turn.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.learning import answer
from benchmarks.review_keys import SILENCE, commands, p95, time_key
from benchmarks.rows import Reach, Row
from benchmarks.team import at_screens
from benchmarks.terminal import Terminal, installed_environment
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learners import hold_lease, learner_at_work
from tiebreak.core.store.opening import open_store

_BEGINNING = 60.0  # seconds that a learner may take to begin
_ANNOTATORS = 8
_PACE = 0.5  # seconds from one key of an annotator to the next


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of one sitting, then of eight."""
    on, off = _stores(bench)
    began = time.perf_counter()
    tiebreak = str(Path(sys.executable).with_name("tiebreak"))
    subprocess.run([tiebreak, "learn", str(on)], env=installed_environment(), check=True, capture_output=True)
    yield Row(f"learning all of a store of {bench.size(100_000, 10_000):,}", time.perf_counter() - began, "s")
    with open_store(on) as learning, open_store(off) as idle:
        yield from _one_sitting(bench, learning, idle)
        yield from _eight_sittings(bench, learning, idle)


def _stores(bench: Bench) -> tuple[Path, Path]:
    """Return a store with answers, and a copy of it."""
    with open_store(bench.review_store) as store:
        answer(store, bench.size(2_000, 200))
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return bench.review_store, Path(shutil.copyfile(bench.review_store, bench.folder / "without.db"))


def _one_sitting(bench: Bench, learning: Store, idle: Store) -> Iterator[Row]:
    keys = bench.size(1_000, 40)
    times: dict[Path, list[float]] = {learning.path: [], idle.path: []}
    hold_lease(idle)
    screens = {store.path: commands(store.path, bench.folder, 1) for store in (learning, idle)}
    with (
        Terminal(screens[learning.path][0], bench.folder) as with_learner,
        Terminal(screens[idle.path][0], bench.folder) as without,
    ):
        for terminal, (_, _, texts) in zip((with_learner, without), screens.values(), strict=True):
            terminal.wait_for(texts[0])
        _wait_for_learner(learning)
        for terminal in (with_learner, without):  # not counted: the first key pays for late imports
            time_key(terminal, "a")
        for _ in range(keys):
            hold_lease(idle)
            for terminal, taken in zip((with_learner, without), times.values(), strict=True):
                taken.append(time_key(terminal, "a") or SILENCE)
        if learner_at_work(learning) is None:
            raise RuntimeError("the learner ended during the benchmark")
    ours, theirs = times.values()
    for name, measure, most in ((f"median of {keys}", median, 1.05), (f"p95 of {keys}", p95, 1.25)):
        what = f"key a to last byte while a learner works, {name}"
        yield _row(what, measure(ours), measure(theirs), Reach("at most", most))


def _eight_sittings(bench: Bench, learning: Store, idle: Store) -> Iterator[Row]:
    names = [f"annotator{number}" for number in range(_ANNOTATORS)]
    times: dict[Path, list[float]] = {learning.path: [], idle.path: []}
    for store in (learning, idle):
        for name in names:
            mark_introduced(store, name)
    for _ in range(bench.size(4, 1)):
        for store in (learning, idle):
            hold_lease(idle)
            taken = at_screens(store.path, bench.folder, names, bench.size(30, 6), _PACE)
            times[store.path] += [each for of_one in taken for each in of_one]
    ours, theirs = times.values()
    for name, measure, reach in (("median", median, Reach("at most", 1.1)), ("p95", p95, None)):
        what = f"key a of {_ANNOTATORS} annotators at 2 keys/s each while a learner works, {name} of {len(ours)}"
        yield _row(what, measure(ours), measure(theirs), reach)


def _row(what: str, ours: float, theirs: float, reach: Reach | None) -> Row:
    return Row(what, 1000 * ours, "ms", 1000 * theirs, "no learner", ours / theirs, reach)


def _wait_for_learner(store: Store) -> None:
    deadline = time.monotonic() + _BEGINNING
    while learner_at_work(store) is None:
        if time.monotonic() > deadline:
            raise RuntimeError("no learner began")
        time.sleep(0.1)

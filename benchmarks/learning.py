"""Learning from nothing, and from one more answer: CPU seconds of one process, against what each may take.

A made-up annotator has answered 10,000 examples of a store of 100,000; the right model's reading holds most often.
`learning` starts a new learner on them. The learner then takes in 20 more answers, one at a time. After each it saves
what it knows of the next 50 examples, which is timed as a note. In a process of its own, a learner ranks the next 1,000
examples again after an answer, then goes through all waiting examples. Its memory is the peak of that process.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from benchmarks.bench import ROOT, Bench
from benchmarks.rows import Reach, Row
from tiebreak.core.learning.learner import Learner
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import open_store

_FROM_NOTHING, _ONE_MORE = 30.0, 0.05  # seconds that they may take
_MORE = 20  # answers that are taken in one at a time
_AHEAD = 50  # examples that are saved after each of them
_RANKED_AGAIN, _ALL = 1.0, 60.0  # seconds that they may take
_MEMORY = 300.0  # MB that the learner may hold


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of learning from nothing, from one more answer, and of the values of the waiting examples."""
    count = bench.size(10_000, 500)
    with open_store(bench.review_store) as store:
        answer(store, count)
        learner = Learner(store)
        whole = cpu_seconds(learner.catch_up)
        more: list[float] = []
        saving: list[float] = []
        for number in range(_MORE):
            answer(store, 1, seed=number)
            more.append(cpu_seconds(learner.catch_up))
            stale = learner.stale(count=_AHEAD)
            saving.append(cpu_seconds(partial(learner.save, stale)))
    what = f"learning from {count:,} answers from nothing"
    yield Row(what, whole, "s", _FROM_NOTHING, "what it may take", whole / _FROM_NOTHING, Reach("at most", 1.0))
    for name, measured, most in (
        (f"learning one more answer, median of {_MORE}", median(more), _ONE_MORE),
        (f"learning one more answer, the slowest of {_MORE}", max(more), None),
        (f"saving what was learned of {_AHEAD} examples, median of {_MORE}", median(saving), None),
    ):
        if most is None:
            yield Row(name, 1000 * measured, "ms")
        else:
            reach = Reach("at most", 1.0)
            yield Row(name, 1000 * measured, "ms", 1000 * most, "what it may take", measured / most, reach)
    yield from _value_rows(bench)


def _value_rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of the work after an answer: ranking the next examples, then going through all of them."""
    command = [sys.executable, "-m", "benchmarks.learn_once", str(bench.review_store), str(_MORE)]
    taken = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    size = f"{bench.size(100_000, 10_000):,} examples"
    for what, measured, unit, most in (
        (
            f"ranking the next 1,000 after an answer, median of {_MORE}, {size}",
            median(taken["ranked"]),
            "s",
            _RANKED_AGAIN,
        ),
        (f"going through all after an answer, {size}", taken["all"], "s", _ALL),
        (f"peak memory of the learner then, {size}", taken["megabytes"], "MB", _MEMORY),
    ):
        yield Row(what, measured, unit, most, "what it may take", measured / most, Reach("at most", 1.0))


def answer(store: Store, count: int, annotator: str = "teacher", seed: int = 0) -> None:
    """Answer the next `count` examples, with the right model's reading more often than the left's."""
    luck = random.Random(seed)
    store.connection.execute("PRAGMA synchronous = OFF")
    session = ReviewSession(store, annotator)
    review = session.next()
    for _ in range(count):
        if review is None:
            raise RuntimeError("no example is left to answer; the store is too small")
        for at, readings in enumerate(review.readings):
            review.choose(luck.choices(range(len(readings)), range(1, len(readings) + 1))[0], at=at)
        review.confirm_all()
        review = session.answer(review, "accept", seconds=1, keys=1)
    session.leave(None)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that `work` takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began

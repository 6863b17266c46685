"""An hour at ten answers a minute: latency and memory of the last 60 of 600 answers against the first 60.

Every answer is `tab`, `right`, `a`; `a` is timed, to the last byte of the next example. The program's resident memory
is read after 60 and after 600 answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.review_keys import KEYS, SILENCE, commands
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal

_WINDOW = 60  # answers at each end that are compared


def rows(bench: Bench) -> Iterator[Row]:
    """Yield latency, then memory."""
    count = bench.size(600, 180)
    review, _, shown = commands(bench.review_store, bench.folder, 1)
    times: list[float] = []
    memory: list[float] = []
    with Terminal(review, bench.folder) as terminal:
        terminal.wait_for(shown[0])
        terminal.settle(2.5)
        for _ in range(3):  # not counted: the first keys pay for late imports
            terminal.time_key("a", SILENCE)
        for _ in range(count):
            for key in ("tab", "right"):
                terminal.time_key(KEYS[key], SILENCE)
            taken = terminal.time_key("a", SILENCE)
            if taken is None:
                raise RuntimeError("the key a drew nothing")
            times.append(taken)
            memory.append(terminal.memory())
    first, last = 1000 * median(times[:_WINDOW]), 1000 * median(times[-_WINDOW:])
    what = f"key a to last byte, median of the last {_WINDOW} of {count} answers"
    yield Row(what, last, "ms", first, f"of the first {_WINDOW}", last / first, Reach("at most", 1.1))
    what = f"memory of the review after {count} answers"
    grown = memory[-1] - memory[_WINDOW - 1]
    yield Row(what, memory[-1], "MB", memory[_WINDOW - 1], f"after {_WINDOW}", grown, Reach("at most", 20.0, "MB"))

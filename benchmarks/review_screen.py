"""The review screen on a store of 100,000 examples: how soon it is there, and how soon the next example is.

`start`: the time from exec of `tiebreak review` to the first example's text in the bytes that it writes to a
pseudo-terminal of 80x24. The baseline is a bare Textual app (Static and Footer) that draws the same text. The two take
turns; medians count, without the first run of each.

`next`: the time from the key `a` to the last byte of the next example, before the first silence of 25 ms after its
text. The answer is on disk with `synchronous=FULL`. The baseline is the bare app on a key that draws the same text. The
two take turns key by key, both at rest before each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.review_keys import commands, p95
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal
from tiebreak.core.store.opening import open_store

_SILENCE = 0.025  # seconds: longer than any pause within one redraw


def start_rows(bench: Bench) -> Iterator[Row]:
    """Yield the time from exec to the first example."""
    review, bare, texts = commands(bench.review_store, bench.folder, 1)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(1 + bench.size(9, 5)):
        for command, times in ((review, ours), (bare, theirs)):
            with Terminal(command, bench.folder) as terminal:
                times.append(terminal.wait_for(texts[0]) - terminal.started)
                terminal.settle(0.3)
    yield _row(f"review, exec to first example, {_size(bench)}", median, ours[1:], theirs[1:], Reach("at most", 1.7))


def next_rows(bench: Bench) -> Iterator[Row]:
    """Yield the time from the key to the next example."""
    keys = bench.size(200, 40)
    review, bare, texts = commands(bench.review_store, bench.folder, keys + 1)
    ours: list[float] = []
    theirs: list[float] = []
    with Terminal(review, bench.folder) as reviewed, Terminal(bare, bench.folder) as drawn:
        for terminal in (reviewed, drawn):
            terminal.wait_for(texts[0])
            terminal.settle(1.0)
        for text in texts[1:]:
            for terminal, times in ((reviewed, ours), (drawn, theirs)):
                time.sleep(0.05)
                terminal.settle(_SILENCE)
                pressed = terminal.press("a")
                seen = terminal.wait_for(text)
                times.append((terminal.settle(_SILENCE) or seen) - pressed)
    answered = _answers(bench.review_store)
    if answered != keys:
        raise RuntimeError(f"{keys} keys were pressed, but the store has {answered} answers")
    for name, measure, most in (("median", median, 2.5), ("p95", p95, 3.0)):
        what = f"key a to last byte of next example, {name} of {keys}, {_size(bench)}"
        yield _row(what, measure, ours, theirs, Reach("at most", most))


def _answers(path: Path) -> int:
    with open_store(path) as store:
        return int(store.execute("SELECT count(*) FROM answers WHERE annotator = 'bench'").fetchone()[0])


def _row(
    what: str, measure: Callable[[list[float]], float], ours: list[float], theirs: list[float], reach: Reach
) -> Row:
    measured, against = 1000 * measure(ours), 1000 * measure(theirs)
    return Row(what, measured, "ms", against, "bare Textual app", measured / against, reach)


def _size(bench: Bench) -> str:
    return f"{bench.size(100_000, 10_000):,} examples"

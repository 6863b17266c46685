"""Keys of the review screen on a store of 1,000,000 examples: how soon each is drawn, and in how many bytes.

`keys`: the time from the key to the last byte that it draws, before the first silence of 40 ms. If the key answers, the
answer is on disk by then. The baseline is a bare Textual app (Static and Footer) that draws the text of the same
example again. They take turns key by key, both at rest before each. The row with the target takes all keys together;
the notes give each key by itself.

`bytes`: what a key writes to a terminal of 100x30. The baseline is what the same screen writes when the terminal
becomes one column narrower, then regains its size. That draws the screen a few times, so its bytes are divided by how
often the last line was begun.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import mean, median, quantiles

from benchmarks.bench import ROOT, Bench
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import iterate_queue

SILENCE = 0.04  # seconds: longer than any pause within one redraw
KEYS = {
    "tab": "\t",
    "down": "\x1b[B",
    "up": "\x1b[A",
    "left": "\x1b[D",
    "right": "\x1b[C",
    "enter": "\r",
    "shift+left": "\x1b[1;2D",
    "shift+right": "\x1b[1;2C",
    "backspace": "\x7f",
}
# One example's keys. The keys that lead to another example come last; after each of the first two answers, `u` undoes.
ROUND = (
    *("tab", "right", "left", "down", "0", ".", ",", "<", ">", "1", "2", "m", "right", "up", "b", "[", "]", "left"),
    *("shift+right", "enter", "a", "u", "x", "u", "a", "s", "A"),
)


def key_rows(bench: Bench) -> Iterator[Row]:
    """Yield the times of every key of `ROUND`, pressed in several rounds."""
    rounds = bench.size(12, 4)
    tiebreak, bare, texts = commands(bench.large_store, bench.folder, 2)
    ours: dict[str, list[float]] = {}
    theirs: list[float] = []
    with Terminal(tiebreak, bench.folder) as reviewed, Terminal(bare, bench.folder) as drawn:
        for terminal in (reviewed, drawn):
            terminal.wait_for(texts[0])
            terminal.settle(1.0)
        for key in (*ROUND[:4], *ROUND * rounds):  # the first few are not counted: they pay for late imports
            taken = time_key(reviewed, key)
            if taken is not None:
                ours.setdefault(key, []).append(taken)
            theirs.append(time_key(drawn, "r") or 0.0)
    for key in ROUND[:4]:
        del ours[key][0]
    if silent := sorted({key for key in ROUND if len(ours.get(key, ())) < rounds}):
        print(f"keys that drew nothing at least once: {' '.join(silent)}", file=sys.stderr)
    yield from _key_rows(ours, theirs[4:], f"{bench.size(1_000_000, 100_000):,} examples")


def _key_rows(ours: dict[str, list[float]], theirs: list[float], size: str) -> Iterator[Row]:
    together = [taken for times in ours.values() for taken in times]
    slowest = max(ours, key=lambda key: median(ours[key]))
    half = (f"the slowest key ({slowest}), median of {len(ours[slowest])}", median, ours[slowest], 2.5)
    most = (f"any key, p95 of {len(together)}", p95, together, 4.0)
    for name, measure, times, reach in (half, most):
        measured, against = 1000 * measure(times), 1000 * measure(theirs)
        what = f"{name}, to last byte, {size}"
        yield Row(what, measured, "ms", against, "bare Textual app", measured / against, Reach("at most", reach))
    for key, times in sorted(ours.items(), key=lambda item: -median(item[1])):
        measured, against = 1000 * median(times), 1000 * median(theirs)
        yield Row(f"key {key}, median", measured, "ms", against, "bare Textual app", measured / against)


def byte_rows(bench: Bench) -> Iterator[Row]:
    """Yield the bytes that `left`, `right` and `tab` write."""
    times = bench.size(15, 5)
    tiebreak, _, texts = commands(bench.review_store, bench.folder, 1)
    written: dict[str, list[int]] = {key: [] for key in ("right", "left", "tab")}
    whole: list[float] = []
    with Terminal(tiebreak, bench.folder, columns=100, rows=30) as terminal:
        terminal.wait_for(texts[0])
        terminal.settle(2.5)
        for _ in range(times):
            for key, sizes in written.items():
                time_key(terminal, key)
                sizes.append(terminal.drawn_bytes)
            terminal.resize(99, 30)
            terminal.settle(0.3)
            terminal.resize(100, 30)
            terminal.settle(0.3)
            whole.append(terminal.drawn_bytes / terminal.drawn_times("\x1b[30;1H"))
            time_key(terminal, "a")
    for key, sizes in written.items():
        what = f"bytes that {key} writes at 100x30, mean of {times}"
        ratio = mean(sizes) / mean(whole)
        yield Row(what, mean(sizes), "B", mean(whole), "the whole screen redrawn", ratio, Reach("at most", 0.25))


def commands(store: Path, folder: Path, count: int) -> tuple[list[str], list[str], list[str]]:
    """Return the commands of a review of `store` and of the bare app, and the first `count` texts of the review."""
    with open_store(store) as opened:
        mark_introduced(opened, "bench")  # the introduction would take the first key
        texts = [item.example.text for item in islice(iterate_queue(opened, DISAGREEING), count)]
    shown = folder / "shown.txt"
    shown.write_text("\n".join(texts), encoding="utf-8")
    tiebreak = [str(Path(sys.executable).with_name("tiebreak")), "review", str(store), "--annotator", "bench"]
    tiebreak += ["--order", "disagreement"]  # learning does not change this order
    return tiebreak, [sys.executable, str(ROOT / "benchmarks" / "bare_app.py"), str(shown)], texts


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def time_key(terminal: Terminal, key: str) -> float | None:
    time.sleep(0.02)
    terminal.settle(SILENCE)
    return terminal.time_key(KEYS.get(key, key), SILENCE)

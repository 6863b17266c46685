"""Texts that one model has read, or none: how soon the first text is there to mark, and how soon the next.

The first row runs `tiebreak review new.db --source texts.txt --label A,B` with 10,000 lines. It is timed from exec to
the first text in the bytes written to a pseudo-terminal of 80x24. That covers the load into a new store, the
introduction, which a key ends at once, and the first text. The median of several counts, without the first, against the
2 seconds that it may take.

The other rows use stores of 100,000 such texts and measure as `review_screen` does. They time exec to the first text,
and the key `a` to the last byte of the next text. Each is compared with a bare Textual app that draws the same text.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import texts
from benchmarks.bench import ROOT, Bench
from benchmarks.review_keys import p95
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal
from tiebreak.core.loading.sources import load_sources
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import Order
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.examples import name_labels
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.queue import read_example
from tiebreak.core.store.slices import set_slice_share

_TIEBREAK = str(Path(sys.executable).with_name("tiebreak"))
_LABELS = ("ORG", "PERSON", "LOCATION")
_SILENCE = 0.025  # seconds: longer than any pause within one redraw
_BOUND = 2000.0  # milliseconds that the first text may take


class Times(NamedTuple):
    """Seconds of the review, and of the bare app."""

    ours: list[float]
    theirs: list[float]


def rows(bench: Bench) -> Iterator[Row]:
    yield _source_row(bench)
    for store, what in (("none.db", "texts that nobody read"), ("one.db", "texts of one model")):
        path = bench.folder / store
        shown = _make_open(path, bench.size(100_000, 10_000), bench.size(100, 30) + 1, read=store == "one.db")
        yield from _store_rows(bench, path, shown, f"{bench.size(100_000, 10_000):,} {what}")


def _source_row(bench: Bench) -> Row:
    """Return the time from exec to the first text of a new store."""
    count = bench.size(10_000, 2_000)
    lines = texts.unique_texts(count)
    (bench.folder / "texts.txt").write_text("\n".join(lines), encoding="utf-8")
    times: list[float] = []
    for number in range(1 + bench.size(7, 3)):
        name = f"new{number}.db"
        command = [_TIEBREAK, "review", name, "--source", "texts.txt", "--label", ",".join(_LABELS)]
        with Terminal([*command, "--annotator", "bench"], bench.folder) as terminal:
            terminal.wait_for("Any key begins")
            terminal.press("j")
            times.append(terminal.wait_for("a accept") - terminal.started)  # the footer, drawn with the first text
            terminal.settle(0.3)
    measured = 1000 * median(times[1:])
    what = f"review --source of {count:,} lines, exec to first text"
    return Row(what, measured, "ms", _BOUND, "what it may take", measured / _BOUND, Reach("at most", 1.0))


def _store_rows(bench: Bench, store: Path, shown: list[str], size: str) -> Iterator[Row]:
    (bench.folder / "shown.txt").write_text("\n".join(shown), encoding="utf-8")
    review = [_TIEBREAK, "review", str(store), "--annotator", "bench", "--order", "random"]
    bare = [sys.executable, str(ROOT / "benchmarks" / "bare_app.py"), str(bench.folder / "shown.txt")]
    starts = _starts(bench, review, bare, shown[0])
    yield _row(f"review, exec to first text, {size}", median, starts, Reach("at most", 1.7))
    keys = _keys(review, bare, bench.folder, shown)
    for name, measure, most in (("median", median, 2.5), ("p95", p95, 3.0)):
        what = f"key a to last byte of next text, {name} of {len(shown) - 1}, {size}"
        yield _row(what, measure, keys, Reach("at most", most))


def _starts(bench: Bench, review: list[str], bare: list[str], first: str) -> Times:
    """Return the times from exec to the first text."""
    times = Times([], [])
    for _ in range(1 + bench.size(7, 3)):
        for command, taken in ((review, times.ours), (bare, times.theirs)):
            with Terminal(command, bench.folder) as terminal:
                taken.append(terminal.wait_for(first) - terminal.started)
                terminal.settle(0.3)
    return Times(times.ours[1:], times.theirs[1:])


def _keys(review: list[str], bare: list[str], folder: Path, shown: list[str]) -> Times:
    """Return the times from each key to the next text."""
    times = Times([], [])
    with Terminal(review, folder) as reviewed, Terminal(bare, folder) as drawn:
        for terminal in (reviewed, drawn):
            terminal.wait_for(shown[0])
            terminal.settle(1.0)
        for text in shown[1:]:
            for terminal, taken in ((reviewed, times.ours), (drawn, times.theirs)):
                time.sleep(0.05)
                terminal.settle(_SILENCE)
                pressed = terminal.press("a")
                seen = terminal.wait_for(text)
                taken.append((terminal.settle(_SILENCE) or seen) - pressed)
    return times


def _row(what: str, measure: Callable[[list[float]], float], times: Times, reach: Reach) -> Row:
    measured, against = 1000 * measure(times.ours), 1000 * measure(times.theirs)
    return Row(what, measured, "ms", against, "bare Textual app", measured / against, reach)


def _make_open(path: Path, size: int, count: int, *, read: bool) -> list[str]:
    """Make a store of texts that one predictor has `read`, or none; return the `count` that a review shows first."""
    headlines = texts.unique_texts(size)
    with create_store(path) as store:
        source = path.with_suffix(".jsonl")
        spans = [tuple(texts.guess_spans(text, seed=1)) if read else () for text in headlines]
        texts.write_records(source, headlines, spans, "one")
        load_sources(store, [str(source)] if read else [str(_plain(path, headlines))])
        set_slice_share(store, 0)  # a single key does not answer a text of the slice
        name_labels(store, _LABELS)
        mark_introduced(store, "bench")
        ids = ReviewSession(store, "bench", order=Order.RANDOM).upcoming(count)
        return [read_example(store, example_id).text for example_id in ids]


def _plain(path: Path, lines: list[str]) -> Path:
    source = path.with_suffix(".txt")
    source.write_text("\n".join(lines), encoding="utf-8")
    return source

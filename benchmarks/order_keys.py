"""The review in the order by value, against the order by disagreement: its start, and a key that answers.

There are two copies of a store of 100,000 examples, and two of 1,000,000. Each has 20 answers, and values in the
columns that a learner fills. The values order the examples as disagreement does, so both reviews draw the same; only
the query differs. On one copy the review goes by value, on the other by disagreement. They take turns start by start
and key by key, both at rest before each.

This process keeps the learner's lease, so that only the screen is timed. The start is from exec to the first example.
The key is `a`, timed to the last byte of the next example, with the answer on disk.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench
from benchmarks.learning import answer
from benchmarks.review_keys import SILENCE, p95, time_key
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learners import hold_lease
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import read_example

_ORDERS = (Order.VALUE, Order.DISAGREEMENT)
_ANSWERS = 20
_REACH = Reach("at most", 1.05)

Times = dict[Order, list[float]]


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of the smaller store, then of the larger one."""
    yield from _rows_of(bench, bench.review_store, f"{bench.size(100_000, 10_000):,} examples")
    yield from _rows_of(bench, bench.large_store, f"{bench.size(1_000_000, 100_000):,} examples")


def _rows_of(bench: Bench, path: Path, size: str) -> Iterator[Row]:
    with ExitStack() as stack:
        stores = {order: stack.enter_context(open_store(copy)) for order, copy in _copies(path).items()}
        yield _row("review, exec to first example, median", median, _starts(bench, stores), size, _REACH)
        times = _keys(bench, stores)
        yield _row("key a to last byte, median", median, times, size, _REACH)
        yield _row("key a to last byte, p95", p95, times, size, None)


def _row(what: str, measure: Callable[[list[float]], float], times: Times, size: str, reach: Reach | None) -> Row:
    ours, theirs = (1000 * measure(times[order]) for order in _ORDERS)
    what = f"{what} of {len(times[Order.VALUE])}, by value, {size}"
    return Row(what, ours, "ms", theirs, "by disagreement", ours / theirs, reach)


def _copies(path: Path) -> dict[Order, Path]:
    """Return a store for each order, with the same answers and values."""
    with open_store(path) as store:
        answer(store, _ANSWERS)
        mark_introduced(store, "bench")
        with store.transaction():
            store.execute(
                """
                UPDATE queue
                SET value = score + differences / 1e6, seconds = 10.0, errors = 10.0 * score + differences / 1e5
                WHERE answered = 0
                """
            )
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {order: Path(shutil.copyfile(path, path.with_stem(f"{path.stem}-{order.value}"))) for order in _ORDERS}


def _starts(bench: Bench, stores: dict[Order, Store]) -> Times:
    times: Times = {order: [] for order in stores}
    first = {order: _first_text(store, order) for order, store in stores.items()}
    for _ in range(1 + bench.size(20, 5)):
        for order, store in stores.items():
            hold_lease(store)
            with Terminal(_command(store, order), bench.folder) as terminal:
                times[order].append(terminal.wait_for(first[order]) - terminal.started)
                terminal.settle(0.3)
    return {order: taken[1:] for order, taken in times.items()}  # the first of each is not counted


def _keys(bench: Bench, stores: dict[Order, Store]) -> Times:
    times: Times = {order: [] for order in stores}
    with ExitStack() as stack:
        terminals = {}
        for order, store in stores.items():
            hold_lease(store)
            first = _first_text(store, order)  # before the review claims it
            terminal = stack.enter_context(Terminal(_command(store, order), bench.folder))
            terminal.wait_for(first)
            terminal.settle(1.0)
            time_key(terminal, "a")  # not counted: the first key pays for late imports
            terminals[order] = terminal
        for number in range(bench.size(300, 40)):
            for order in _ORDERS[:: -1 if number % 2 else 1]:  # each order goes first as often as the other
                hold_lease(stores[order])
                times[order].append(time_key(terminals[order], "a") or SILENCE)
    return times


def _first_text(store: Store, order: Order) -> str:
    [example_id] = ReviewSession(store, "bench", DISAGREEING, order=order).upcoming(1)
    return read_example(store, example_id).text


def _command(store: Store, order: Order) -> list[str]:
    tiebreak = str(Path(sys.executable).with_name("tiebreak"))
    return [tiebreak, "review", str(store.path), "--annotator", "bench", "--order", order.value]

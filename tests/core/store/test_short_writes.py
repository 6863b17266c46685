"""Writing beside people who answer: no transaction is long, and its size follows the time that it takes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from files import change, rows

from tiebreak.core.records import Learned, LearnedPlace, Likely, Span
from tiebreak.core.store import short_writes
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import LearnedRow, save_learned
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.short_writes import LONGEST, ShortWrites, write_lightly

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]

# Prints the milliseconds for which others held the lock without a break: the longest, and the 99th of 100.
PROBE = """
import sqlite3, sys, time
store = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
print("begun", flush=True)
end, since, held = time.perf_counter() + float(sys.argv[2]), None, []
while (now := time.perf_counter()) < end:
    try:
        store.execute("BEGIN IMMEDIATE")
        store.execute("ROLLBACK")
        if since is not None:
            held.append(now - since)
        since = None
    except sqlite3.OperationalError:
        since = now if since is None else since
    time.sleep(0.0003)  # else it is this that keeps the others from a core
held.sort()
print(len(held), 1000 * held[-1], 1000 * held[int(0.99 * len(held))])
"""


def write(store: Store, sizes: Sequence[int], seconds_a_byte: float) -> list[int]:
    """Write items of these sizes, each byte in `seconds_a_byte`; return the bytes of each transaction."""
    parts: list[int] = []

    def save(part: Sequence[int]) -> None:
        parts.append(sum(part))
        time.sleep(sum(part) * seconds_a_byte)

    ShortWrites(store).write(sizes, int, save)
    return parts


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two transactions."""
    monkeypatch.setattr(short_writes, "_PAUSE", 0.0)


def test_everything_is_written_in_its_order(store: Store) -> None:
    written: list[int] = []
    sizes = [3, 9_000, 12_000, 400_000, 1, 2, 15_000, 15_000]
    ShortWrites(store).write(sizes, int, written.extend)
    assert written == sizes


@pytest.mark.usefixtures("at_once")
def test_where_writing_is_slow_a_transaction_comes_to_hold_less(store: Store) -> None:
    parts = write(store, [500] * 120, 1e-6)  # 16,000 bytes in 16 ms
    assert parts[0] == 16_000
    assert max(parts[2:]) * 1e-6 < LONGEST


@pytest.mark.usefixtures("at_once")
def test_where_writing_is_fast_a_transaction_comes_to_hold_more(store: Store) -> None:
    parts = write(store, [500] * 2000, 0)
    assert parts[0] == 16_000
    assert max(parts) > 40_000


@pytest.mark.usefixtures("at_once")
def test_a_large_row_is_written_by_itself(store: Store) -> None:
    assert write(store, [500, 900_000, 500], 0) == [500, 900_000, 500]


def test_another_writer_gets_its_turn_between_two_transactions(store: Store) -> None:
    """An annotator's answer gets the lock within a few tries, however much another process writes."""
    waits: list[float] = []
    done = threading.Event()

    def answer() -> None:
        with open_store(store.path) as other:
            while not done.wait(0.005):
                began = time.perf_counter()
                other.set_setting("x", "y")
                waits.append(time.perf_counter() - began)

    other = threading.Thread(target=answer)
    other.start()
    write(store, [8_000] * 200, 1e-7)
    done.set()
    other.join()
    assert len(waits) > 20
    assert sorted(waits)[len(waits) // 2] < 0.1


def test_a_connection_that_writes_lightly_waits_for_no_disk_and_others_do(store: Store) -> None:
    with open_store(store.path) as learner:
        write_lightly(learner)
        assert learner.execute("PRAGMA synchronous").fetchone() == (1,)
        assert store.execute("PRAGMA synchronous").fetchone() == (2,)


def learned_row(example_id: int, differences: int) -> LearnedRow:
    candidates = tuple(Likely((Span(0, 4, f"LABEL{number}"),), 0.05) for number in range(12))
    return LearnedRow(example_id, b"12345678", Learned(9, (LearnedPlace(candidates, 0.1),) * differences))


def test_the_log_stays_short_while_the_learner_writes(store: Store, predict: Predict) -> None:
    ids = list(predict(store, "left", {f"text {number}": [] for number in range(800)}).values())
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open_store(store.path) as learner:
        write_lightly(learner)
        writes = ShortWrites(learner)
        for _ in range(2):
            save_learned(learner, [learned_row(each, 5) for each in ids], writes)
        assert Path(f"{store.path}-wal").stat().st_size < 4_000_000
    assert rows(store.path, "SELECT count(*) FROM learned") == [(800,)]


@pytest.mark.full
def test_others_wait_for_the_lock_for_milliseconds_at_most(store: Store, predict: Predict) -> None:
    ids = list(predict(store, "left", {f"text {number}": [] for number in range(2000)}).values())
    with open_store(store.path) as learner:
        write_lightly(learner)
        writes = ShortWrites(learner)
        probe = subprocess.Popen([sys.executable, "-c", PROBE, str(store.path), "4"], stdout=subprocess.PIPE, text=True)
        assert probe.stdout is not None
        assert probe.stdout.readline() == "begun\n"
        while probe.poll() is None:
            save_learned(learner, [learned_row(each, 5) for each in ids[:200]], writes)
            ids = ids[200:] + ids[:200]
        count, longest, almost = map(float, probe.communicate()[0].split())
    assert count > 20
    assert almost < 4 * 1000 * LONGEST  # other programs use the machine, too
    assert longest < 20 * 1000 * LONGEST


def test_rows_are_saved_where_the_table_was_dropped_meanwhile(store: Store, predict: Predict) -> None:
    ids = list(predict(store, "left", {f"text {number}": [] for number in range(3)}).values())
    change(store.path, "DROP TABLE learned")
    save_learned(store, [learned_row(each, 1) for each in ids])
    assert rows(store.path, "SELECT count(*) FROM learned") == [(3,)]

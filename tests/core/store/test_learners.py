"""The lease of the single learner, and the tables that it writes: they may be dropped at any time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from files import change, rows

from tiebreak.core.records import Answer, Learned, LearnedPlace, Likely, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import schema
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.backup import back_up
from tiebreak.core.store.checking import check_store, repair_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.definitions import own_definitions
from tiebreak.core.store.droppable import make_learned_tables
from tiebreak.core.store.learned import LearnedRow, basis_of, learned_of, save_learned
from tiebreak.core.store.learners import BEAT, LEASE, give_back_lease, hold_lease, learner_at_work
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.replacing import restore

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")
LEARNED = Learned(7, (LearnedPlace((Likely((A,), 0.75), Likely((), 0.2)), 0.05, 3, 4),))

HOLD = """
import sys, time
from tiebreak.core.store.learners import hold_lease
from tiebreak.core.store.opening import open_store
store = open_store(sys.argv[1])
print(hold_lease(store), flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def some(store: Store, predict: Predict) -> Store:
    """Three examples with a difference each."""
    texts = [f"text {number}" for number in range(3)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    return store


def save(store: Store, example_id: int) -> None:
    differences = queue_item(store, example_id).differences
    save_learned(store, [LearnedRow(example_id, basis_of(differences), LEARNED)])


def kept(store: Store, example_id: int) -> Learned | None:
    return learned_of(store, example_id, queue_item(store, example_id).differences)


def another(store: Path, seconds: float = 60) -> tuple[subprocess.Popen[str], bool]:
    """Start another process that asks for the lease and goes on for some seconds; return whether it got the lease."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline() == "True\n"


def hold(store: Path, host: str, pid: int, beat: float) -> None:
    change(store, f"INSERT OR REPLACE INTO learners VALUES (1, '{host}', {pid}, {beat!r})")


def test_the_lease_is_one_process_s_until_it_gives_it_back(store: Store) -> None:
    assert learner_at_work(store) is None
    assert hold_lease(store)
    assert hold_lease(store)
    at_work = learner_at_work(store)
    assert at_work is not None
    assert at_work.is_this_process
    process, got_it = another(store.path, 0)
    process.communicate()
    assert not got_it
    give_back_lease(store)
    assert learner_at_work(store) is None
    process, got_it = another(store.path, 0)
    process.communicate()
    assert got_it


def test_the_lease_of_a_killed_process_is_free_at_once(store: Store) -> None:
    process, got_it = another(store.path)
    assert got_it
    assert not hold_lease(store)
    process.kill()
    process.communicate()
    assert learner_at_work(store) is None
    assert hold_lease(store)


def test_the_lease_of_another_machine_is_free_once_it_has_been_silent_for_long(store: Store) -> None:
    hold(store.path, "elsewhere", 4711, time.time() - LEASE + 20)
    assert not hold_lease(store)
    hold(store.path, "elsewhere", 4711, time.time() - LEASE - 1)
    assert hold_lease(store)


def test_a_lease_that_came_with_a_copy_of_the_store_is_free_once_it_is_old(store: Store) -> None:
    """The process exists, but it beats in the store that was copied."""
    hold(store.path, socket.gethostname(), os.getppid(), time.time() - LEASE - 1)
    assert hold_lease(store)


def test_a_holder_whose_lease_was_taken_over_learns_of_it_and_does_not_take_it_back(store: Store) -> None:
    assert hold_lease(store)
    hold(store.path, "elsewhere", 4711, time.time())
    assert not hold_lease(store)
    give_back_lease(store)
    assert rows(store.path, "SELECT host, pid FROM learners") == [("elsewhere", 4711)]


def test_the_holder_says_now_and_then_that_it_is_alive_and_writes_nothing_in_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hold_lease(store)
    before = store.version()
    assert hold_lease(store)
    assert store.version() == before
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + BEAT + 1)
    assert hold_lease(store)
    [(beat,)] = rows(store.path, "SELECT beat FROM learners")
    assert beat == now + BEAT + 1


@pytest.mark.parametrize("beat", ["'x'", "NULL", "9e999", "x'00'"])
def test_a_lease_that_says_nonsense_is_free(store: Store, beat: str) -> None:
    change(store.path, "DROP TABLE learners", "CREATE TABLE learners (id INTEGER PRIMARY KEY, host, pid, beat)")
    change(store.path, f"INSERT INTO learners VALUES (1, 'elsewhere', 1, {beat})")
    assert learner_at_work(store) is None
    assert hold_lease(store)


def test_what_is_kept_comes_back(some: Store) -> None:
    assert kept(some, 1) is None
    save(some, 1)
    assert kept(some, 1) == LEARNED


@pytest.mark.parametrize(
    "fault",
    [
        *(f"DROP TABLE {table}" for table in schema.LEARNED),
        *(f"DELETE FROM {table}" for table in schema.LEARNED),
    ],
)
def test_the_tables_may_go_at_any_time(some: Store, fault: str) -> None:
    save(some, 1)
    assert hold_lease(some)
    change(some.path, fault)
    assert kept(some, 1) == (None if fault.endswith(" learned") else LEARNED)
    assert learner_at_work(some) is None or not fault.endswith("learners")
    session = ReviewSession(some, "sam")  # the sitting shows no error
    review = session.next()
    assert review is not None
    session.answer(review, "accept", seconds=1, keys=1)
    with open_store(some.path) as other:
        assert [each for each in check_store(other) if each.is_fault] == []
        assert hold_lease(other)
        save(other, 2)
        assert kept(other, 2) == LEARNED
    make_learned_tables(some)
    assert check_store(some) == []


def test_a_table_that_was_dropped_is_reported_and_repaired(some: Store, caplog: pytest.LogCaptureFixture) -> None:
    change(some.path, "DROP TABLE learned", "DROP TABLE learned_patterns")
    [first, second] = check_store(some)
    assert (first.what, first.can_repair, first.is_fault) == ("the table learned is missing", True, False)
    assert second.what == "the table learned_patterns is missing"
    open_store(some.path).close()
    assert caplog.messages == []
    assert repair_store(some) == [
        "restored the table learned",
        "restored the table learned_patterns",
    ]
    assert check_store(some) == []


def test_tables_that_are_made_again_are_defined_as_at_first(some: Store) -> None:
    for table in schema.LEARNED:
        change(some.path, f"DROP TABLE {table}")
    assert make_learned_tables(some)
    assert not make_learned_tables(some)
    made = dict(rows(some.path, "SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    assert {name: made[name] for name in schema.LEARNED} == {
        name: own_definitions()["table", name] for name in schema.LEARNED
    }


def test_the_tables_of_the_migration_are_those_that_may_be_dropped() -> None:
    before = own_definitions(5)
    assert {name for kind, name in own_definitions(6) if (kind, name) not in before} == set(schema.LEARNED)


def test_rows_that_refer_to_nothing_are_swept(some: Store) -> None:
    change(some.path, "INSERT INTO learned (example_id, basis, answers, places) VALUES (99, x'00', 1, '[]')")
    [finding] = check_store(some)
    assert (finding.what, finding.can_repair) == ("learned: reference to a missing row of examples in 1 row", True)
    repair_store(some)
    assert check_store(some) == []
    assert rows(some.path, "SELECT * FROM learned") == []


@pytest.mark.parametrize(
    "places",
    ["'nonsense'", "'{}'", "'[1]'", "x'00'", """'[{"candidates":[{"spans":[{}],"probability":1}]}]'""", "'[]'"],
)
def test_a_row_that_somebody_else_wrote_counts_as_none(some: Store, places: str) -> None:
    save(some, 1)
    change(some.path, f"UPDATE learned SET places = {places}")
    assert kept(some, 1) is None


def test_a_row_of_another_comparison_counts_as_none(some: Store, predict: Predict) -> None:
    save(some, 1)
    predict(some, "third", {"text 0": [Span(0, 4, "B")]})
    assert kept(some, 1) is None


def test_a_backup_holds_what_was_learned_and_one_of_an_earlier_moment_does_not(some: Store, tmp_path: Path) -> None:
    save(some, 1)
    save_answer(some, Answer(2, "sam", "s", "accept", (A,), answered_at=time.time()))
    back_up(some.path, tmp_path / "copy.db")
    assert rows(tmp_path / "copy.db", "SELECT example_id FROM learned") == [(1,)]
    restore(some.path, tmp_path / "then.db", time.time() - 3600)
    assert rows(tmp_path / "then.db", "SELECT example_id FROM learned") == []
    change(some.path, *(f"DROP TABLE {table}" for table in schema.LEARNED))
    restore(some.path, tmp_path / "again.db", time.time() - 3600)
    with open_store(tmp_path / "again.db") as again:
        assert check_store(again) == []

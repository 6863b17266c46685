"""`tiebreak learn`, alone and as the process that the review screen starts."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run, review
from end_to_end.terminal import Terminal
from files import rows
from waiting import is_running, wait_until

from tiebreak.core.records import Value
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.sharing import put_on_screen
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.valued import save_values


def learner_of(store: Path) -> int:
    """Return the id of the living process with the lease, or 0."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(store)) as connection:
        for (pid,) in connection.execute("SELECT pid FROM learners"):
            return int(pid) if is_running(pid) else 0
    return 0


def learned(store: Path) -> list[tuple[int, int]]:
    return rows(store, "SELECT example_id, answers FROM learned ORDER BY 1")


def libraries_of(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def test_it_learns_and_says_from_how_much(store: Path, run: Run) -> None:
    assert run("learn", "store.db").stdout == "learned from 0 answers; updated 10 examples\n"
    with Terminal(review(store, "--blind")) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("aa")
        terminal.wait_for("2 done")
        terminal.send("q")
        terminal.wait()
    assert learner_of(store) == 0
    result = run("learn", "store.db", "--json")
    assert json.loads(result.stdout) == {"answers": 2, "examples": 10}
    assert result.stderr == ""
    assert [answers for _, answers in learned(store)] == [2] * 6


def test_errors_are_one_line(store: Path, run: Run) -> None:
    missing = run("learn", "none.db", check=False)
    assert missing.returncode == 1
    assert missing.stderr == "tiebreak: none.db: no such store; create it with `tiebreak load none.db SOURCE`\n"
    store.chmod(0o400)
    if os.geteuid():  # root may write it anyway
        assert "read-only" in run("learn", "store.db", check=False).stderr
    store.chmod(0o600)
    with sqlite3.connect(store) as connection:
        connection.execute("INSERT INTO learners VALUES (1, 'elsewhere', 812, ?)", (time.time(),))
    busy = run("learn", "store.db", check=False)
    assert busy.returncode == 1
    assert "a learner is at work already (process 812 on elsewhere)" in busy.stderr
    second = run("learn", "store.db", "--follow")
    assert second.stderr == "a learner is at work on this store already, so nothing was done\n"


def test_it_ends_also_if_python_drops_the_first_exit() -> None:
    """Python drops an exit within a callback of its garbage collector, as within a callback of an import."""
    code = """
import os, signal, time, weakref
from tiebreak.tui.cli.learn import end_when_asked

class Thing: ...

end_when_asked()
thing = Thing()
watch = weakref.ref(thing, lambda _: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(0.1)))
del thing
time.sleep(30)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Exception ignored" in process.stderr


def test_it_gives_the_lease_back_when_it_is_asked_to_end(store: Path) -> None:
    with open_store(store) as opened:
        put_on_screen(opened, "session", "sam", 1)  # as a sitting of this process
        process = subprocess.Popen([TIEBREAK, "learn", str(store), "--follow"])
        wait_until(lambda: learner_of(store) == process.pid)
        process.terminate()
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert rows(store, "SELECT * FROM learners") == []


@pytest.mark.full
def test_the_review_starts_a_learner_and_starts_it_again(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        wait_until(lambda: learner_of(store))
        first = learner_of(store)
        assert os.getpriority(os.PRIO_PROCESS, first) >= 10
        terminal.answer("aaaaa")
        terminal.wait_for("5 done")
        wait_until(lambda: learned(store) and {answers for _, answers in learned(store)} == {5})
        assert "numpy" in libraries_of(first)
        assert "numpy" not in libraries_of(terminal.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: learner_of(store) not in (0, first), "it was not started again")
        second = learner_of(store)
        terminal.send("q")
        assert terminal.wait() == 0
        wait_until(lambda: not is_running(second), "it did not end")
    assert rows(store, "SELECT * FROM learners") == []


@pytest.mark.parametrize(
    "options",
    [
        ("--blind",),
        *(
            pytest.param(each, marks=pytest.mark.full)
            for each in (("--first", "left", "--order", "disagreement"), ("--adjudicate",))
        ),
    ],
)
def test_a_sitting_to_which_what_is_learned_is_of_no_use_starts_none(store: Path, options: tuple[str, ...]) -> None:
    with Terminal(review(store, *options)) as terminal:
        terminal.wait_for("0 done" if options == ("--adjudicate",) else "8 left")
        time.sleep(2.5)
        assert learner_of(store) == 0
        terminal.send("q")
        terminal.wait()


@pytest.mark.full
def test_a_sitting_goes_on_by_value_once_the_answers_behind_the_values_are_enough(store: Path) -> None:
    with Terminal(review(store, "--first", "left")) as terminal:
        terminal.wait_for("8 left")
        wait_until(lambda: learner_of(store))  # a learner runs for the order
        pid = learner_of(store)
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)  # otherwise it could say that nothing was learned
        with open_store(store) as opened:
            values = {id: Value(float(id), 1.0) for (id,) in opened.execute("SELECT example_id FROM queue")}
            save_values(opened, values, ShortWrites(opened), answers=100)
        terminal.wait_for("from the next example on the order is value")
        terminal.send("q")
        assert terminal.wait() == 0
    os.kill(pid, signal.SIGKILL)


@pytest.mark.full
def test_eight_sittings_share_one_learner(store: Path) -> None:
    terminals = [Terminal(review(store, "--new-annotator", annotator=f"annotator{number}")) for number in range(8)]
    try:
        wait_until(lambda: learner_of(store))
        first = learner_of(store)
        time.sleep(5)
        assert learner_of(store) == first
    finally:
        for terminal in terminals:
            terminal.kill()
    wait_until(lambda: not is_running(first), "it did not end")

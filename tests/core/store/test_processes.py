"""One rule says whether a process is there; engines, sittings and the cache of answers keep to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import is_running, wait_until

from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import LEASE, engines, register_engine
from tiebreak.core.store.processes import is_there

HERE = socket.gethostname()


@pytest.fixture
def zombie() -> Iterator[int]:
    """The number of a process that was killed and that this one has not waited for."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("without /proc nobody tells of zombies")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        os.kill(child.pid, signal.SIGKILL)
        wait_until(lambda: not is_running(child.pid))
        yield child.pid


def test_a_process_is_there_until_it_has_ended() -> None:
    assert is_there(HERE, os.getpid()) is True
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert is_there(HERE, child.pid) is True
    assert is_there(HERE, child.pid) is False


def test_a_process_that_was_killed_is_gone_before_its_parent_knows(zombie: int) -> None:
    assert is_there(HERE, zombie) is False


def test_nothing_is_known_of_another_host_or_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_there(f"not-{HERE}", os.getpid()) is None

    def refuse(pid: int, number: int) -> None:
        raise PermissionError(1, f"not allowed to send {number} to {pid}")

    monkeypatch.setattr(os, "kill", refuse)
    assert is_there(HERE, os.getpid()) is None


@pytest.mark.parametrize("pid", [0, -1, 2**31, 2**63, 1.5, "1", None, b""])
def test_what_cannot_be_the_number_of_a_process_is_none(pid: object) -> None:
    assert is_there(HERE, pid) is False


def test_an_engine_that_was_killed_is_at_work_no_more(store: Store, zombie: int) -> None:
    first, second = register_engine(store, {}), register_engine(store, {})
    store.execute("UPDATE engines SET pid = ? WHERE id = ?", (zombie, first))
    assert [engine.id for engine in engines(store, live=True)] == [second]


def test_an_engine_of_another_host_counts_as_long_as_it_says_that_it_works(store: Store) -> None:
    first, second = register_engine(store, {}), register_engine(store, {})
    store.execute("UPDATE engines SET host = ?", (f"not-{HERE}",))
    store.execute("UPDATE engines SET beat = ? WHERE id = ?", (time.time() - 2 * LEASE, first))
    assert [engine.id for engine in engines(store, live=True)] == [second]


def test_what_a_process_that_was_killed_was_asking_may_be_asked(tmp_path: Path, zombie: int) -> None:
    asking, cache = AnswerCache(tmp_path / "answers.db"), AnswerCache(tmp_path / "answers.db")
    assert asking.claim([[b"one"]]) == [True]
    assert cache.claim([[b"one"]]) == [False]
    asking._connection.execute("UPDATE asking SET pid = ?", (zombie,))
    assert cache.claim([[b"one"]]) == [True]
    asking.close()
    cache.close()

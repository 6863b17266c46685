"""Whether a process exists: known on this host alone, and never for a zombie."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tiebreak.core.store import processes
from tiebreak.core.store.processes import command_line, is_there

HERE = socket.gethostname()


def test_this_process_is_there_and_one_that_ended_is_not() -> None:
    assert is_there(HERE, os.getpid()) is True
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_there(HERE, ended.pid) is False
    assert command_line(ended.pid) == b""
    assert sys.executable.encode() in command_line(os.getpid())


def test_a_zombie_is_not_there() -> None:
    zombie = os.fork()
    if zombie == 0:
        os._exit(0)
    os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
    assert is_there(HERE, zombie) is False
    os.waitpid(zombie, 0)


@pytest.mark.parametrize("pid", [0, -1, 2**31, "1", None, 1.0])
def test_what_can_be_no_process_is_none(pid: object) -> None:
    assert is_there(HERE, pid) is False


def test_of_another_host_nothing_is_known() -> None:
    assert is_there("elsewhere." + HERE, os.getpid()) is None


def test_a_process_of_another_user_may_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "kill", refuse)
    assert is_there(HERE, os.getppid()) is None
    assert is_there(HERE, os.getpid()) is True


def test_a_system_that_does_not_tell_has_no_zombies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "Path", lambda path: processes_nowhere)
    assert is_there(HERE, os.getppid()) is True


class processes_nowhere:  # noqa: N801  a stand-in for a path
    @staticmethod
    def read_text(*_: object) -> str:
        raise FileNotFoundError

"""Find out whether another process is still there."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_HIGHEST = 2**31 - 1  # the largest process id of any system


def is_there(host: object, pid: object) -> bool | None:
    """Return whether a process is there; None if unknown: it is on another host, or another user's.

    A store can hold anything as a process id; an impossible id counts as gone. So does a zombie: a process that has
    ended and whose parent has not noticed yet.
    """
    if host != socket.gethostname():
        return None
    if pid == os.getpid():  # asked several times for each answer
        return True
    if not isinstance(pid, int) or not 0 < pid <= _HIGHEST:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return False if _is_zombie(pid) else None
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Return whether the process has ended but still has its id; False if the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def command_line(pid: int) -> bytes:
    """Return the command line of the process, its words divided by NUL; b"" if the system does not say."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

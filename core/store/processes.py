"""Whether another process is there still."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_HIGHEST = 2**31 - 1  # what a system can give as the number of a process


def is_there(host: object, pid: object) -> bool | None:
    """Return whether a process is there; None where that cannot be known: on another host, or of another user.

    A store can hold anything as the number of a process; what cannot be one is no process. Nor is one that was killed
    and whose parent has not taken notice yet (a zombie).
    """
    if host != socket.gethostname():
        return None
    if pid == os.getpid():  # an answer asks for it several times over
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
    """Return whether it has ended; False on a system that does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def command_line(pid: int) -> bytes:
    """Return what the process was started with, its words divided by NUL; b"" where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

"""Whether another process is there still."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_HIGHEST = 2**31 - 1  # what a system can give as the number of a process


def may_signal(pid: object) -> bool | None:
    """Whether there is such a process on this machine, and it is this user's (True) or another's (None).

    A store can hold anything as the number of a process; what cannot be one is no process.
    """
    if not isinstance(pid, int) or not 0 < pid <= _HIGHEST:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return None
    return True


def is_gone(host: str, pid: int) -> bool:
    """Whether the process has ended for sure. One of another host, or of another user, may be there."""
    if pid == os.getpid() or host != socket.gethostname():
        return False
    if (found := may_signal(pid)) is not True:
        return found is False
    try:  # killed, but its parent has not taken notice yet
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False

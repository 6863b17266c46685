"""Whether another process is there still."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def is_gone(host: str, pid: int) -> bool:
    """Whether the process has ended for sure. One of another host, or of another user, may be there."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    try:  # killed, but its parent has not taken notice yet
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False

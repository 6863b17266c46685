"""Reading a file that somebody else named: bounded, and never held up by what is no file."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_ordinary(path: Path, largest: int) -> bytes:
    """The first `largest` + 1 bytes of a file. Raises OSError, also for a pipe or a device, which could be endless."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file")
        return file.read(largest + 1)

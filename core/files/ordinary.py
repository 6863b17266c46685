"""Reading a file that another person may have chosen: with a limit, and without waiting for a pipe or a device."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def is_endless(path: Path) -> bool:
    """Return whether `path` exists and is a pipe, a socket or a device: reading it may never end."""
    try:
        return not (path.is_file() or path.is_dir()) and path.exists()
    except OSError:  # for example, the name is too long
        return False


def read_ordinary(path: Path, largest: int) -> bytes:
    """Return the first `largest` + 1 bytes of a file. Raises OSError, also for a pipe or a device."""
    with open_ordinary(path) as file:
        return file.read(largest + 1)


def open_ordinary(path: Path) -> BinaryIO:
    """Open a file to read it. Raises OSError, also for a pipe or a device."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(number).st_mode):
        return os.fdopen(number, "rb")
    os.close(number)
    raise OSError(errno.EINVAL, "not an ordinary file")


def with_newlines(text: str) -> str:
    """Return `text` with the line ends that Python gives a file opened as text."""
    return text.replace("\r\n", "\n").replace("\r", "\n")

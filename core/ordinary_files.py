"""Reading a file that somebody else named: bounded, and never held up by what is no file."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from tiebreak.core.errors import ConfigError

_LARGEST_CONFIG = 10_000_000  # bytes


def read_ordinary(path: Path, largest: int) -> bytes:
    """The first `largest` + 1 bytes of a file. Raises OSError, also for a pipe or a device, which could be endless."""
    with open_ordinary(path) as file:
        return file.read(largest + 1)


def open_ordinary(path: Path) -> BinaryIO:
    """Open a file to read it. Raises OSError, also for a pipe or a device."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(number).st_mode):
        return os.fdopen(number, "rb")
    os.close(number)
    raise OSError(errno.EINVAL, "not an ordinary file")


def check_config_file(path: Path) -> None:
    """Raise ConfigError where a config is there and is no ordinary file, or is too large to be one."""
    try:
        with open_ordinary(path) as file:
            size = file.seek(0, os.SEEK_END)
    except FileNotFoundError:
        return  # which whoever reads it says
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if size > _LARGEST_CONFIG:
        raise ConfigError(f"{path}: larger than {_LARGEST_CONFIG // 1_000_000} MB, so not a config; name another file")

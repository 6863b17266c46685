"""Writing files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tiebreak.core.errors import TiebreakError
from tiebreak.core.files.unfinished import Unfinished, sync_folder, unfinished_folder
from tiebreak.core.ways_out import Way, WayOut

_OURS = {"README.md", "data"}  # all that Tiebreak writes into a datasets folder


def check_target(path: Path, *, force: bool, never: Path | None = None, folder: bool = False) -> None:
    """Raise TiebreakError if `path` cannot be written, or exists already and `force` is not set.

    It cannot be written if it is the file `never` or is not an ordinary file (or `folder`). A folder must not hold
    anything but a data set.
    """
    if not path.exists():
        return
    right = path.is_dir() if folder else path.is_file()
    if not right or (never is not None and never.exists() and path.samefile(never)):
        kind = "folder" if folder else "file"
        raise TiebreakError(
            f"{path}: cannot be written: it is the store itself, or not an ordinary {kind}; name another"
        )
    if folder and (others := sorted({each.name for each in path.iterdir()} - _OURS)):
        raise TiebreakError(f"{path}: the folder holds other things ({others[0]}); name a new one")
    if not force and not (folder and not any(path.iterdir())):
        raise TiebreakError(f"{path}: exists already", WayOut(Way.OVERWRITE))


@contextmanager
def write_whole(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Open a file that takes `path`'s place once it is complete and on disk; after an error `path` is unchanged.

    Raises TiebreakError; without `replace` also if something has that name by then.
    """
    try:
        with unfinished_folder(path) as unfinished:
            with os.fdopen(unfinished.make("file", 0o666), "wb") as file:
                yield cast(BinaryIO, file)
                file.flush()
                if replace and (mode := _mode_of(unfinished)) is not None:
                    os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            (unfinished.take_name if replace else unfinished.take_free_name)("file")
    except OSError as error:
        raise TiebreakError(f"{path}: cannot be written: {error.strerror or error}") from error


def _mode_of(unfinished: Unfinished) -> int | None:
    """Return the mode of the file that is to be replaced; None unless it is an ordinary file of this user."""
    status = unfinished.status()
    if status is None or not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return None
    return status.st_mode & 0o777


@contextmanager
def write_whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder that takes `path`'s place once the block has ended and its files are on disk.

    After an error `path` is unchanged. Raises TiebreakError.
    """
    try:
        with unfinished_folder(path) as unfinished:
            unfinished.refuse_other_owner()  # the caller writes to it by path
            new = unfinished.folder / "new"
            new.mkdir()
            yield new
            _sync_all(new)
            unfinished.take_name_of_folder("new")
    except OSError as error:
        raise TiebreakError(f"{path}: cannot be written: {error.strerror or error}") from error


def _sync_all(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir():
            _sync_all(each)
            continue
        with each.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)

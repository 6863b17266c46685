"""Hold a store to one name: SQLite keeps a log for each name, so a store written under two names loses data."""

from __future__ import annotations

import os
import shlex
import stat
import time
from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.files.ordinary import open_ordinary
from tiebreak.core.files.unfinished import remove_leftovers
from tiebreak.core.ways_out import Way, WayOut

# The end of the journal of a transaction over several files. The path before it leads to the journal that the files
# share. SQLite deletes the file at that path once it has rolled this journal back.
_SHARED_JOURNAL = bytes.fromhex("d9d505f920a163d7")
_PATIENCE = 2.0  # seconds; a process that makes a file removes its hidden name within these


def file_status(path: Path) -> os.stat_result | None:
    """Return the status of the file, or of the target of a link; None if it does not exist."""
    try:
        return path.stat()
    except OSError:
        return None


def check_one_name(path: Path) -> None:
    """Raise StoreError if the file has another name (a hard link), or if SQLite's files beside it lead elsewhere.

    It removes a second name that a killed process left: a hidden one, or the copy that a restore was about to keep.
    """
    status = file_status(path)
    if status is not None:
        _check_beside(path.resolve() if path.is_symlink() else path)
    if status is None or status.st_nlink < 2:
        return
    deadline = time.monotonic() + _PATIENCE
    while status is not None and status.st_nlink > 1 and time.monotonic() < deadline:
        _remove_left_names(path.resolve(), status)
        if (status := file_status(path)) is None or status.st_nlink < 2:
            return
        if not _is_being_made(path.resolve().parent):
            break
        time.sleep(0.01)
    raise StoreError(_message(path), WayOut(Way.BACK_UP))


def _check_beside(path: Path) -> None:
    """Raise StoreError if a file that SQLite writes leads to another file, or would make SQLite delete another file."""
    for ending in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            status = os.lstat(f"{path}{ending}")
            if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                raise StoreError(
                    f"{path}{ending}: a link, or a file with several names: writing to it would change another file; "
                    "remove it"
                )
    if _names_another_file(path.with_name(f"{path.name}-journal")):
        raise StoreError(
            f"{path}-journal: not Tiebreak's journal, and SQLite would delete another file that it names; move it away"
        )


def _names_another_file(journal: Path) -> bool:
    try:
        with open_ordinary(journal) as file:
            file.seek(-len(_SHARED_JOURNAL), os.SEEK_END)
            return file.read() == _SHARED_JOURNAL
    except OSError:  # missing, too short, or unreadable for SQLite, too
        return False


def replaced_prefix(path: Path) -> str:
    """Return the start of the names of files that a backup has replaced."""
    return f"{path.name}.replaced."


def _remove_left_names(path: Path, status: os.stat_result) -> None:
    with suppress(OSError):
        beside = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove_leftovers(beside)
        finally:
            os.close(beside)
    for other in _other_names(path, status):
        if other.name.startswith(replaced_prefix(path)) and not os.path.lexists(f"{other}-wal"):
            with suppress(OSError):
                other.unlink()


def _is_being_made(folder: Path) -> bool:
    with suppress(OSError):
        return any(each.name.endswith(".tiebreak") for each in folder.glob(".*.tiebreak"))
    return False


def _other_names(path: Path, status: os.stat_result) -> list[Path]:
    """Return the other names of the file in its folder."""
    with suppress(OSError), os.scandir(path.parent) as entries:
        same = (each.name for each in entries if each.inode() == status.st_ino and not each.is_symlink())
        return sorted(path.with_name(name) for name in same if name != path.name)
    return []


def _message(path: Path) -> str:
    real = path.resolve() if path.is_symlink() else path
    status = file_status(real)
    others = [] if status is None else _other_names(real, status)
    is_logged = any(os.path.lexists(f"{each}-wal") for each in others) and not os.path.lexists(f"{real}-wal")
    same = f"the same file as {others[0]}" if others else "it has a second name in another folder"
    problem = f"{path}: {same} (a hard link), and answers saved under two names get lost"
    if not others:
        find = f"find / -xdev -samefile {shlex.quote(str(path))}"
        return f"{problem}; `{find}` finds it: remove it"
    gone, stays = (real, others[0]) if is_logged else (others[0], path)
    remove = f"rm {shlex.quote(str(gone))}"
    return f"{problem}; close the programs that have it open, then `{remove}` and go on with {stays}"

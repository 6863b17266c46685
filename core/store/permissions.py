"""Permissions of a store's files: private to the owner, or shared with a group.

No file is changed through a path that could meanwhile lead to another file: see `unfinished`.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import SettingError, StoreError
from tiebreak.core.store.plain_errors import LARGEST_VALUE

PRIVATE, SHARED = 0o600, 0o660
BESIDE = ("-wal", "-shm")  # the endings of SQLite's files beside a store
_NUMBERS = Path("/proc/self/fd")


def make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, whatever the umask. SQLite's files beside it inherit that."""
    number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    try:
        os.fchmod(number, PRIVATE)
    finally:
        os.close(number)


def let_same(status: os.stat_result, number: int, *, owner_too: bool = False) -> None:
    """Give the open file the group and the permissions of the file with this status.

    With `owner_too`, root gives it the owner, too.
    """
    with suppress(OSError):  # this user is not in the group: then the file stays private
        os.fchown(number, status.st_uid if owner_too and os.geteuid() == 0 else -1, status.st_gid)
        os.fchmod(number, status.st_mode & SHARED)


def give_group_access(path: Path, group: str) -> None:
    """Let the members of `group` read and write the store at `path`.

    Raises ConfigError if the group does not exist, StoreError if the files cannot be given to it.
    """
    gid = group_id(group)
    for file in _files(path):
        try:
            _give(file, gid, SHARED)
        except OSError as error:
            raise StoreError(
                f"{file}: cannot be shared with the group {group}: {error.strerror or error}; its owner can share it "
                "as a member of that group"
            ) from error


def group_id(group: str) -> int:
    """Return the number of a group. Raises ConfigError if the group does not exist."""
    try:
        import grp
    except ImportError:
        raise SettingError("shared", group, "this system has no groups") from None
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise SettingError("shared", group, "there is no such group; `getent group` lists all groups") from None


def keep_group_access(path: Path) -> None:
    """Give SQLite's files beside a shared store to its group: they have the group of the user that opened it first."""
    with suppress(OSError):
        status = path.stat()
        if not status.st_mode & 0o020:
            return
        for file in _files(path):
            own = file.lstat()
            if own.st_gid != status.st_gid and own.st_uid == os.geteuid():
                _give(file, status.st_gid)


def _give(file: Path, gid: int, mode: int | None = None) -> None:
    """Give a file this group and mode, unless it is a link or has other names.

    It opens the file neither to read nor to write. Closing a descriptor that can do so would release the locks that
    SQLite holds on the file for this process.
    """
    if not hasattr(os, "O_PATH") or not _NUMBERS.is_dir():
        os.chown(file, -1, gid, follow_symlinks=False)
        if mode is not None:
            os.chmod(file, mode, follow_symlinks=os.chmod not in os.supports_follow_symlinks)  # noqa: PTH101
        return
    number = os.open(file, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise OSError(1, "it is a link, or has several names")
        os.chown(_NUMBERS / str(number), -1, gid)
        if mode is not None:
            (_NUMBERS / str(number)).chmod(mode)
    finally:
        os.close(number)


def _files(path: Path) -> Iterator[Path]:
    path = path.resolve()  # beside the file itself, not beside a link to it
    for file in (path, *(path.with_name(path.name + ending) for ending in BESIDE)):
        if os.path.lexists(file):
            yield file


def is_file_open(status: os.stat_result) -> bool:
    """Return whether this process has the file of this status open; True if the system does not say."""
    try:
        numbers = [int(each.name) for each in Path("/dev/fd").iterdir()]
    except OSError:
        return True
    for number in numbers:
        with suppress(OSError):
            if os.path.samestat(os.fstat(number), status):
                return True
    return False


def harden(connection: sqlite3.Connection) -> None:
    """Protect against a hostile schema: only harmless functions, and no values that fill the memory.

    From Python 3.12 on, also no writes to the tables of the schema itself.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")  # SQLite reports a damaged page when it reads it
    if (set_config := getattr(connection, "setconfig", None)) is not None:
        set_config(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009  missing before 3.12

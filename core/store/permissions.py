"""Who may read a store's files: its owner alone, or a group that shares it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import ConfigError, StoreError

PRIVATE, SHARED = 0o600, 0o660
BESIDE = ("-wal", "-shm")  # the endings of SQLite's files beside a store


def make_private(path: Path) -> None:
    """Make an empty file that its owner alone can read, whatever the umask; SQLite's files beside it follow it."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    path.chmod(PRIVATE)


def copy_permissions(source: Path, path: Path) -> None:
    """Let those read and write `path` who may do so with `source`."""
    status = source.stat()
    with suppress(OSError):  # the group is none of ours: then it is private
        if os.name == "posix":
            os.chown(path, -1, status.st_gid)
        path.chmod(status.st_mode & SHARED)


def share_with(path: Path, group: str) -> None:
    """Let the members of `group` read and write the store at `path`.

    Raises ConfigError where there is no such group, StoreError where the files cannot be given to it.
    """
    gid = group_id(group)
    for file in _files(path):
        try:
            os.chown(file, -1, gid)
            file.chmod(SHARED)
        except OSError as error:
            raise StoreError(
                f"{file}: cannot be shared with the group {group}: {error.strerror or error}; its owner can, as a "
                "member of that group"
            ) from error


def group_id(group: str) -> int:
    """The number of a group. Raises ConfigError where there is no such group."""
    try:
        import grp
    except ImportError:
        raise ConfigError("--shared: this system has no groups") from None
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConfigError(f"--shared {group}: there is no such group; `getent group` lists them") from None


def keep_shared(path: Path) -> None:
    """Give SQLite's files beside a shared store to its group: they were made with that of whoever opened it first."""
    with suppress(OSError):
        status = path.stat()
        if not status.st_mode & 0o020:
            return
        for file in _files(path):
            own = file.stat()
            if own.st_gid != status.st_gid and own.st_uid == os.geteuid():
                os.chown(file, -1, status.st_gid)


def _files(path: Path) -> Iterator[Path]:
    path = path.resolve()  # beside the file itself, not beside a link to it
    for file in (path, *(path.with_name(path.name + ending) for ending in BESIDE)):
        if file.exists():
            yield file


def harden(connection: sqlite3.Connection) -> None:
    """Let nothing that stands in the file's schema do harm: no functions but harmless ones, no writing to the schema's
    own tables (that from Python 3.12 on).
    """
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")  # a damaged page is found when it is read
    if (set_config := getattr(connection, "setconfig", None)) is not None:
        set_config(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009  not there before 3.12

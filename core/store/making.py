"""Make the file of a store: hidden and private until it is complete, verified and on disk."""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.files.unfinished import Unfinished, alone_in, unfinished_folder
from tiebreak.core.records import Task
from tiebreak.core.store.connection import connect
from tiebreak.core.store.log import empty_log
from tiebreak.core.store.migrating import migrate
from tiebreak.core.store.permissions import BESIDE, PRIVATE, harden
from tiebreak.core.store.plain_errors import plain_errors
from tiebreak.core.ways_out import Way, WayOut

_log = logging.getLogger("tiebreak")


@dataclass(frozen=True)
class MadeFile:
    """A file in the making at `path`, open as file descriptor `number`; it will get the name `named`."""

    unfinished: Unfinished
    name: str
    number: int

    @property
    def path(self) -> Path:
        return self.unfinished.folder / self.name

    @property
    def named(self) -> Path:
        return self.unfinished.target

    def finish(self, *, verify: bool = True) -> None:
        """Verify the file and flush it to disk; close its connections first. Raises StoreError if it is incomplete."""
        for ending in (*BESIDE, "-journal"):
            if os.path.lexists(self.path.with_name(self.name + ending)):
                raise StoreError(f"{self.named}: could not be written completely; check the disk and its free space")
        if verify:
            verify_file(self.path, self.named)
        os.fsync(self.number)

    def take_free_name(self) -> None:
        """Give the file its name. Raises StoreError if another file has the name by now."""
        try:
            self.unfinished.take_free_name(self.name)
        except FileExistsError as error:
            raise StoreError(f"{self.named}: exists already, made meanwhile; name a new file") from error


@contextmanager
def made_file(named: Path) -> Iterator[MadeFile]:
    """Yield an empty private file; it is deleted after the block unless it got its name. Raises OSError.

    Its name cannot be guessed, so nobody can prepare a link there and have SQLite open another file.
    """
    with unfinished_folder(named) as unfinished:
        name = f"{secrets.token_hex(8)}.db"
        number = unfinished.make(name, PRIVATE)
        try:
            os.fchmod(number, PRIVATE)
            yield MadeFile(unfinished, name, number)
        finally:
            os.close(number)


def verify_file(path: Path, named: Path) -> None:
    """Raise StoreError if the file is damaged when read alone, without its log.

    Rows that refer to nothing are only a warning: the store itself has them, too.
    """
    with plain_errors(named), closing(connect_plainly(path, "ro&immutable=1")) as file:
        found = [line for (line,) in file.execute("PRAGMA integrity_check(3)") if line != "ok"]
        lost = sorted({table for table, *_ in file.execute("PRAGMA foreign_key_check")})
    if found:
        raise StoreError(
            f"{named}: the copy is damaged ({'; '.join(found)}), so the store may be, too; no copy was written",
            WayOut(Way.CHECK),
        )
    if lost:
        _log.warning(
            *("%s: rows of %s refer to nothing, in the store and in its copy", named, ", ".join(lost)),
            extra={"way_out": WayOut(Way.CHECK)},
        )


def connect_plainly(path: Path, mode: str = "rw", timeout: float = 10.0) -> sqlite3.Connection:
    """Return a connection to an existing SQLite file, store or not. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
    try:
        harden(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def make_store(path: Path, task: Task, made_by: str) -> None:
    """Make a new store for `task` at `path`, which must be free or an empty file.

    The file appears whole: it is made under another name, so that a kill midway leaves no broken store.
    """
    if path.exists() and (not path.is_file() or path.stat().st_size):
        raise StoreError(f"{path}: exists already; name a new file")
    if path.is_symlink():
        raise StoreError(f"{path}: a link to a file that does not exist; remove it, or name that file")
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist; make it first")
    try:
        with made_file(path) as made:
            _fill(made, task, made_by)
            made.finish()
            put_in_place(made)
    except OSError as error:
        raise StoreError(f"{path}: the store cannot be made there: {error.strerror or error}") from error


def _fill(made: MadeFile, task: Task, made_by: str) -> None:
    with plain_errors(made.named), connect(made.path, made.named) as store:
        migrate(store)
        store.set_setting("task", task.value)
        store.set_setting("made_by", made_by)
        empty_log(store.connection, made.named)


def put_in_place(made: MadeFile) -> None:
    """Give the new store its name, unless another process was faster: then that process's file stays."""
    with alone_in(made.unfinished.beside):
        status = made.unfinished.status()
        if status is not None and status.st_size:
            return
        remove_leavings(made.unfinished)
        if status is not None:
            made.unfinished.take_name(made.name)
            return
        with suppress(FileExistsError):
            made.unfinished.take_free_name(made.name)


def remove_leavings(unfinished: Unfinished) -> None:
    """Remove the files that a deleted store left beside its name: SQLite would take them for parts of the next store.

    Call it alone in the folder, and only while nobody can have a store of that name open.
    """
    for ending in (*BESIDE, "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(unfinished.target.name + ending, dir_fd=unfinished.beside)

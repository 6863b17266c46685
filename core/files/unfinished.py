"""Hidden folders in which files are made before they get their names, safe in folders that others may write to.

Files made here are new (O_EXCL), not links (O_NOFOLLOW), and have their mode and group before any other user sees them.
They get their names through the numbers of open folders: another user could redirect a path in the meantime. SQLite
opens files by path, so their names in the hidden folder cannot be guessed: a redirected path finds nothing.

Which folders are trusted: members of a group work in one folder; root works in its own folders and in /tmp. Root makes
no copies of stores in a folder of another user, unless that user called sudo. Otherwise the owner could exchange the
store during the copy and receive what only root may read.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_LEFT = re.compile(r"\..*\.[0-9a-f]{8}\.tiebreak", re.DOTALL)
_HELD = re.compile(r"file|new|aside|[0-9a-f]{16}\.db(-wal|-shm|-journal)?")  # the files that a hidden folder may hold
_LONGEST = 50  # characters of the target's name; the hidden folder's name repeats them
_PATIENCE = 10.0  # seconds; then waiting for a folder's lock fails (it is usually held for milliseconds)
_ASIDE = "aside"  # in a hidden folder: keeps the old folder while the new one takes its name
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True)
class Unfinished:
    """A hidden `folder` beside `target`, private and locked; `held` is its open number, `beside` that of the folder
    around it.
    """

    target: Path
    folder: Path
    held: int
    beside: int

    def make(self, name: str, mode: int) -> int:
        """Make an empty file in the hidden folder and return its open number. The umask applies."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, mode, dir_fd=self.held)

    def status(self) -> os.stat_result | None:
        """Return the status of what has the target's name, without following a link; None if nothing has it."""
        try:
            return os.stat(self.target.name, dir_fd=self.beside, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def take_name(self, name: str) -> None:
        """Give the target's name to a file of the hidden folder, in one step, whatever had the name before."""
        os.rename(name, self.target.name, src_dir_fd=self.held, dst_dir_fd=self.beside)
        _sync(self.beside)

    def take_free_name(self, name: str) -> None:
        """Give the target's name to the file unless something else has it. Raises FileExistsError."""
        try:
            os.link(name, self.target.name, src_dir_fd=self.held, dst_dir_fd=self.beside, follow_symlinks=False)
        except OSError as error:
            if self.status() is not None:
                raise FileExistsError(17, "exists already, created in the meantime", str(self.target)) from error
            self.take_name(name)  # a file system without hard links
            return
        os.unlink(name, dir_fd=self.held)
        _sync(self.beside)

    def take_name_of_folder(self, name: str) -> None:
        """Give the target's name to a folder in the hidden one; remove a folder that had it."""
        if self.status() is not None:
            os.mkdir(_ASIDE, 0o700, dir_fd=self.held)
            aside = os.open(_ASIDE, _FOLDER | os.O_NOFOLLOW, dir_fd=self.held)
            try:
                os.rename(self.target.name, self.target.name, src_dir_fd=self.beside, dst_dir_fd=aside)
                _sync(self.beside)
            finally:
                os.close(aside)
        self.take_name(name)

    def keep_as(self, name: str) -> None:
        """Give the file with the target's name a second name. Raises FileExistsError if that is taken."""
        here = self.beside
        try:
            os.link(self.target.name, name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
        except OSError as error:
            if name in _names(here):
                raise FileExistsError(17, "exists already", name) from error
            self.rename_beside(self.target.name, name)  # a file system without hard links

    def rename_beside(self, name: str, new: str) -> None:
        """Rename another file in the folder of the target."""
        os.rename(name, new, src_dir_fd=self.beside, dst_dir_fd=self.beside)

    def refuse_other_owner(self) -> None:
        """Raise PermissionError if this is root in a folder of another user (see the module)."""
        owner = os.fstat(self.beside).st_uid
        if os.geteuid() == 0 and str(owner) not in ("0", os.environ.get("SUDO_UID")):
            raise PermissionError(
                1,
                f"the folder belongs to another user (number {owner}): that user could exchange the files while root "
                "writes them. Do this as that user, or name one of root's folders",
            )


@contextmanager
def unfinished_folder(target: Path) -> Iterator[Unfinished]:
    """Make a hidden folder for making `target`, and remove it when the block ends. Raises OSError.

    First remove what killed processes have left in the folder around it.
    """
    beside = os.open(target.parent, _FOLDER)
    try:
        remove_leftovers(beside)
        name, held = _make_folder(beside, f".{target.name[:_LONGEST]}.")
        try:
            yield Unfinished(target, target.parent / name, held, beside)
        finally:
            _remove(beside, name, held)
            os.close(held)
    finally:
        os.close(beside)


def _make_folder(beside: int, prefix: str) -> tuple[str, int]:
    """Make a folder that stays locked as long as this process lives; return its name and open number."""
    while True:
        name = f"{prefix}{secrets.token_hex(4)}.tiebreak"
        os.mkdir(name, 0o700, dir_fd=beside)
        with suppress(FileNotFoundError):  # another process removed it as a leftover before the lock
            held = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=beside)
            is_locked = _lock(held) is not False
            if is_locked and os.path.samestat(os.fstat(held), os.stat(name, dir_fd=beside, follow_symlinks=False)):
                return name, held
            os.close(held)


def remove_leftovers(beside: int) -> None:
    """Remove the hidden folders of this user in which no process works any more.

    A process holds the lock on its folder until it ends, in whatever way. On a file system without locks the folders
    stay.
    """
    for name in _names(beside):
        if not _LEFT.fullmatch(name):
            continue
        with suppress(OSError):
            held = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=beside)
            try:
                is_own = os.fstat(held).st_uid == os.geteuid() and all(map(_HELD.fullmatch, _names(held)))
                if is_own and _lock(held):
                    _remove(beside, name, held)
            finally:
                os.close(held)


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [each.name for each in entries]


def _remove(beside: int, name: str, held: int) -> None:
    """Remove a hidden folder; first put the old folder back if nothing took its place."""
    with suppress(OSError):
        aside = os.open(_ASIDE, _FOLDER | os.O_NOFOLLOW, dir_fd=held)
        try:
            for each in _names(aside):
                if each not in _names(beside):
                    os.rename(each, each, src_dir_fd=aside, dst_dir_fd=beside)
        finally:
            os.close(aside)
    shutil.rmtree(name, ignore_errors=True, dir_fd=beside)


@contextmanager
def alone_in(folder: int) -> Iterator[None]:
    """Keep other Tiebreak processes from making or deleting a store in this folder. Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE
    while _lock(folder) is False:
        if time.monotonic() > deadline:
            raise TimeoutError(f"another program has locked its folder for {_PATIENCE:.0f} seconds")
        time.sleep(0.002)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_UN)


def _lock(number: int) -> bool | None:
    """Lock a folder for this process and return whether that worked; None if the file system has no locks."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def sync_folder(folder: Path) -> None:
    """Put the names of the files in `folder` on disk, if the system can."""
    with suppress(OSError):
        number = os.open(folder, _FOLDER)
        try:
            _sync(number)
        finally:
            os.close(number)


def _sync(folder: int) -> None:
    with suppress(OSError):
        os.fsync(folder)

"""Hidden folders in which files are made before they get their names, safe in folders that others may write to.

What is made here is new (O_EXCL) and no link (O_NOFOLLOW), gets its mode and group before anybody else sees it, and
gets its name by the numbers of open folders, not by a path that somebody could make lead elsewhere meanwhile. SQLite
opens files by path: their names in the hidden folder cannot be guessed, so that a path that leads elsewhere finds none.

Which folders are trusted: members of a group work in one folder; root works in folders of its own and in /tmp. Root
makes no copies of stores in a folder that belongs to another user, unless that user called sudo: the owner could
exchange the store while it is copied, and be given what only root may read.
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
_HELD = re.compile(r"file|new|aside|[0-9a-f]{16}\.db(-wal|-shm|-journal)?")  # what may be in one
_LONGEST = 50  # signs of a name that the hidden folder's name repeats
_PATIENCE = 10.0  # seconds to wait for the lock of a folder, which others hold for milliseconds
_ASIDE = "aside"  # in a hidden folder: what gives way to what was made
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True)
class Unfinished:
    """A hidden `folder` beside `target`, private and locked, and the open numbers of it and of the folder around."""

    target: Path
    folder: Path
    held: int
    beside: int

    def make(self, name: str, mode: int) -> int:
        """Make an empty file in the hidden folder; returns its open number. The umask has its say."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, mode, dir_fd=self.held)

    def status(self) -> os.stat_result | None:
        """The status of what has the target's name, a link itself; None if nothing has."""
        try:
            return os.stat(self.target.name, dir_fd=self.beside, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def take_name(self, name: str) -> None:
        """Give the target's name to a file of the hidden folder, in one step, whatever had it before."""
        os.rename(name, self.target.name, src_dir_fd=self.held, dst_dir_fd=self.beside)
        _sync(self.beside)

    def take_free_name(self, name: str) -> None:
        """Give it to the file only if nothing else has it. Raises FileExistsError."""
        try:
            os.link(name, self.target.name, src_dir_fd=self.held, dst_dir_fd=self.beside, follow_symlinks=False)
        except OSError as error:
            if self.status() is not None:
                raise FileExistsError(17, "exists already, made meanwhile", str(self.target)) from error
            self.take_name(name)  # a file system without hard links
            return
        os.unlink(name, dir_fd=self.held)
        _sync(self.beside)

    def take_name_of_folder(self, name: str) -> None:
        """Give the target's name to a folder in the hidden one; a folder that has it goes."""
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
        """Give what has the target's name this one, too, which nothing may have."""
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
        """Raise PermissionError if this is root, in a folder that belongs to another user (see the module)."""
        owner = os.fstat(self.beside).st_uid
        if os.geteuid() == 0 and str(owner) not in ("0", os.environ.get("SUDO_UID")):
            raise PermissionError(
                1,
                f"the folder belongs to another user (number {owner}), who could exchange files while root makes them; "
                "do this as that user, or name a folder that is root's",
            )


@contextmanager
def unfinished_folder(target: Path) -> Iterator[Unfinished]:
    """A hidden folder to make `target` in, gone once the block has ended. Raises OSError.

    What processes that were killed have left in the folder around it goes first.
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
    """The name and the open number of a new folder, which is locked as long as this process lives."""
    while True:
        name = f"{prefix}{secrets.token_hex(4)}.tiebreak"
        os.mkdir(name, 0o700, dir_fd=beside)
        with suppress(FileNotFoundError):  # another process took it for a leftover before it was locked
            held = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=beside)
            is_locked = _lock(held) is not False
            if is_locked and os.path.samestat(os.fstat(held), os.stat(name, dir_fd=beside, follow_symlinks=False)):
                return name, held
            os.close(held)


def remove_leftovers(beside: int) -> None:
    """Remove the hidden folders of this user in which no process works any more.

    A process holds the lock of its own until it ends, however that comes. If the file system knows no locks, they
    stay.
    """
    for name in _names(beside):
        if not _LEFT.fullmatch(name):
            continue
        with suppress(OSError):
            held = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=beside)
            try:
                is_ours = os.fstat(held).st_uid == os.geteuid() and all(map(_HELD.fullmatch, _names(held)))
                if is_ours and _lock(held):
                    _remove(beside, name, held)
            finally:
                os.close(held)


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [each.name for each in entries]


def _remove(beside: int, name: str, held: int) -> None:
    """Remove a hidden folder; what gave way in it goes back if nothing took its place."""
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
    """Let no other Tiebreak make or delete a store in the folder of this number meanwhile. Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE
    while _lock(folder) is False:
        if time.monotonic() > deadline:
            raise TimeoutError(f"another program has held its folder locked for {_PATIENCE:.0f} seconds")
        time.sleep(0.002)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_UN)


def _lock(number: int) -> bool | None:
    """Whether it is locked for this process now; None if the file system knows no locks."""
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

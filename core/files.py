"""Writing files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tiebreak.core.errors import TiebreakError

_OURS = {"README.md", "data"}  # what a datasets folder holds


def check_target(path: Path, *, force: bool, never: Path | None = None, folder: bool = False) -> None:
    """Raise TiebreakError where `path` is there already, unless `force`; also then where it is something else than the
    file or folder that is to be written, or the file `never`.
    """
    if not path.exists():
        return
    right = path.is_dir() if folder else path.is_file()
    if not right or (never is not None and never.exists() and path.samefile(never)):
        kind = "folder" if folder else "file"
        raise TiebreakError(f"{path}: cannot be written: it is the store itself, or no ordinary {kind}; name another")
    if folder and (others := sorted({each.name for each in path.iterdir()} - _OURS)):
        raise TiebreakError(f"{path}: a folder that holds other things ({others[0]}); name a new one")
    if not force and not (folder and not any(path.iterdir())):
        raise TiebreakError(f"{path}: exists already; name another, or overwrite it with --force")


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes `path`'s place once it is complete and on disk; on an error `path` stays as it was."""
    unfinished = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name[:60]}.", delete=False) as file:
            unfinished = Path(file.name)
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        unfinished.replace(path)
        unfinished = None
    except OSError as error:
        raise TiebreakError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)


@contextmanager
def write_whole_folder(path: Path) -> Iterator[Path]:
    """A folder that takes `path`'s place once the block has ended; on an error `path` stays as it was."""
    unfinished = None
    try:
        unfinished = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:60]}."))
        new = unfinished / "new"
        new.mkdir()
        yield new
        new.chmod(0o777 & ~_umask())
        if path.exists():
            path.replace(unfinished / "old")
        new.replace(path)
    except OSError as error:
        raise TiebreakError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)

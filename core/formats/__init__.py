"""Reading sources and writing exports: one module a file format."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats import csv_file, jsonl, txt
from tiebreak.core.records import Record, Task

Format = Literal["jsonl", "txt", "csv"]
FORMATS: tuple[Format, ...] = ("jsonl", "txt", "csv")
STDIN = "-"

# A reader yields (line number, record or what is wrong with that line).
Reader = Callable[[BinaryIO, Task], Iterator[tuple[int, Record | RecordError]]]
_READERS: dict[str, Reader] = {"jsonl": jsonl.read, "txt": txt.read, "csv": csv_file.read}
_ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "txt", ".csv": "csv"}


def format_of(source: str) -> Format:
    """The format of a source by its file ending (`.gz` aside). Raises SourceError where it is unknown."""
    if source == STDIN:
        return "jsonl"
    path = Path(source)
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    try:
        return cast(Format, _ENDINGS[ending.lower()])
    except KeyError:
        raise SourceError(
            f"{source}: the ending {ending or '(none)'} says nothing of the format; "
            f"name it with --format ({', '.join(_READERS)})"
        ) from None


def read_records(source: str, task: Task, format: Format | None = None) -> Iterator[tuple[int, Record | RecordError]]:
    """Stream the records of `source`, a path or `-`: (line number from 1, record or the error of that line).

    Raises SourceError where the source as a whole cannot be read.
    """
    reader = _READERS[format or format_of(source)]
    line = 0
    try:
        with _open(source) as stream:
            for line, record in reader(stream, task):
                yield line, record
    except SourceError as error:
        raise SourceError(f"{source}: {error}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{source}: after line {line}: not a whole gzip file ({error})") from error
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror or error}") from error


def check_source(source: str, format: Format | None = None) -> None:
    """Raise SourceError where `source` is missing, a folder, unreadable, or of no known format."""
    if format is None:
        format_of(source)
    if source != STDIN:
        try:
            with Path(source).open("rb"):
                pass
        except OSError as error:
            raise SourceError(f"{source}: cannot be read: {error.strerror or error}") from error


@contextmanager
def _open(source: str) -> Iterator[BinaryIO]:
    if source == STDIN:
        if sys.stdin is None:
            raise SourceError("standard input is closed")
        yield sys.stdin.buffer
        return
    with Path(source).open("rb") as file:
        if source.endswith(".gz"):
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file

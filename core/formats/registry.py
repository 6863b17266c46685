"""The known formats, by name and file ending, and the modules that read and write them."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Literal, cast, get_args

from tiebreak.core.errors import SourceError, WrongSettingError
from tiebreak.core.formats import (
    argilla,
    conll,
    csv_file,
    datasets_folder,
    docbin,
    doccano,
    jsonl,
    label_studio,
    txt,
)
from tiebreak.core.formats.class_names import names_beside
from tiebreak.core.formats.encodings import check_utf8
from tiebreak.core.formats.likely import likely_format
from tiebreak.core.formats.read_options import Reader, ReadOptions, ReadSummary, Records
from tiebreak.core.formats.write_options import Writer
from tiebreak.core.records import OffsetUnit
from tiebreak.core.ways_out import Way, WayOut

Format = Literal[
    "jsonl", "json", "txt", "csv", "tsv", "spacy", "conll", "doccano", "labelstudio", "argilla", "datasets"
]
FORMATS: tuple[Format, ...] = get_args(Format)
DATASETS: Format = "datasets"  # a folder, or a Parquet file
DIFFERENCES: Format = "csv"  # an export to CSV has the differences, for a spreadsheet
STDIN = "-"

_READERS: dict[str, Reader] = {
    "jsonl": jsonl.read,
    "json": jsonl.read_json,
    "txt": txt.read,
    "csv": csv_file.read,
    "tsv": csv_file.read_tabs,
    "spacy": docbin.read,
    "conll": conll.read,
    "doccano": doccano.read,
    "labelstudio": label_studio.read,
    "argilla": argilla.read,
}
WRITERS: dict[str, Writer] = {
    "jsonl": jsonl.write,
    "spacy": docbin.write,
    "conll": conll.write,
    "doccano": doccano.write,
    "labelstudio": label_studio.write,
    "argilla": argilla.write,
}
WRITTEN: tuple[str, ...] = (*WRITERS, DATASETS, DIFFERENCES)
_BINARY = ("spacy", DATASETS)  # not text
_WITH_OFFSETS = ("jsonl", "doccano", "labelstudio", "argilla")  # these can count UTF-16 units
_ENDINGS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".txt": "txt",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".spacy": "spacy",
    ".conll": "conll",
    ".iob": "conll",
    ".bio": "conll",
    ".iob2": "conll",
    ".bilou": "conll",
    ".parquet": "datasets",
    ".arrow": "datasets",
}


def format_of(source: str) -> Format:
    """Return the format of a source by its file ending (apart from `.gz`). Raises SourceError if that is unknown."""
    if source == STDIN:
        return "jsonl"
    path = Path(source)
    if path.is_dir():
        return DATASETS
    ending = path.with_suffix("").suffix if is_packed(path) else path.suffix
    try:
        return cast(Format, _ENDINGS[ending.lower()])
    except KeyError:
        raise SourceError(
            f"{source}: the ending {ending or '(none)'} does not show the format",
            WayOut(Way.NAME_FORMAT, ", ".join(FORMATS)),
        ) from None


def is_packed(path: Path) -> bool:
    """Return whether the name says that gzip packed the file."""
    return path.suffix.lower() == ".gz"


def read_records(
    source: str, options: ReadOptions, format: Format | None = None, summary: ReadSummary | None = None
) -> Records:
    """Stream the records of `source`, a path or `-`: (line number from 1, record or the error of that line).

    Raises SourceError if the source as a whole cannot be read.
    """
    summary = ReadSummary() if summary is None else summary
    _check_exists(source)
    format = format or format_of(source)
    if format == DATASETS:
        if source == STDIN:
            raise SourceError("a datasets folder cannot come from standard input; name it, or a .parquet file")
        if is_packed(Path(source)) and not Path(source).is_dir():
            raise SourceError(f"{source}: a Parquet or Arrow file cannot be read while it is packed; unpack it first")
        yield from datasets_folder.read(Path(source), options, summary)
        return
    reader = _READERS[format]
    line = 0
    try:
        options = _with_names(source, options)
        with _open(source) as stream:
            if format not in _BINARY:
                check_utf8(stream)
            for line, record in reader(stream, options, summary):
                yield line, record
    except SourceError as error:
        raise error.saying(f"{source}: {error}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        if isinstance(error, gzip.BadGzipFile) and not line:
            raise SourceError(f"{source}: not packed by gzip, though its name ends in .gz") from error
        place = f"after line {line}: " if line else ""
        raise SourceError(f"{source}: {place}not a whole gzip file ({error})") from error
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror or error}") from error


def check_source(source: str, format: Format | None = None) -> None:
    """Raise SourceError if `source` is missing, a folder, unreadable, or of an unknown format."""
    _check_exists(source)
    format = format or _known_format(source)
    if format == DATASETS and Path(source).is_dir():
        return
    if source != STDIN:
        try:
            with Path(source).open("rb"):
                pass
        except OSError as error:
            raise SourceError(f"{source}: cannot be read: {error.strerror or error}") from error


def _known_format(source: str) -> Format:
    """Return the format by the ending. Raises SourceError, which says what the file looks like, if that is known."""
    try:
        return format_of(source)
    except SourceError as error:
        if (likely := likely_format(source)) is None:
            raise
        way_out = likely.way_out or (WayOut(Way.NAME_FORMAT, likely.format) if likely.format else None)
        raise SourceError(f"{error}; it looks like {likely.what}", way_out) from error


def _check_exists(source: str) -> None:
    try:
        if source != STDIN:
            Path(source).stat()
    except FileNotFoundError as error:
        raise SourceError(f"{source}: no such file") from error
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror or error}") from error


def _with_names(source: str, options: ReadOptions) -> ReadOptions:
    """Return the options with the names of numbers from a file beside the source, unless the options have names."""
    if source == STDIN or options.names:
        return options
    return replace(options, names=names_beside(Path(source)))


def check_offsets(format: str, offsets: OffsetUnit | None) -> None:
    """Raise UsageError if a format cannot be written with offsets in this unit."""
    if offsets is OffsetUnit.UTF_16 and format not in _WITH_OFFSETS:
        raise WrongSettingError("offsets", offsets.value, f"only the formats {', '.join(_WITH_OFFSETS)} can have it")


@contextmanager
def _open(source: str) -> Iterator[BinaryIO]:
    if source == STDIN:
        if sys.stdin is None:
            raise SourceError("standard input is closed")
        yield sys.stdin.buffer
        return
    with Path(source).open("rb") as file:
        if is_packed(Path(source)):
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file

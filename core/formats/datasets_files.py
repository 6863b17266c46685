"""The Parquet and Arrow files of a datasets folder, and their rows: read in batches, with all of it checked."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.class_names import names_beside, names_in_metadata
from tiebreak.core.formats.likely import likely_format
from tiebreak.core.formats.tagged import Names
from tiebreak.core.ways_out import Way, WayOut

if TYPE_CHECKING:
    import pyarrow

ARROW = ".arrow"
_BATCH = 64  # rows; no more are in memory at once
_TEXTS = ("tokens", "words")  # columns that make up the text if it has no column
_SPLITS, _STATE = "dataset_dict.json", "state.json"  # the file names of `save_to_disk`


def files_of(path: Path) -> list[Path]:
    """Return the files with the rows of a folder, or the file itself. Raises SourceError if the folder has none.

    `save_to_disk` writes Arrow files, in a folder for each split if there are splits. `load_dataset` takes Parquet
    files, in `data` or in the folder itself.
    """
    if not path.is_dir():
        return [path]
    try:
        files = _split_files(path) or _arrow_files(path) or _parquet_files(path)
        others = sorted(each.name for each in path.iterdir() if each.is_file() and each.name[0] != ".")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not files:
        hint = f"; to load its other files, such as {others[0]}, name them" if others else ""
        raise SourceError(f"{path}: no Parquet or Arrow files in it or in its `data`{hint}")
    return files


def _split_files(path: Path) -> list[Path]:
    """Return the files of all splits of a saved DatasetDict, in their order."""
    splits = _described(path / _SPLITS).get("splits")
    names = [name for name in splits if _is_plain(name)] if isinstance(splits, list) else []
    return [file for name in names for file in _arrow_files(path / name)]


def _arrow_files(path: Path) -> list[Path]:
    """Return the files that the state of a saved Dataset names, else all Arrow files of the folder."""
    named = _described(path / _STATE).get("_data_files")
    names = [each.get("filename") for each in named if isinstance(each, dict)] if isinstance(named, list) else []
    if names and all(_is_plain(name) for name in names):
        return [path / str(name) for name in names]
    return sorted(path.glob(f"*{ARROW}"))


def _is_plain(name: object) -> bool:
    """Return whether this names a file or folder directly within the folder."""
    return isinstance(name, str) and bool(name) and Path(name).name == name


def _parquet_files(path: Path) -> list[Path]:
    data = path / "data"
    return sorted((data if data.is_dir() else path).glob("*.parquet"))


def _described(path: Path) -> Mapping[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        value = json.loads(path.read_bytes())
        return value if isinstance(value, dict) else {}
    return {}


@contextmanager
def broken(file: Path) -> Iterator[None]:
    """Turn every error about a file into a SourceError that names it."""
    import pyarrow as pa

    kind = "Arrow" if file.suffix == ARROW else "Parquet"
    try:
        yield
    except SourceError as error:
        raise error.saying(f"{file}: {error}") from error
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, NotImplementedError, MemoryError) as error:
        likely = likely_format(str(file))
        hint = f"; it looks like {likely.what}" if likely is not None and likely.format != "datasets" else ""
        raise SourceError(f"{file}: not readable as {kind}: {str(error)[:300].removesuffix('.')}{hint}") from error


def rows_of(path: Path, columns: Sequence[str], text: str) -> Iterator[tuple[dict[str, Any] | RecordError, Names]]:
    """Yield the rows of a file, with these columns only, each with the names behind its numbers.

    Raises SourceError without a column `text` or a column of tokens, and the errors that `broken` turns into one.
    """
    batches = _arrow_batches if path.suffix == ARROW else _parquet_batches
    with closing(batches(path, columns, text)) as found:
        for batch, names in found:
            for number in range(batch.num_rows):
                try:
                    yield {name: batch.column(name)[number].as_py() for name in batch.schema.names}, names
                except UnicodeDecodeError:
                    yield RecordError("not UTF-8"), names


_Batches = Generator[tuple["pyarrow.RecordBatch", Names]]


def _parquet_batches(path: Path, columns: Sequence[str], text: str) -> _Batches:
    """Yield the batches of a Parquet file."""
    import pyarrow.parquet as pq

    # Asking for the metadata of column chunks ends the process on broken files.
    with pq.ParquetFile(path) as file:
        strings = [
            column.path
            for column in (file.schema.column(number) for number in range(len(file.schema)))
            if column.physical_type == "BYTE_ARRAY" and column.path in columns
        ]
        wanted, names = _wanted(path, file.schema_arrow, columns, text)
    # A dictionary keeps a repeated string in memory once; pyarrow has none for strings in lists.
    with pq.ParquetFile(path, read_dictionary=strings, memory_map=False, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=wanted, use_threads=False):
            yield batch, names


def _arrow_batches(path: Path, columns: Sequence[str], text: str) -> _Batches:
    """Yield the batches of a stream, as `datasets` writes it, or of a file, such as Feather."""
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:
        is_file = file.read(6) == b"ARROW1"
        file.seek(0)
        reader = pa.ipc.open_file(file) if is_file else pa.ipc.open_stream(file)
        wanted, names = _wanted(path, reader.schema, columns, text)
        for batch in map(reader.get_batch, range(reader.num_record_batches)) if is_file else reader:
            batch.validate(full=True)
            yield batch.select(wanted), names


def _wanted(path: Path, schema: pyarrow.Schema, columns: Sequence[str], text: str) -> tuple[list[str], Names]:
    """Return the columns to read, and the names behind their numbers. Raises SourceError without text and tokens."""
    if text not in schema.names and (text != "text" or not any(name in schema.names for name in _TEXTS)):
        what = f"no column `{text}` (its columns: {', '.join(schema.names)[:500]})"
        raise SourceError(what, WayOut(Way.NAME_TEXT, text))
    names = {**names_beside(path), **names_in_metadata(schema.metadata)}
    return [name for name in dict.fromkeys([text, *columns]) if name in schema.names], names

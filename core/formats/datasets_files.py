"""The Parquet and Arrow files of a datasets folder, and their rows: in batches, and nothing in them is trusted."""

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
_BATCH = 64  # rows in memory at once
_TEXTS = ("tokens", "words")  # that make a text where there is none
_SPLITS, _STATE = "dataset_dict.json", "state.json"  # as `save_to_disk` writes them


def files_of(path: Path) -> list[Path]:
    """Return the files with the rows of a folder, or the file itself. Raises SourceError where there are none.

    `save_to_disk` writes Arrow files, in a folder for each split where there are splits; `load_dataset` takes Parquet
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
        hint = f"; to load {others[0]} or others in it, name the files" if others else ""
        raise SourceError(f"{path}: no Parquet or Arrow files in it, nor in its `data`{hint}")
    return files


def _split_files(path: Path) -> list[Path]:
    """The files of all splits of a saved DatasetDict, in their order."""
    splits = _described(path / _SPLITS).get("splits")
    names = [name for name in splits if _is_plain(name)] if isinstance(splits, list) else []
    return [file for name in names for file in _arrow_files(path / name)]


def _arrow_files(path: Path) -> list[Path]:
    """The files of a saved Dataset that its state names, else all Arrow files of the folder."""
    named = _described(path / _STATE).get("_data_files")
    names = [each.get("filename") for each in named if isinstance(each, dict)] if isinstance(named, list) else []
    if names and all(_is_plain(name) for name in names):
        return [path / str(name) for name in names]
    return sorted(path.glob(f"*{ARROW}"))


def _is_plain(name: object) -> bool:
    """Whether this names something within the folder."""
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
    """Whatever is wrong with a file becomes a SourceError that names it."""
    import pyarrow as pa

    kind = "Arrow" if file.suffix == ARROW else "Parquet"
    try:
        yield
    except SourceError as error:
        raise error.saying(f"{file}: {error}") from error
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, NotImplementedError, MemoryError) as error:
        likely = likely_format(str(file))
        hint = f"; it looks like {likely.what}" if likely is not None and likely.format != "datasets" else ""
        raise SourceError(f"{file}: not {kind} that can be read: {str(error)[:300].removesuffix('.')}{hint}") from error


def rows_of(path: Path, columns: Sequence[str], text: str) -> Iterator[tuple[dict[str, Any] | RecordError, Names]]:
    """Yield the rows of a file, of which only these columns are read, with what their numbers stand for.

    Raises SourceError where neither the column `text` nor one of tokens is there, and what `broken` takes.
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
    """The metadata of column chunks is not asked for: on broken files that ends the process."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        strings = [
            column.path
            for column in (file.schema.column(number) for number in range(len(file.schema)))
            if column.physical_type == "BYTE_ARRAY" and column.path in columns
        ]
        wanted, names = _wanted(path, file.schema_arrow, columns, text)
    # As dictionaries strings that repeat are in memory once; pyarrow cannot do that for those in lists.
    with pq.ParquetFile(path, read_dictionary=strings, memory_map=False, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=wanted, use_threads=False):
            yield batch, names


def _arrow_batches(path: Path, columns: Sequence[str], text: str) -> _Batches:
    """Of a stream, as `datasets` writes it, or of a file, as Feather is."""
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
    """The columns that are read, and what numbers in them stand for. Raises SourceError without text and tokens."""
    if text not in schema.names and (text != "text" or not any(name in schema.names for name in _TEXTS)):
        what = f"no column `{text}` (its columns: {', '.join(schema.names)[:500]})"
        raise SourceError(what, WayOut(Way.NAME_TEXT, text))
    names = {**names_beside(path), **names_in_metadata(schema.metadata)}
    return [name for name in dict.fromkeys([text, *columns]) if name in schema.names], names

"""Reading a datasets folder, or one Parquet file, back: in batches of rows, and nothing in it is trusted."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.datasets_columns import check_pyarrow
from tiebreak.core.formats.decoded import parse_decoded
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.offsets import Counted, Counting, OffsetReader
from tiebreak.core.formats.reading import ReadOptions, ReadReport, Records
from tiebreak.core.records import OffsetUnit, Record

if TYPE_CHECKING:
    import pyarrow

_COUNTING = Counting(OffsetUnit.CODE_POINTS, "Python")
_BATCH = 64  # rows in memory at once
_COLUMNS = ("text", "tokens", "spaces", "spans", "answer", "annotator", "meta", "cats", "label", "labels")


def read(path: Path, options: ReadOptions, report: ReadReport) -> Records:
    """Yield (number of the row from 1, record or what is wrong with it) of a Parquet file, or of a folder's.

    A folder's files are those in its `data`, or else in itself, by name; rows are numbered through all of them. Only
    the column `text` must be there. Raises SourceError, and ConfigError without pyarrow.
    """
    check_pyarrow()
    offsets = OffsetReader(options, report, lambda: _again(path))
    number = 0
    for file in _files(path):
        with _broken(file):
            for row in _rows(file):
                number += 1
                yield number, row if isinstance(row, RecordError) else _record(row, options, offsets)


def _again(path: Path) -> Generator[Counted]:
    """The good records without tokens, from the beginning on."""
    for file in _files(path):
        with _broken(file):
            for row in _rows(file):
                fields = row if isinstance(row, RecordError) else _fields(row)
                if not isinstance(fields, RecordError) and "tokens" not in fields:
                    yield fields, _COUNTING


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    data = path / "data"
    try:
        files = sorted((data if data.is_dir() else path).glob("*.parquet"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not files:
        others = sorted(each.name for each in path.iterdir() if each.is_file() and each.name[0] != ".")
        hint = f"; to load {others[0]} or others in it, name the files" if others else ""
        raise SourceError(f"{path}: no Parquet files in it, nor in its `data`{hint}")
    return files


@contextmanager
def _broken(file: Path) -> Iterator[None]:
    """Whatever pyarrow says of a broken file becomes a SourceError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, NotImplementedError, MemoryError) as error:
        raise SourceError(f"{file}: not Parquet that can be read: {str(error)[:300]}") from error


def _rows(path: Path) -> Iterator[dict[str, Any] | RecordError]:
    """The rows as dicts. The metadata of column chunks is not asked for: on broken files that ends the process."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        strings = [
            column.path
            for column in (file.schema.column(number) for number in range(len(file.schema)))
            if column.physical_type == "BYTE_ARRAY" and column.path in _COLUMNS
        ]
        names = [name for name in _COLUMNS if name in file.schema_arrow.names]
        if "text" not in names:
            raise ValueError(f"no column `text` (its columns: {', '.join(file.schema_arrow.names)})")
        classes = _class_names(file.schema_arrow)
    # As dictionaries strings that repeat are in memory once; pyarrow cannot do that for those in lists.
    with pq.ParquetFile(path, read_dictionary=strings, memory_map=False, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=names, use_threads=False):
            for number in range(batch.num_rows):
                yield _row(batch, number, classes)


def _class_names(schema: pyarrow.Schema) -> list[Any]:
    """The names of the ClassLabel `label`, which is numbers in the file; none where nothing is said of them."""
    try:
        label = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]["label"]["names"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return []
    return label if isinstance(label, list) else []


def _row(batch: pyarrow.RecordBatch, number: int, classes: list[Any]) -> dict[str, Any] | RecordError:
    try:
        row = {name: batch.column(name)[number].as_py() for name in batch.schema.names}
    except UnicodeDecodeError:
        return RecordError("not UTF-8")
    if isinstance(label := row.get("label"), int):
        if not 0 <= label < len(classes):
            return RecordError(f"label is {label}, which has no name in the file's features")
        row["label"] = classes[label]
    return row


def _record(row: Mapping[str, Any], options: ReadOptions, offsets: OffsetReader) -> Record | RecordError:
    fields = _fields(row)
    if isinstance(fields, RecordError):
        return fields
    tokens = {name: fields.pop(name) for name in ("tokens",) if name in fields}
    try:
        if not tokens or options.offsets is not None:  # what has tokens and spaces is from Python
            fields = offsets.in_code_points(fields, _COUNTING)
        return parse_decoded({**fields, **tokens}, options.task)
    except RecordError as error:
        return error


def _fields(row: Mapping[str, Any]) -> dict[str, Any] | RecordError:
    record: dict[str, Any] = {
        "text": row["text"],
        "answer": row.get("answer"),
        "_annotator_id": row.get("annotator"),
    }
    if row.get("spans") is not None:
        record["spans"] = row["spans"]
    try:
        if (tokens := _tokens(row)) is not None:
            record["tokens"] = tokens
        record["meta"] = _decode(row, "meta")
        if (cats := _cats(row)) is not None:
            record["cats"] = cats
    except RecordError as error:
        return error
    return record


def _tokens(row: Mapping[str, Any]) -> list[dict[str, int]] | None:
    """The places of tokens, which need `spaces` to be found. Raises RecordError where they do not make the text."""
    tokens, spaces = row.get("tokens"), row.get("spaces")
    if not isinstance(tokens, list) or not isinstance(spaces, list):
        return None
    text = row["text"]
    if len(tokens) != len(spaces) or not all(isinstance(token, str) for token in tokens):
        raise RecordError("tokens and spaces do not fit together")
    words = [token + " " * bool(space) for token, space in zip(tokens, spaces, strict=True)]
    if "".join(words) != text:
        raise RecordError("tokens and spaces do not give the text")
    starts = accumulate((len(word) for word in words), initial=0)
    return [{"start": start, "end": start + len(token)} for start, token in zip(starts, tokens, strict=False)]


def _decode(row: Mapping[str, Any], name: str) -> Any:
    """A column that holds JSON, or a struct as it is."""
    value = row.get(name)
    if not isinstance(value, str):
        return value
    try:
        return decode_json(value)
    except RecordError as error:
        raise RecordError(f"{name}: {error}") from None


def _cats(row: Mapping[str, Any]) -> Any:
    """Label -> score from `cats`, or from the `label` or the `labels` that hold; None where there is nothing."""
    if (cats := _decode(row, "cats")) is not None:
        return cats
    label, labels = row.get("label"), row.get("labels")
    if label is not None:
        labels = [label]
    if labels is None:
        return None
    if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
        raise RecordError("the labels are no list of strings")
    return dict.fromkeys(labels, 1.0)

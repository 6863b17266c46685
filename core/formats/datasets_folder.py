"""A folder for `datasets.load_dataset`: a Parquet file per split, and a README that describes the columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.compare.cats import decided
from tiebreak.core.errors import ConfigError, SourceError
from tiebreak.core.formats.categories import read_cats
from tiebreak.core.formats.datasets_columns import (
    Column,
    check_pyarrow,
    class_names,
    columns_of,
    metadata_of,
    readme_of,
)
from tiebreak.core.formats.datasets_reading import read as read
from tiebreak.core.formats.pieces import SPLIT, Pieces, cut
from tiebreak.core.formats.record_parts import remarked_meta, spans_of, trimmed_spans
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import Span, Task, TaskKind
from tiebreak.core.text.hashes import text_digest

if TYPE_CHECKING:
    import pyarrow

ROWS = 1000  # rows of a group; no more are in memory while writing


def write(records: Iterable[ExportedRecord], folder: Path, options: WriteOptions) -> WriteSummary:
    """Write all records as the split `train`; see `write_split`."""
    return write_split(records, folder, options)


def write_split(
    records: Iterable[ExportedRecord],
    folder: Path,
    options: WriteOptions,
    split: str = "train",
    labels: Sequence[str] = (),
) -> WriteSummary:
    """Write one split to `folder/data` and describe it, with the existing splits, in `folder/README.md`.

    The numbers of labels must be fixed before the first row is written. So the records are held in memory to find all
    labels; `labels` and those of existing splits come first. A label that only a later split has gets a higher number,
    which keeps the earlier splits right.

    Raises ConfigError without pyarrow, or if `datasets` does not take the split's name. Raises SourceError if a file in
    the folder was not written by Tiebreak.
    """
    check_pyarrow()
    if not re.fullmatch(r"\w+(\.\w+)*", split, re.ASCII):
        raise ConfigError(f"the split {split!r} needs a name of letters, digits and _, such as train or validation")
    held = list(records)
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    known = [name for path in _files(data) for name in _names_in(path)]
    names = class_names(options.task, [*known, *_all_names(options.task, labels), *_names_of(held, options.task)])
    summary = WriteSummary()
    columns = columns_of(options.task, names)
    numbers = {name: number for number, name in enumerate(names)}
    rows = (_row(record, options.task, numbers, summary) for record in held)
    _write_parquet(rows, data / f"{split}-00000-of-00001.parquet", columns)
    (folder / "README.md").write_text(readme_of(columns, _splits(data)), encoding="utf-8", newline="\n")
    return summary


def _write_parquet(rows: Iterator[dict[str, Any]], path: Path, columns: Sequence[Column]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(column.name, _arrow_type(column.type)) for column in columns], metadata_of(columns))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        for row in rows:
            group.append(row)
            if len(group) == ROWS:
                writer.write_table(pa.Table.from_pylist(group, schema))
                group.clear()
        if group:
            writer.write_table(pa.Table.from_pylist(group, schema))


def _arrow_type(name: str) -> pyarrow.DataType:
    import pyarrow as pa

    if name == "spans":
        return pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), ("label", pa.string())]))
    kind, _, of_list = name.partition(" ")
    plain = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}[kind]
    return pa.list_(plain) if of_list else plain


def _files(data: Path) -> list[Path]:
    return sorted(data.glob("*.parquet"))


def _splits(data: Path) -> dict[str, tuple[int, int]]:
    """Return the number of rows and bytes of each split's file."""
    import pyarrow.parquet as pq

    return {
        path.name.partition("-")[0]: (pq.read_metadata(path).num_rows, path.stat().st_size) for path in _files(data)
    }


def _names_in(path: Path) -> list[str]:
    """Return the class names in a split's file. Raises SourceError if they cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        features = json.loads((pq.read_schema(path).metadata or {})[b"huggingface"])["info"]["features"]
        label = features["ner_tags"]["feature"] if "ner_tags" in features else features.get("label", {})
        return [str(name) for name in label.get("names", ())]
    except (KeyError, TypeError, AttributeError, ValueError, OSError, pa.ArrowException) as error:
        raise SourceError(f"{path}: not a split that Tiebreak wrote; name an empty folder") from error


def _all_names(task: Task, labels: Iterable[str]) -> list[str]:
    """Return the class names that labels need: IOB2 has two for each label of spans."""
    return [f"{tag}-{label}" for label in labels for tag in "BI"] if task is Task.NER else list(labels)


def _names_of(records: Iterable[ExportedRecord], task: Task) -> list[str]:
    if task is Task.NER:
        return _all_names(task, sorted({span["label"] for record in records for span in record.get("spans") or ()}))
    if task is Task.TEXTCAT:
        return sorted({label for record in records for label in _cats(record)})
    return []


def _cats(record: ExportedRecord) -> Mapping[str, float]:
    return read_cats(record, record.get("answer")) or {}


def _row(record: ExportedRecord, task: Task, numbers: Mapping[str, int], summary: WriteSummary) -> dict[str, Any]:
    summary.records += 1
    meta = remarked_meta(record, summary)
    row: dict[str, Any] = {
        "id": text_digest(record["text"]).hex(),
        "text": record["text"],
        "answer": record.get("answer"),
        "annotator": record.get("_annotator_id"),
        "meta": json.dumps(meta, ensure_ascii=False) if meta else None,
    }
    return row | _COLUMNS[task.kind](record, task, numbers, summary)


def _category_columns(
    record: ExportedRecord, task: Task, numbers: Mapping[str, int], summary: WriteSummary
) -> dict[str, Any]:
    cats = _cats(record)
    holding = [span.label for span in decided(cats, task)]
    summary.spans += len(holding)
    columns: dict[str, Any] = {"cats": json.dumps(cats, ensure_ascii=False)}
    if task is Task.TEXTCAT:
        return columns | {"label": numbers[holding[0]] if holding else None}
    return columns | {"labels": holding}


def _span_columns(
    record: ExportedRecord, task: Task, numbers: Mapping[str, int], summary: WriteSummary
) -> dict[str, Any]:
    spans = spans_of(record)
    summary.spans += len(spans)
    tagged = trimmed_spans(record, summary, "tagged") if task is Task.NER else []
    pieces = cut(record, tagged)
    if pieces.off:
        summary.notes[SPLIT] += pieces.off
    columns: dict[str, Any] = {
        "tokens": [record["text"][start:end] for start, end in pieces.tokens],
        "spaces": list(pieces.spaces),
        "spans": [span._asdict() for span in spans],
    }
    return columns | ({"ner_tags": _tags(pieces, tagged, numbers)} if task is Task.NER else {})


def _tags(pieces: Pieces, spans: Iterable[Span], numbers: Mapping[str, int]) -> list[int]:
    """Return a number per token in IOB2: B- begins a span, also right after another, and I- continues it."""
    starts, ends = pieces.starts(), pieces.ends()
    tags = [numbers["O"]] * len(pieces.tokens)
    for span in spans:
        first, last = starts[span.start], ends[span.end]
        tags[first : last + 1] = [numbers[f"I-{span.label}"]] * (last + 1 - first)
        tags[first] = numbers[f"B-{span.label}"]
    return tags


_COLUMNS = {TaskKind.SPANS: _span_columns, TaskKind.CATEGORIES: _category_columns}

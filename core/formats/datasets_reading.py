"""Reading the rows of a datasets folder, or of one Parquet or Arrow file."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.datasets_columns import check_pyarrow
from tiebreak.core.formats.datasets_files import broken, files_of, rows_of
from tiebreak.core.formats.decoded import parse_decoded
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.offsets import Counted, Counting, OffsetReader
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.tagged import (
    TAGS,
    TOKENS,
    Names,
    name_of,
    named_tags,
    names_of,
    says_spans,
    tagged_record,
    tags_in,
    tokens_in,
)
from tiebreak.core.records import OffsetUnit, Record

_COUNTING = Counting(OffsetUnit.CODE_POINTS, "Python")
_COLUMNS = (*TOKENS, *TAGS, "spaces", "spans", "answer", "annotator", "meta", "cats", "label")


def read(path: Path, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (number of the row from 1, record or error) of a file, or of all files of a folder.

    A folder's rows are numbered through all its files. Only a column of the text or of tokens must exist. Raises
    SourceError, also if numbers of tags have no names; and ConfigError without pyarrow.
    """
    files = files_of(path)
    check_pyarrow()
    offsets = OffsetReader(options, summary, lambda: _again(files, options))
    number = 0
    for file in files:
        with broken(file):
            for row, names in _rows(file, options):
                number += 1
                fields = row if isinstance(row, RecordError) else _fields(row, names, options)
                yield number, fields if isinstance(fields, RecordError) else _record(fields, options, offsets)


def _rows(file: Path, options: ReadOptions) -> Generator[tuple[dict[str, Any] | RecordError, Names]]:
    text = options.text_column or "text"
    for row, names in rows_of(file, _COLUMNS, text):
        if isinstance(row, dict):
            row["text"] = row.pop(text, None)
        yield row, options.names or names


def _again(files: Sequence[Path], options: ReadOptions) -> Generator[Counted]:
    """Yield the good records without tokens, from the beginning."""
    for file in files:
        with broken(file):
            for row, names in _rows(file, options):
                fields = row if isinstance(row, RecordError) else _fields(row, names, options)
                if not isinstance(fields, RecordError) and "tokens" not in fields:
                    yield fields, _COUNTING


def _record(fields: dict[str, Any], options: ReadOptions, offsets: OffsetReader) -> Record | RecordError:
    tokens = {name: fields.pop(name) for name in ("tokens",) if name in fields}
    try:
        if not tokens or options.offsets is not None:  # a record with tokens and spaces is from Python
            fields = offsets.in_code_points(fields, _COUNTING)
        return parse_decoded({**fields, **tokens}, options.task)
    except RecordError as error:
        return error


def _fields(row: Mapping[str, Any], names: Names, options: ReadOptions) -> dict[str, Any] | RecordError:
    record: dict[str, Any] = {
        "text": row["text"],
        "answer": row.get("answer"),
        "_annotator_id": row.get("annotator"),
    }
    try:
        tags = None
        if row.get("spans") is not None:
            record["spans"] = row["spans"]
        else:
            tags = tags_in(row, options.task) if tokens_in(row) else None
        if (tokens := _tokens(row)) is not None:
            record["tokens"] = tokens
        record |= _tagged(row, tags, names, tokens)
        record["meta"] = _decode(row, "meta")
        if (cats := _cats({name: row[name] for name in row if name != tags}, names, options)) is not None:
            record["cats"] = cats
    except RecordError as error:
        return error
    return record


def _tagged(
    row: Mapping[str, Any], field: str | None, names: Names, known: list[dict[str, int]] | None
) -> dict[str, Any]:
    """Return the text, tokens and spans that tokens give, with the tags in the column `field`.

    `known` are the places of the tokens.
    """
    words = tokens_in(row)
    if words is None or (field is None and row["text"] is not None):
        return {}
    tags = None if field is None else named_tags(field, row[field], names)
    return tagged_record(row["text"], words, tags, known)


def _tokens(row: Mapping[str, Any]) -> list[dict[str, int]] | None:
    """Return the places of tokens, if there are `spaces`. Raises RecordError if they do not make up the text."""
    tokens, spaces = row.get("tokens"), row.get("spaces")
    if not isinstance(tokens, list) or not isinstance(spaces, list):
        return None
    text = row["text"]
    if len(tokens) != len(spaces) or not all(isinstance(token, str) for token in tokens):
        raise RecordError("tokens and spaces do not fit together")
    words = [token + " " * bool(space) for token, space in zip(tokens, spaces, strict=True)]
    if "".join(words) != text:
        raise RecordError("tokens and spaces do not make up the text")
    starts = accumulate((len(word) for word in words), initial=0)
    return [{"start": start, "end": start + len(token)} for start, token in zip(starts, tokens, strict=False)]


def _decode(row: Mapping[str, Any], name: str) -> Any:
    """Decode a column that holds JSON; return a struct unchanged."""
    value = row.get(name)
    if not isinstance(value, str):
        return value
    try:
        return decode_json(value)
    except RecordError as error:
        raise RecordError(f"{name}: {error}") from None


def _cats(row: Mapping[str, Any], names: Names, options: ReadOptions) -> Any:
    """Return label -> score from `cats`, or from the `label` or `labels` that hold; None without categories.

    Raises SourceError if the labels are numbers without names, unless the task is not about them.
    """
    if (cats := _decode(row, "cats")) is not None:
        return cats
    field = "labels" if row.get("label") is None else "label"
    labels = row.get(field) if field == "labels" else [row[field]]
    if labels is None:
        return None
    known = names_of(field, names)
    if isinstance(labels, list) and any(type(each) is int for each in labels):
        if not known and says_spans(options.task):
            return None
        labels = [name_of(field, each, known) if type(each) is int else each for each in labels]
    if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
        raise RecordError("the labels are not a list of strings")
    return dict.fromkeys(labels, 1.0)

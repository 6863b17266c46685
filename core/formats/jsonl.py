"""JSON lines: a record per line."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.code_units import has_pairs
from tiebreak.core.formats.decoding import decode_json, decode_list, open_json
from tiebreak.core.formats.json_forms import in_prodigys_form, records_in
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.offsets import Counted, Counting, OffsetReader, record_in_utf_16, rewound
from tiebreak.core.formats.prodigy import parse_record, parse_versions
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import OffsetUnit, Record, Task, TaskKind

PRODIGY = Counting(OffsetUnit.CODE_POINTS, "Prodigy")


def read_json(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (line number, record or error), from one JSON list or from JSON lines.

    Raises SourceError if the rest of a list cannot be read, or if numbers of tags have no names.
    """
    whole, lines = open_json(stream)
    return _read_lines(lines, stream, options, summary) if whole is None else _read_list(whole, options, summary)


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (line number, record or error); skip blank lines.

    Raises SourceError if numbers of tags have no names.
    """
    return _read_lines(stream, stream, options, summary)


def _read_lines(
    lines: BinaryIO | Iterable[bytes | RecordError], stream: BinaryIO, options: ReadOptions, summary: ReadSummary
) -> Records:
    offsets = OffsetReader(options, summary, lambda: _again(stream, options))
    for number, line in decode_lines(lines):
        if isinstance(line, RecordError):
            yield number, line
        elif line and not line.isspace():
            try:
                value = decode_json(line)
            except RecordError as error:
                yield number, error
                continue
            for each in records_in(value):
                for record in _parse(each, options, offsets):
                    yield number, record


def _read_list(whole: str, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield the records of a JSON list; a string in the list is a text."""
    offsets = OffsetReader(options, summary, lambda: _counted((value for _, value in decode_list(whole)), options))
    for number, value in decode_list(whole):
        if isinstance(value, RecordError):
            yield number, value
        else:
            for record in _parse({"text": value} if isinstance(value, str) else value, options, offsets):
                yield number, record


def _again(stream: BinaryIO, options: ReadOptions) -> Generator[Counted]:
    """Yield, from the beginning, the records whose offsets could count UTF-16 units."""
    with rewound(stream) as is_possible:
        for _, line in decode_lines(stream) if is_possible else ():
            if isinstance(line, str) and (has_pairs(line) or "\\u" in line):
                with suppress(RecordError):
                    yield from _counted(records_in(decode_json(line)), options)


def _counted(values: Iterable[object], options: ReadOptions) -> Generator[Counted]:
    for value in values:
        with suppress(RecordError):
            if isinstance(fields := in_prodigys_form(value, options), dict):
                yield fields, PRODIGY


_HELD = {TaskKind.SPANS: "spans", TaskKind.CATEGORIES: "accept"}


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteSummary:
    """Write the records in Prodigy's form, one per line: nothing is lost."""
    summary = WriteSummary()
    for record in records:
        stream.write(encode(with_offsets_in(record, options.offsets, options.task)))
        summary.records += 1
        summary.spans += len(record.get(_HELD[options.task.kind]) or ())
    return summary


def with_offsets_in(record: ExportedRecord, unit: OffsetUnit | None, task: Task) -> ExportedRecord:
    """Return the record with its offsets in this unit, code points by default."""
    return record_in_utf_16(record, task) if unit is OffsetUnit.UTF_16 else record


def encode(record: ExportedRecord) -> bytes:
    """Return the record as one line."""
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()


def _parse(value: object, options: ReadOptions, offsets: OffsetReader) -> list[Record | RecordError]:
    """Return the record in a value, and the versions in it if Prodigy's `review` wrote them."""
    try:
        value = in_prodigys_form(value, options)
        if isinstance(value, dict):
            value = offsets.in_code_points(value, PRODIGY)
        record = parse_record(value, options.task)
        return [record, *parse_versions(value, options.task)]
    except RecordError as error:
        return [error]

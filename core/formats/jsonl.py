"""JSON lines: a record a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.prodigy import parse_record, parse_versions
from tiebreak.core.formats.reading import ReadOptions, ReadReport, Records
from tiebreak.core.formats.writing import ExportedRecord, WriteOptions, WriteReport
from tiebreak.core.records import Record, Task


def read(stream: BinaryIO, options: ReadOptions, report: ReadReport) -> Records:
    """Yield (line number, record or what is wrong with it); blank lines are passed over."""
    for number, line in decode_lines(stream):
        if isinstance(line, RecordError):
            yield number, line
        elif line and not line.isspace():
            for record in _parse(line, options.task):
                yield number, record


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteReport:
    """Write the records as Prodigy has them, one a line: nothing is lost."""
    report = WriteReport()
    for record in records:
        stream.write(encode(record))
        report.records += 1
        report.spans += len(record.get("accept" if options.task.is_categories else "spans") or ())
    return report


def encode(record: ExportedRecord) -> bytes:
    """One record as a line."""
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()


def _parse(line: str, task: Task) -> list[Record | RecordError]:
    """The record of a line, and of one from Prodigy's `review` what each of its versions says."""
    try:
        value = decode_json(line)
        record = parse_record(value, task)
        return [record, *parse_versions(value, task)]
    except RecordError as error:
        return [error]

"""CSV with a header: the column `text`, `label` where there is one, and the rest as meta."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.lines import LONGEST
from tiebreak.core.formats.prodigy import check_unicode, parse_record
from tiebreak.core.formats.reading import ReadOptions, ReadReport, Records
from tiebreak.core.records import Record, Task


def read(stream: BinaryIO, options: ReadOptions, report: ReadReport) -> Records:
    """Yield (line number where the row ends, record or what is wrong with it).

    Raises SourceError where there is no column `text`, or where the rest of the file cannot be split into rows.
    """
    csv.field_size_limit(LONGEST)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    rows = csv.DictReader(_lines(text))
    try:
        if "text" not in (rows.fieldnames or ()):
            raise SourceError(f"the CSV has no column `text` (its columns: {', '.join(rows.fieldnames or ())})")
        for row in rows:
            yield rows.line_num, _parse(row, options.task)
    except csv.Error as error:
        raise SourceError(f"line {rows.line_num}: not CSV: {error}") from error
    finally:
        text.detach()


def _lines(text: TextIO) -> Iterator[str]:
    """The lines, which may end in CR too; one that is too long is never in memory as a whole."""
    while line := text.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise csv.Error(f"a line is longer than {LONGEST >> 20} MiB")
        yield line


def _parse(row: dict[str | None, str | list[str] | None], task: Task) -> Record | RecordError:
    if None in row:
        return RecordError("more fields than the header has")
    if None in row.values():
        return RecordError("fewer fields than the header has")
    record: dict[str, object] = {"text": row.pop("text")}
    if "label" in row:
        record["label"] = row.pop("label")
    if row:
        record["meta"] = dict(row)
    try:
        check_unicode(record)
    except RecordError:
        return RecordError("not UTF-8")
    try:
        return parse_record(record, task)
    except RecordError as error:
        return error

"""CSV with a header: the column of the text, `label` if it exists, and all other columns as meta.

The separator is a comma, a semicolon, a tab or |: the sign that gives the header a column of the text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, TextIO

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.lines import LONGEST
from tiebreak.core.formats.prodigy import check_unicode, parse_record
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.tagged import name_of, names_of
from tiebreak.core.records import Record
from tiebreak.core.ways_out import Way, WayOut

_SEPARATORS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\s*")  # Excel writes this line before the header
_SAME_NAME = "columns with the name of another column: left out"
_SHOWN = 20  # columns; a message shows no more
_LONGEST_HEADER = 1 << 20  # characters; a longer line is not a header


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (number of the row's last line, record or error).

    Raises SourceError if the text has no column, or if the rest of the file cannot be split into rows.
    """
    return _read(stream, options, summary, _SEPARATORS)


def read_tabs(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Read a table with tabs between its columns; see `read`."""
    return _read(stream, options, summary, "\t")


class _Lines:
    """The lines of a table, which may also end in CR: the number read so far, and whether the end was reached.

    `head` has the lines of the header, and is None after it.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.number = 0
        self.is_at_end = False
        self.head: list[str] | None = []

    def __iter__(self) -> Iterator[str]:
        """Yield the lines. Raises csv.Error for a line that is too long; it is never in memory as a whole."""
        while line := self._text.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise csv.Error(f"a line is longer than {LONGEST >> 20} MiB")
            self.number += 1
            if self.head is not None:
                self.head.append(line)
            yield line
        self.is_at_end = True


def _read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary, separators: str) -> Records:
    csv.field_size_limit(LONGEST)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    column = options.text_column or "text"
    counted = _Lines(text)
    lines = iter(counted)
    begins = 1  # the first line of a row
    try:
        separator, header = _header(counted, lines, column, separators)
        if doubles := len(header) - len(set(header)):
            summary.notes[_SAME_NAME] += doubles
        begins = counted.number + 1
        for row in csv.reader(lines, delimiter=separator):
            if counted.is_at_end:  # the row swallowed the rest of the file
                raise csv.Error("a quote that opens in this row is never closed")
            if row:
                yield counted.number, _parse(row, header, column, options)
            begins = counted.number + 1
    except csv.Error as error:
        raise SourceError(f"line {begins}: not CSV: {error}") from error
    finally:
        text.detach()


def _header(counted: _Lines, lines: Iterator[str], column: str, separators: str) -> tuple[str, list[str]]:
    """Return the separator and the names of the columns; no names in an empty file.

    Raises SourceError if no separator gives a column of the text, or if there are two.
    """
    head = counted.head = []
    for row in csv.reader(lines, delimiter=separators[0]):
        if len(head) == 1 and (named := _SEPARATOR_LINE.fullmatch(head[0])):
            separators = named[1]
        elif row:
            break
        head.clear()
    counted.head = None
    if sum(map(len, head)) > _LONGEST_HEADER:
        raise SourceError(f"the first line is longer than {_LONGEST_HEADER >> 20} MiB, and names no columns")
    headers = [(each, [name.strip() for name in next(csv.reader(head, delimiter=each), [])]) for each in separators]
    widest = max(headers, key=lambda each: len(each[1]))
    separator, header = next((each for each in headers if column in each[1]), widest)
    if header.count(column) > 1:
        raise SourceError(f"{header.count(column)} columns are called `{column}`")
    if header and column not in header:
        shown = ", ".join(header[:_SHOWN]) + ", ..." * (len(header) > _SHOWN)
        what = f"the table has no column `{column}` (its columns: {shown})"
        raise SourceError(what, WayOut(Way.NAME_TEXT, column))
    return separator, header


def _parse(row: Sequence[str], header: Sequence[str], column: str, options: ReadOptions) -> Record | RecordError:
    if len(row) != len(header):
        return RecordError(f"{'more' if len(row) > len(header) else 'fewer'} fields than the header has")
    fields = dict(zip(header, row, strict=True))
    record: dict[str, object] = {"text": fields.pop(column)}
    label = fields.pop("label", None)
    try:
        check_unicode([record, label, fields])
    except RecordError:
        return RecordError("not UTF-8")
    if fields:
        record["meta"] = fields
    try:
        if label is not None:
            names = names_of("label", options.names)
            record["label"] = name_of("label", int(label), names) if names and label.isdecimal() else label
        return parse_record(record, options.task)
    except RecordError as error:
        return error

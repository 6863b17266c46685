"""JSON lines: a record a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.prodigy import parse_record
from tiebreak.core.records import Record, Task


def read(stream: BinaryIO, task: Task) -> Iterator[tuple[int, Record | RecordError]]:
    """Yield (line number, record or what is wrong with it); blank lines are passed over."""
    for number, line in decode_lines(stream):
        if isinstance(line, RecordError):
            yield number, line
        elif line and not line.isspace():
            yield number, _parse(line, task)


def _parse(line: str, task: Task) -> Record | RecordError:
    try:
        return parse_record(decode_json(line), task)
    except RecordError as error:
        return error

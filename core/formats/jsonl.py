"""JSON lines: a record a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.prodigy import check_unicode, parse_record
from tiebreak.core.records import Record, Task


def read(stream: BinaryIO, task: Task) -> Iterator[tuple[int, Record | RecordError]]:
    """Yield (line number, record or what is wrong with it); blank lines are passed over."""
    for number, line in decode_lines(stream):
        if isinstance(line, RecordError):
            yield number, line
        elif line and not line.isspace():
            yield number, _parse(line, task)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _parse(line: str, task: Task) -> Record | RecordError:
    try:
        value = _decode(line)
    except RecursionError:
        return RecordError("not JSON that can be read: nested too deeply")
    except ValueError as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        return RecordError(f"not JSON: {reason}")
    try:
        if "\\u" in line:  # only an escape can smuggle in a surrogate
            check_unicode(value)
        return parse_record(value, task)
    except RecordError as error:
        return error

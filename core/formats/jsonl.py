"""JSON lines: a record a line."""

from __future__ import annotations

import json
import math
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


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"the number {number[:40]} is too large")
    return value


_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode
_DEEPEST = 500  # levels of nesting; more could be read, but perhaps not be written again


def _parse(line: str, task: Task) -> Record | RecordError:
    try:
        value = _decode(line)
    except RecursionError:
        return RecordError("not JSON that can be read: nested too deeply")
    except json.JSONDecodeError as error:
        return RecordError(f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}")
    except ValueError as error:
        return RecordError(f"not JSON: {error}")
    if line.count("[") + line.count("{") > _DEEPEST and _is_too_deep(value):
        return RecordError("not JSON that can be read: nested too deeply")
    try:
        if "\\u" in line:  # only an escape can smuggle in a surrogate
            check_unicode(value)
        return parse_record(value, task)
    except RecordError as error:
        return error


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)

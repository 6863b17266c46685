"""Records that another format than JSON held, checked as if they had come as a line of it."""

from __future__ import annotations

import json
from typing import Any

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.prodigy import parse_record
from tiebreak.core.records import Record, Task


def parse_decoded(value: dict[str, Any], task: Task) -> Record | RecordError:
    """The record, or what is wrong with it: also where it holds what JSON cannot (NaN, bytes, endless nesting)."""
    try:
        line = json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        return RecordError(f"holds what no JSON can: {str(error)[:200]}")
    try:
        return parse_record(decode_json(line), task)
    except RecordError as error:
        return error

"""Records from formats other than JSON, checked as if they were a line of JSON."""

from __future__ import annotations

import json
from typing import Any

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.prodigy import parse_record
from tiebreak.core.records import Record, Task


def parse_decoded(value: dict[str, Any], task: Task) -> Record | RecordError:
    """Return the record, or the error in it, also if JSON cannot hold it (NaN, bytes, endless nesting)."""
    try:
        line = json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        return RecordError(f"holds a value that JSON cannot hold: {str(error)[:200]}")
    try:
        return parse_record(decode_json(line), task)
    except RecordError as error:
        return error

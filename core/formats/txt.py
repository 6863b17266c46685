"""Plain text: an example per line."""

from __future__ import annotations

from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.records import Record


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (line number, record or error); skip blank lines."""
    for number, line in decode_lines(stream):
        if isinstance(line, RecordError):
            yield number, line
        elif line and not line.isspace():
            yield number, Record(line)

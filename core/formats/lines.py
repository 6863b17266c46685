"""Lines of a byte stream: split at LF alone, decoded one by one, so that one bad line is only its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tiebreak.core.errors import RecordError

_BOM = b"\xef\xbb\xbf"


def decode_lines(stream: BinaryIO) -> Iterator[tuple[int, str | RecordError]]:
    """Yield (line number from 1, the line without its ending, or what is wrong with it)."""
    for number, raw in enumerate(stream, start=1):
        if number == 1 and raw.startswith(_BOM):
            raw = raw[len(_BOM) :]
        if raw.endswith(b"\n"):
            raw = raw[:-2] if raw.endswith(b"\r\n") else raw[:-1]
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            yield number, RecordError(f"not UTF-8: byte {error.start + 1} of the line is 0x{raw[error.start]:02x}")

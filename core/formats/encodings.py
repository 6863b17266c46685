"""Text files in an encoding other than UTF-8, recognized by their first bytes."""

from __future__ import annotations

import gzip
from typing import BinaryIO

from tiebreak.core.errors import SourceError
from tiebreak.core.ways_out import Way, WayOut

_LOOKED_AT = 4096  # bytes at the beginning; they show the encoding
_FEWEST = 8  # bytes; fewer cannot show UTF-16 without a mark
_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def check_utf8(stream: BinaryIO) -> None:
    """Raise SourceError if a stream that allows peeking is UTF-16 or UTF-32."""
    peek = getattr(stream, "peek", None)
    encoding = other_encoding(peek(_LOOKED_AT)[:_LOOKED_AT]) if peek is not None else None
    if encoding is not None:
        file = "the unpacked file" if isinstance(stream, gzip.GzipFile) else "this file"
        raise SourceError(f"{file} is {encoding[:6]}, not UTF-8", WayOut(Way.CONVERT, encoding))


def other_encoding(head: bytes) -> str | None:
    """Return the encoding of a text whose first bytes are UTF-16 or UTF-32, else None.

    A text without a mark is UTF-16 if more than half of its characters have a zero byte, all on the same side. It must
    also be readable that way.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    head = head[: len(head) // 2 * 2]
    low, high = head[0::2].count(0), head[1::2].count(0)
    if len(head) < _FEWEST or min(low, high) or max(low, high) <= len(head) // 4:
        return None
    encoding = "UTF-16LE" if high else "UTF-16BE"
    text = head.decode(encoding, "ignore")
    return encoding if all(sign.isprintable() or sign.isspace() for sign in text) else None

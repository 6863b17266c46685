"""Lines of a byte stream, split at LF, or at CR in a file without LF.

They are decoded one by one, so that a bad line does not affect the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from tiebreak.core.errors import RecordError

LONGEST = 64 << 20  # bytes; a longer line is refused, to spare memory
_CHUNK = 1 << 20
_BOM = b"\xef\xbb\xbf"


def split_lines(stream: BinaryIO) -> Iterator[bytes | RecordError]:
    """Yield each line with its ending, or an error for a line that is too long to be held in memory."""
    while line := stream.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(b"\n"):
            yield line
            continue
        del line
        while (rest := stream.readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield RecordError(f"the line is longer than {LONGEST >> 20} MiB")


def split_at_any(lines: Iterable[bytes | RecordError]) -> Iterator[bytes | RecordError]:
    """Yield the lines; in a file without LF, split at CR, as old programs write."""
    for number, line in enumerate(lines):
        if number == 0 and isinstance(line, bytes) and not line.endswith(b"\n") and b"\r" in line:
            yield from line.removesuffix(b"\r").split(b"\r")
        else:
            yield line


def decode_lines(stream: BinaryIO | Iterable[bytes | RecordError]) -> Iterator[tuple[int, str | RecordError]]:
    """Yield (line number from 1, the line without its ending, or an error), from a file or from its lines."""
    lines = split_at_any(split_lines(cast(BinaryIO, stream))) if hasattr(stream, "readline") else stream
    for number, raw in enumerate(lines, start=1):
        if isinstance(raw, RecordError):
            yield number, raw
            continue
        if number == 1 and raw.startswith(_BOM):
            raw = raw[len(_BOM) :]
        if raw.endswith(b"\n"):
            raw = raw[:-2] if raw.endswith(b"\r\n") else raw[:-1]
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            yield number, RecordError(f"not UTF-8: byte {error.start + 1} of the line is 0x{raw[error.start]:02x}")

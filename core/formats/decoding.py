"""Decoding JSON that others have written. A value that could not be written again is refused."""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.fields import type_of
from tiebreak.core.formats.lines import decode_lines, split_at_any, split_lines
from tiebreak.core.formats.offsets import Counted, Counting, OffsetReader, rewound
from tiebreak.core.formats.prodigy import check_unicode, parse_record
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.records import Record

_BOM = b"\xef\xbb\xbf"
_DEEPEST = 500  # levels of nesting; deeper values could be read, but perhaps not written again
_TOO_DEEP = "not readable JSON: nested too deeply"
_CHUNK = 1 << 20  # bytes, read at once
_FLOOR, _RATIO = 64 << 20, 200  # bytes; gzip may unpack at most _FLOOR + _RATIO x the bytes it has read
_BLANKS = re.compile(r"[ \t\n\r]*")
_PYTHON = ("(", "'")  # Python's signs for JSON's [ and "
_TUPLE = re.compile(rb'\[\s*"(?:[^"\\]|\\.)*"\s*,\s*\{')  # a text and its annotations


class Made(NamedTuple):
    """One record of an object: `make` returns it in Prodigy's form, or raises RecordError.

    `counting` says what its offsets count if nothing shows it.
    """

    make: Callable[[], dict[str, Any]]
    counting: Counting


# Splits an object into records; may raise RecordError. It counts in the report what it leaves out.
Split = Callable[[dict[str, Any], ReadOptions, ReadSummary], Iterable[Made]]
_Values = Generator[tuple[int, object]]  # (line number, value or RecordError)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"the number {number[:40]} is too large")
    return value


def _reason(error: ValueError) -> str:
    """Return why a number or a word is refused, without Python's advice to programmers."""
    return str(error).partition("; use sys.")[0]


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_decode = _decoder.decode
# Finds the end of a value whose numbers are refused.
_lenient = json.JSONDecoder(parse_constant=lambda name: None, parse_float=lambda number: 0.0, parse_int=lambda _: 0)


def decode_json(text: str) -> Any:
    """Return the JSON value of `text`.

    Raises RecordError if it is not JSON, or if it could not be written again. That is so for NaN, numbers that are too
    large, nesting that is too deep, and lone surrogates.
    """
    try:
        value = _decode(text)
    except RecursionError:
        raise RecordError(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise RecordError(f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}") from None
    except ValueError as error:
        raise RecordError(f"not JSON: {_reason(error)}") from None
    _check(value, text)
    return value


def _check(value: object, written: str) -> None:
    if written.count("[") + written.count("{") > _DEEPEST and _is_too_deep(value):
        raise RecordError(_TOO_DEEP)
    if "\\u" in written:  # only an escape can bring in a surrogate
        check_unicode(value)


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


def read_objects(stream: BinaryIO, options: ReadOptions, summary: ReadSummary, split: Split) -> Records:
    """Read the objects of a JSON list or of JSON lines: yield (line number, record or error).

    A bad object does not affect the others. Raises SourceError if the rest of a list cannot be read.
    """
    values, again = _decode_values(stream)
    offsets = OffsetReader(options, summary, lambda: _fields_of(again(), options, split))
    for number, value in values:
        if isinstance(value, RecordError):
            yield number, value
        elif not isinstance(value, dict):
            yield number, RecordError(f"not an object but {type_of(value)}")
        else:
            for record in _records(value, options, summary, split, offsets):
                yield number, record


def _records(
    value: dict[str, Any], options: ReadOptions, summary: ReadSummary, split: Split, offsets: OffsetReader
) -> Iterator[Record | RecordError]:
    try:
        made = list(split(value, options, summary))
    except RecordError as error:
        yield error
        return
    for make, counting in made:
        try:
            yield parse_record(offsets.in_code_points(make(), counting), options.task)
        except RecordError as error:
            yield error


def _fields_of(values: _Values, options: ReadOptions, split: Split) -> Generator[Counted]:
    """Yield the good records of all objects, before their offsets are converted."""
    unread = ReadSummary()
    with closing(values):
        for _, value in values:
            with suppress(RecordError):
                for make, counting in split(value, options, unread) if isinstance(value, dict) else ():
                    with suppress(RecordError):
                        yield make(), counting


def _decode_values(stream: BinaryIO) -> tuple[_Values, Callable[[], _Values]]:
    """Return the elements of a JSON list or else of each line, and a function that yields them again, if possible."""
    whole, lines = open_json(stream)
    if whole is not None:
        return decode_list(whole), lambda: decode_list(whole)
    return _decode_lines(lines), lambda: _decode_again(stream)


def open_json(stream: BinaryIO) -> tuple[str | None, Iterator[bytes | RecordError]]:
    """Return the whole text of a file that is one JSON list, else None; and the lines of any other file.

    A line with a list of a text and an object is a record of its own. Raises SourceError if gzip packed too much.
    """
    lines = split_lines(stream)
    head: list[bytes | RecordError] = []
    for line in lines:
        head.append(line)
        if isinstance(line, RecordError) or line.removeprefix(_BOM).strip():
            break
    if head and isinstance(last := head[-1], bytes):
        first = last.removeprefix(_BOM).strip()
        if first.startswith(b"[") and not (_TUPLE.match(first) and first.endswith(b"]")):
            whole = _read_whole([each for each in head if isinstance(each, bytes)], stream)
            return whole.decode("utf-8", "surrogateescape"), iter(())
    return None, split_at_any(chain(head, lines))


def _decode_lines(lines: Iterable[bytes | RecordError]) -> _Values:
    for number, decoded in decode_lines(lines):
        if isinstance(decoded, RecordError):
            yield number, decoded
        elif decoded and not decoded.isspace():
            try:
                yield number, decode_json(decoded)
            except RecordError as error:
                yield number, error


def _decode_again(stream: BinaryIO) -> _Values:
    with rewound(stream) as is_possible:
        if is_possible:
            yield from _decode_lines(split_lines(stream))


def _read_whole(head: list[bytes], stream: BinaryIO) -> bytes:
    """Return `head` and the rest of the stream. Raises SourceError if gzip unpacks to more than any text needs."""
    pieces, size = head, sum(map(len, head))
    packed = stream.fileobj if isinstance(stream, gzip.GzipFile) else None
    while piece := stream.read(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if packed is not None and size > (limit := _FLOOR + _RATIO * packed.tell()):
            raise SourceError(f"a list is read whole, but this one unpacks to more than {limit >> 20} MiB")
    return b"".join(pieces).removeprefix(_BOM)


def decode_list(text: str) -> _Values:
    """Yield (line number from 1, element or RecordError). Raises SourceError if the text stops being a list."""
    position = _skip(text, text.index("[") + 1)
    number = 1 + text.count("\n", 0, position)
    ended = text.startswith("]", position)
    while not ended:
        value, end = _decode_element(text, position, number)
        yield number, value
        after = _skip(text, end)
        ended = text.startswith("]", after)
        if not ended and not text.startswith(",", after):
            number += text.count("\n", position, after)
            raise SourceError(f"line {number}: not JSON: expected , or ] here")
        following = after if ended else _skip(text, after + 1)
        number += text.count("\n", position, following)
        position = following
    if _skip(text, position + 1) < len(text):
        raise SourceError(f"line {number}: not JSON: more text after the end of the list")


def _skip(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _decode_element(text: str, position: int, number: int) -> tuple[object, int]:
    """Return the value at `position`, or the error in it, and where it ends."""
    wrong = None
    try:
        try:
            value, end = _decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            wrong = RecordError(f"not JSON: {_reason(error)}")
            value, end = _lenient.raw_decode(text, position)
    except RecursionError:
        raise SourceError(f"line {number}: {_TOO_DEEP}") from None
    except json.JSONDecodeError as error:
        python = (
            " (it looks like Python: write it with `json.dump`)" if text[error.pos : error.pos + 1] in _PYTHON else ""
        )
        raise SourceError(
            f"line {error.lineno}: not JSON: {error.msg.removesuffix(' at')} at column {error.colno}{python}"
        ) from None
    written = text[position:end]
    try:
        written.encode()
        _check(value, written)
    except UnicodeEncodeError:
        wrong = RecordError("not UTF-8")
    except RecordError as error:
        wrong = error
    return wrong or value, end

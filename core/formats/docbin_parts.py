"""The parts of a DocBin file that nobody vouches for: unpacked within bounds, every length and number checked.

spaCy's own reader trusts its input: it unpacks without a limit, and uses offsets without a check. A DocBin is zlib over
msgpack; spaCy's `DocBin` describes its fields.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from tiebreak.core.errors import RecordError, SourceError

if TYPE_CHECKING:
    from spacy.strings import StringStore

CHUNK = 1 << 20  # bytes, read at once
FLOOR, RATIO, MOST = 64 << 20, 200, 2 << 30  # bytes; a file may unpack to FLOOR + RATIO x its size, and to MOST
LONGEST = 5_000_000  # elements of one array or map; a longer one is refused
ELEMENTS = 20_000_000  # elements of all arrays and maps; a file with more is refused
_SPAN = struct.Struct(">QQQllll")  # id, kb_id, label, start, end, start_char, end_char: spaCy's SpanGroup.to_bytes


@dataclass(frozen=True)
class DocParts:
    """One doc: its words, whether a space follows each, its tags, categories, span groups and user data.

    `tags` has (IOB, label) of each word, or is None if the file has no entities. IOB has spaCy's numbers: 0 missing, 1
    inside, 2 outside, 3 begin.
    """

    words: list[str]
    spaces: list[bool]
    tags: list[tuple[int, str]] | None
    cats: Any
    groups: dict[str, list[tuple[int, int, str]]]
    user_data: Any


def docs_of(stream: BinaryIO) -> Iterator[DocParts | RecordError]:
    """Yield the docs of a DocBin, each whole or as an error. Raises SourceError if the file is not a DocBin."""
    message = unpack(unzip(stream))
    if not isinstance(message, dict):
        raise SourceError("not a DocBin: no object in it")
    file = _File(message)
    for number in range(len(file.lengths)):
        try:
            yield file.doc(number)
        except RecordError as error:
            yield error


def unzip(stream: BinaryIO) -> bytearray:
    """Unpack zlib data within bounds. Raises SourceError."""
    unpacker = zlib.decompressobj()
    given = bytearray()
    taken = 0
    while not unpacker.eof and (chunk := stream.read(CHUNK)):
        taken += len(chunk)
        limit = min(FLOOR + RATIO * taken, MOST)
        try:
            given += unpacker.decompress(chunk, limit - len(given) + 1)
        except zlib.error as error:
            raise SourceError(f"not a DocBin: {error}") from error
        if len(given) > limit:
            raise SourceError(f"not a readable DocBin: it unpacks to more than {limit >> 20} MiB")
    if not unpacker.eof:
        raise SourceError("not a whole DocBin: it is cut off, or empty")
    return given


def unpack(packed: bytes | bytearray, use_list: bool = True) -> Any:
    """Unpack msgpack data within bounds, without srsly's extensions. Raises SourceError."""
    from srsly.msgpack import unpackb

    budget = _Budget()
    try:
        return unpackb(
            packed,
            raw=False,
            use_list=use_list,
            object_pairs_hook=budget.pairs,  # this keeps srsly's numpy decoder out
            list_hook=budget.elements,
            max_array_len=min(LONGEST, len(packed)),
            max_map_len=min(LONGEST, len(packed)),
        )
    except SourceError:
        raise
    except Exception as error:  # ValueError, TypeError (a list as a key), OverflowError, srsly's own
        raise SourceError(f"not a DocBin: not msgpack: {str(error)[:200] or type(error).__name__}") from error


@dataclass
class _Budget:
    """Counts the unpacked values: an empty map is one byte in the file, but 64 in memory."""

    left: int = ELEMENTS

    def elements(self, value: Any) -> Any:
        self.left -= len(value) + 1
        if self.left < 0:
            raise SourceError(f"not a readable DocBin: it has more than {ELEMENTS} values")
        return value

    def pairs(self, value: list[tuple[Any, Any]]) -> dict[Any, Any]:
        return dict(self.elements(value))


@dataclass
class _File:
    """A DocBin's message, checked except for the parts that belong to one doc alone."""

    message: dict[Any, Any]
    lengths: list[int] = field(init=False)

    def __post_init__(self) -> None:
        import numpy
        from spacy.attrs import ENT_IOB, ENT_TYPE, ORTH

        attrs = self._get("attrs", list)
        if ORTH not in attrs or not all(type(attr) is int for attr in attrs):
            raise SourceError("not a DocBin: its attributes are not numbers, or lack the text of tokens")
        self.lengths = numpy.frombuffer(self._bytes("lengths", 4), dtype="int32").tolist()
        tokens = numpy.frombuffer(self._bytes("tokens", 8 * len(attrs)), dtype="uint64").reshape(-1, len(attrs))
        self._spaces = numpy.frombuffer(self._bytes("spaces", 1), dtype=bool)
        if min(self.lengths, default=0) < 0 or not sum(self.lengths) == len(tokens) == len(self._spaces):
            raise SourceError("not a DocBin: its docs, tokens and spaces do not fit together")
        columns = [tokens[:, attrs.index(attr)] if attr in attrs else None for attr in (ORTH, ENT_IOB, ENT_TYPE)]
        self._words, self._iob, self._types = columns
        self._strings = self._read_strings()
        self._lists = {name: self._list(name) for name in ("cats", "flags", "span_groups", "user_data")}
        self._ends = numpy.cumsum(self.lengths, dtype="int64").tolist()

    def _get(self, name: str, kind: type) -> Any:
        value = self.message.get(name)
        if not isinstance(value, kind):
            raise SourceError(f"not a DocBin: `{name}` is missing, or has the wrong type")
        return value

    def _bytes(self, name: str, size: int) -> bytes:
        value: bytes = self._get(name, bytes)
        if len(value) % size:
            raise SourceError(f"not a DocBin: `{name}` is cut off")
        return value

    def _read_strings(self) -> StringStore:
        from spacy.strings import StringStore

        strings = self._get("strings", list)
        if not all(isinstance(string, str) for string in strings):
            raise SourceError("not a DocBin: `strings` holds other values than strings")
        return StringStore(strings)

    def _list(self, name: str) -> list[Any]:
        if name not in self.message and name != "cats":
            return [None] * len(self.lengths)
        value: list[Any] = self._get(name, list)
        if len(value) != len(self.lengths) and (value or name != "user_data"):
            raise SourceError(f"not a DocBin: `{name}` has {len(value)} entries for {len(self.lengths)} docs")
        return value or [None] * len(self.lengths)

    def doc(self, number: int) -> DocParts:
        """Return one doc. Raises RecordError if it is bad."""
        end = self._ends[number]
        place = slice(end - self.lengths[number], end)
        flags = self._lists["flags"][number]
        unknown = isinstance(flags, dict) and bool(flags.get("has_unknown_spaces"))
        tags = None
        if self._iob is not None:
            iob = self._iob[place].tolist()
            types = [0] * len(iob) if self._types is None else self._types[place].tolist()
            tags = [(each, self.string(label)) for each, label in zip(iob, types, strict=True)]
        return DocParts(
            words=[self.string(word) for word in self._words[place].tolist()],  # type: ignore[index]  # not None if there are docs
            spaces=[True] * self.lengths[number] if unknown else self._spaces[place].tolist(),  # as in spaCy
            tags=tags,
            cats=self._lists["cats"][number],
            groups=self._groups(self._lists["span_groups"][number]),
            user_data=_user_data(self._lists["user_data"][number]),
        )

    def string(self, number: int) -> str:
        try:
            return str(self._strings[number])
        except KeyError:
            raise RecordError(f"the string {number} of the doc is not among the file's strings") from None

    def _groups(self, packed: object) -> dict[str, list[tuple[int, int, str]]]:
        """Return (first token, token after the last, label) of each span, by the key of its group.

        In a file that packs groups as a list, a group contains its name.
        """
        if not packed:
            return {}
        groups = _unpack_part(packed, "span groups")
        pairs = [(group, None) for group in groups] if isinstance(groups, list) else list(groups.items())
        read: dict[str, list[tuple[int, int, str]]] = {}
        for group, keys in pairs:
            content = _unpack_part(group, "span groups")
            spans = content.get("spans") if isinstance(content, dict) else None
            if not isinstance(spans, list) or not isinstance(keys, list | None):
                raise RecordError("the doc's span groups cannot be read")
            for key in [content.get("name")] if keys is None else keys:
                read[str(key)] = [self._span(span) for span in spans]
        return read

    def _span(self, packed: object) -> tuple[int, int, str]:
        if not isinstance(packed, bytes) or len(packed) != _SPAN.size:
            raise RecordError("a span of the doc cannot be read")
        _, _, label, start, end, _, _ = _SPAN.unpack(packed)
        return start, end, self.string(label)


def _unpack_part(packed: object, what: str) -> Any:
    if not isinstance(packed, bytes):
        raise RecordError(f"the doc's {what} cannot be read")
    try:
        value = unpack(packed, use_list=what != "user data")
    except SourceError:
        raise RecordError(f"the doc's {what} cannot be read") from None
    if not isinstance(value, dict | list):
        raise RecordError(f"the doc's {what} cannot be read")
    return value


def _user_data(packed: object) -> Any:
    return None if packed is None else _unpack_part(packed, "user data")

"""Export onto the JSONL file that the records came from, in place of its records."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from tiebreak.core.errors import RecordError, SourceError, UsageError
from tiebreak.core.export.records import ExportSelection, exported_records
from tiebreak.core.export.targets import ExportSummary, Target, written_file
from tiebreak.core.files.whole import check_target
from tiebreak.core.formats.categories import check_categories, take_categories
from tiebreak.core.formats.code_units import has_pairs
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.jsonl import PRODIGY, encode
from tiebreak.core.formats.likely import is_of_doccano
from tiebreak.core.formats.offsets import Counted, OffsetReader, record_in_utf_16
from tiebreak.core.formats.prodigy import SPAN_KEYS
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import is_packed
from tiebreak.core.formats.write_options import WriteSummary
from tiebreak.core.records import OffsetUnit, Task, TaskKind
from tiebreak.core.store.connection import Store
from tiebreak.core.text.hashes import text_digest
from tiebreak.core.ways_out import Way, WayOut

_OF_DOCCANO = "a doccano record; only Prodigy records can be replaced"
_IN_UTF_16 = "records with offsets in UTF-16 units, as in the original"
# Fields that a record of the original keeps if it has them.
_KEPT = ("text", "meta")


def export_onto(store: Store, original: Path, target: Target, selection: ExportSelection) -> ExportSummary:
    """Write `original`, a JSONL file, with the records of reviewed texts replaced and every other byte as it was.

    A record is replaced if its text is in the selection; it keeps its own meta and its other fields. Of several answers
    to a text the newest counts. Offsets count in the unit of the record. Raises TiebreakError, also if no line of
    `original` is a record.
    """
    if target.chosen != "jsonl":
        raise UsageError(
            f"{target.path}: JSONL records can only be replaced by JSONL, not {target.chosen}; export that on its own"
        )
    check_target(target.path, force=target.force, never=store.path)
    summary = ExportSummary()
    with store.snapshot():
        answered: dict[bytes, Mapping[str, Any]] = {
            text_digest(record["text"]): record for record in exported_records(store, selection, summary.counts)
        }
    offsets = OffsetReader(
        ReadOptions(store.task, offsets=target.offsets), ReadSummary(), lambda: _records_of(original)
    )
    found: set[bytes] = set()
    written = WriteSummary()
    is_jsonl = False
    with written_file(target.path) as file:
        for where, line in _lines(original):
            digest, record = _record_of(line)
            is_jsonl |= digest is not None
            if digest is None or digest not in answered:
                file.write(line)
                summary.kept += 1
                continue
            if "spans" not in record and is_of_doccano(record):
                raise SourceError(f"{where}: {_OF_DOCCANO}", WayOut(Way.EXPORT_AS, "doccano"))
            found.add(digest)
            reviewed = answered[digest]
            if has_pairs(reviewed["text"]) and offsets.unit_of(record, PRODIGY) is OffsetUnit.UTF_16:
                reviewed = record_in_utf_16(reviewed, store.task)
                written.notes[_IN_UTF_16] += 1
            file.write(_replaced(line, _without_decision(record, store.task), reviewed))
            summary.replaced += 1
            written.records += 1
        if not is_jsonl:
            raise SourceError(f"{original}: not JSONL: no line is an object with a `text`; nothing was written")
    summary.missing = len(answered.keys() - found)
    summary.files.append((target.path, written))
    return summary


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each line with its place. Raises SourceError, also at a NUL byte: archives have them, JSONL does not."""
    try:
        with gzip.open(path) if is_packed(path) else path.open("rb") as file:
            for number, line in enumerate(cast(BinaryIO, file), start=1):
                if b"\0" in line:
                    raise SourceError(f"{path}:{number}: not JSONL: the line has a NUL byte; nothing was written")
                yield f"{path}:{number}", line
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _records_of(path: Path) -> Generator[Counted]:
    for _, line in _lines(path):
        if not line.isascii() or b"\\u" in line:
            yield _record_of(line)[1], PRODIGY


_BOM = b"\xef\xbb\xbf"
# The fields by which a span or token of the original is found again, and the fields that the review replaces.
_SAME = {"spans": (("start", "end", "label"), SPAN_KEYS), "tokens": (("start", "end"), frozenset[str]())}


def _record_of(line: bytes) -> tuple[bytes | None, dict[str, Any]]:
    """Return the digest of the text of a line, and its record; (None, {}) if the line is not a record."""
    try:
        record = decode_json(line.removeprefix(_BOM).decode())
    except (UnicodeDecodeError, RecordError):
        return None, {}
    text = record.get("text") if isinstance(record, dict) else None
    return (text_digest(text), record) if isinstance(text, str) and text else (None, {})


def _without_decision(record: dict[str, Any], task: Task) -> dict[str, Any]:
    """Return the record without its `label` if it was a decision on that label: the reviewed categories replace it."""
    if task.kind is TaskKind.SPANS:
        return record
    try:
        check_categories(record)
        _, is_decision = take_categories(dict(record), record.get("answer"), task)
    except RecordError:
        return record
    return {name: field for name, field in record.items() if name != "label"} if is_decision else record


def _replaced(line: bytes, original: dict[str, Any], reviewed: Mapping[str, Any]) -> bytes:
    """Return the line with the reviewed record, between the bytes with which the line began and ended."""
    own = {name: value for name, value in reviewed.items() if name not in _KEPT or name not in original}
    for name, (key, written) in _SAME.items():
        if name in own:
            own[name] = _with_fields(own[name], original.get(name), key, written)
    if isinstance(original.get("_input_hash"), int):
        own["_input_hash"] = original["_input_hash"]
    start = _BOM if line.startswith(_BOM) else b""
    end = line[len(line.rstrip(b"\r\n")) :]
    return start + encode({**original, **own})[:-1] + end


def _with_fields(
    reviewed: list[dict[str, Any]], original: object, key: Sequence[str], written: Collection[str]
) -> list[dict[str, Any]]:
    """Return the reviewed objects, each with the fields of its like in the original, except those in `written`."""
    came = [each for each in original if isinstance(each, dict)] if isinstance(original, list) else []
    fields = {str([each.get(name) for name in key]): each for each in came}
    return [
        each
        | {
            name: field
            for name, field in fields.get(str([each[name] for name in key]), {}).items()
            if name not in written
        }
        for each in reviewed
    ]

"""Exporting to files: one format or another, in two parts, or in place of the records of the file it came from."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from tiebreak.core.errors import ConfigError, RecordError, SourceError
from tiebreak.core.exporting import Exported, Selection, exported_records
from tiebreak.core.files import check_target, write_whole, write_whole_folder
from tiebreak.core.formats import (
    DATASETS,
    DIFFERENCES,
    WRITERS,
    WRITTEN,
    check_offsets,
    datasets_folder,
    differences_csv,
    format_of,
    is_packed,
)
from tiebreak.core.formats.code_units import has_pairs
from tiebreak.core.formats.datasets_columns import check_pyarrow
from tiebreak.core.formats.decoding import decode_json
from tiebreak.core.formats.jsonl import PRODIGY, encode
from tiebreak.core.formats.offsets import Counted, OffsetReader, record_in_utf_16
from tiebreak.core.formats.prodigy import SPAN_KEYS
from tiebreak.core.formats.reading import ReadOptions, ReadReport
from tiebreak.core.formats.writing import WriteOptions, WriteReport
from tiebreak.core.hashes import text_digest
from tiebreak.core.queue_filter import DISAGREEING
from tiebreak.core.records import Answer, OffsetUnit
from tiebreak.core.store import Store
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.finding import known_names
from tiebreak.core.store.queue import iterate_queue

_PARTS = (("train", False), ("dev", True))
_IN_UTF_16 = "records with offsets in UTF-16 units, as in the original"
# Of a record of the original file these are replaced; all else stays as it came, in its order.
_KEPT = ("text", "meta")


@dataclass(frozen=True)
class Target:
    """Where an export goes, in which format (by the file's ending where None), with `spans_key` for a DocBin, and what
    its offsets count (what the format's tool does where None).
    """

    path: Path
    format: str | None = None
    spans_key: str = "sc"
    force: bool = False
    offsets: OffsetUnit | None = None

    @property
    def chosen(self) -> str:
        """The format. Raises ConfigError where there is no such format to write."""
        if self.format is not None:
            if self.format not in WRITTEN:
                raise ConfigError(f"--format {self.format}: it is one of {', '.join(WRITTEN)}")
            return self.format
        try:
            format = format_of(str(self.path))
        except SourceError:
            raise ConfigError(
                f"{self.path}: the ending says nothing of the format; name it with --format ({', '.join(WRITTEN)})"
            ) from None
        if format not in WRITTEN or (format == DATASETS and not self.path.is_dir()):
            raise ConfigError(
                f"{self.path}: no format to write; name it with --format ({', '.join(WRITTEN)}; datasets is a folder)"
            )
        return format

    def part(self, name: str) -> Target:
        """The file of one part: `a.spacy` becomes `a.train.spacy`, `a.jsonl.gz` becomes `a.train.jsonl.gz`."""
        plain = self.path.with_suffix("") if is_packed(self.path) else self.path
        ending = self.path.name.removeprefix(plain.stem)
        return replace(self, path=self.path.with_name(f"{plain.stem}.{name}{ending}"))


@dataclass
class ExportReport:
    """What was written: the files with what each holds, and what of it comes from whom.

    Of an export onto a file `replaced` records of it and `kept` lines are in it; `missing` answered examples are not.
    """

    files: list[tuple[Path, WriteReport]] = field(default_factory=list)
    exported: Exported = field(default_factory=Exported)
    replaced: int = 0
    kept: int = 0
    missing: int = 0


def export_files(store: Store, target: Target, selection: Selection, split: float | None = None) -> ExportReport:
    """Write the selection to `target`; with `split` to two files, or two splits of a datasets folder.

    Each file appears whole or not at all. Raises TiebreakError.
    """
    report, format = ExportReport(), target.chosen
    options = WriteOptions(store.task, target.spans_key, target.offsets)
    check_offsets(format, target.offsets)
    if format == DATASETS:
        _write_folder(store, target, selection, split, report)
        return report
    parts = [(target, selection)]
    if split is not None:
        parts = [(target.part(name), _part_of(selection, split, held_out)) for name, held_out in _PARTS]
    for each, _ in parts:
        check_target(each.path, force=target.force, never=store.path)
    with store.snapshot():
        for each, part in parts:
            with _written(each.path) as file:
                report.files.append((each.path, write_stream(store, file, format, part, options, report.exported)))
    return report


def write_stream(
    store: Store, stream: BinaryIO, format: str, selection: Selection, options: WriteOptions, exported: Exported
) -> WriteReport:
    """Write the selection to an open binary file."""
    if format == DIFFERENCES:
        return _write_differences(store, stream)
    if format not in WRITERS:
        raise ConfigError(f"the format {format} is no single stream; name a folder for it")
    return WRITERS[format](exported_records(store, selection, exported), stream, options)


def _part_of(selection: Selection, split: float, held_out: bool) -> Selection:
    if not split:
        raise ConfigError("--split 0: the share to hold out is above 0 and below 1, as in --split 0.2")
    return Selection(selection.kinds, selection.include, selection.versions, split, held_out)


def _write_folder(
    store: Store, target: Target, selection: Selection, split: float | None, report: ExportReport
) -> None:
    check_target(target.path, force=target.force, folder=True)
    check_pyarrow()
    options = WriteOptions(store.task, target.spans_key)
    splits: list[tuple[str, Selection]] = [("train", selection)]
    if split is not None:
        names = {"train": "train", "dev": "validation"}
        splits = [(names[name], _part_of(selection, split, held_out)) for name, held_out in _PARTS]
    labels = known_names(store).labels
    with store.snapshot(), write_whole_folder(target.path) as folder:
        for name, part in splits:
            records = exported_records(store, part, report.exported)
            written = datasets_folder.write_split(records, folder, options, name, labels)
            report.files.append((target.path / name if split is not None else target.path, written))


def _write_differences(store: Store, stream: BinaryIO) -> WriteReport:
    """All compared examples with differences, answered or not, the strongest disagreement first."""
    answers: dict[int, list[Answer]] = {}
    for answer in answers_in_force(store, ("accept", "reject", "ignore")):
        answers.setdefault(answer.example_id, []).append(answer)
    items = iterate_queue(store, DISAGREEING.with_statuses("disagreeing", "answered"))
    return differences_csv.write(items, answers, stream, known_names(store).predictors)


def export_onto(store: Store, original: Path, target: Target, selection: Selection) -> ExportReport:
    """Write `original`, a JSONL file, with the records of reviewed texts replaced and every other byte as it was.

    A record is replaced where its text is one of the selection; it keeps its own meta and its other fields. Of several
    answers to a text the newest counts. Offsets count what those of the record did. Raises TiebreakError, also where no
    line of `original` is a record.
    """
    if target.chosen != "jsonl":
        raise ConfigError(f"--onto takes JSONL and gives JSONL, not {target.chosen}; export that on its own")
    check_target(target.path, force=target.force, never=store.path)
    report = ExportReport()
    with store.snapshot():
        answered: dict[bytes, Mapping[str, Any]] = {
            text_digest(record["text"]): record for record in exported_records(store, selection, report.exported)
        }
    offsets = OffsetReader(ReadOptions(store.task, offsets=target.offsets), ReadReport(), lambda: _records_of(original))
    found: set[bytes] = set()
    written = WriteReport()
    is_jsonl = False
    with _written(target.path) as file:
        for line in _lines(original):
            digest, record = _record_of(line)
            is_jsonl |= digest is not None
            if digest is None or digest not in answered:
                file.write(line)
                report.kept += 1
                continue
            found.add(digest)
            reviewed = answered[digest]
            if has_pairs(reviewed["text"]) and offsets.unit_of(record, PRODIGY) is OffsetUnit.UTF_16:
                reviewed = record_in_utf_16(reviewed, not store.task.is_categories)
                written.notes[_IN_UTF_16] += 1
            file.write(_replaced(line, record, reviewed))
            report.replaced += 1
            written.records += 1
        if not is_jsonl:
            raise SourceError(f"{original}: not JSONL: no line of it is an object with a `text`, so nothing is written")
    report.missing = len(answered.keys() - found)
    report.files.append((target.path, written))
    return report


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if is_packed(path) else path.open("rb") as file:
            yield from cast(BinaryIO, file)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _records_of(path: Path) -> Generator[Counted]:
    for line in _lines(path):
        if not line.isascii() or b"\\u" in line:
            yield _record_of(line)[1], PRODIGY


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place once it is whole, packed by gzip where its name says so."""
    with write_whole(path) as out:
        if not is_packed(path):
            yield out
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
            yield cast(BinaryIO, packed)


_BOM = b"\xef\xbb\xbf"
# By what a span or a token of the original is the same as a reviewed one, and what of it the review says anew.
_SAME = {"spans": (("start", "end", "label"), SPAN_KEYS), "tokens": (("start", "end"), frozenset[str]())}


def _record_of(line: bytes) -> tuple[bytes | None, dict[str, Any]]:
    """The digest of the text of a line and its record; (None, {}) where it is none."""
    try:
        record = decode_json(line.removeprefix(_BOM).decode())
    except (UnicodeDecodeError, RecordError):
        return None, {}
    text = record.get("text") if isinstance(record, dict) else None
    return (text_digest(text), record) if isinstance(text, str) and text else (None, {})


def _replaced(line: bytes, original: dict[str, Any], reviewed: Mapping[str, Any]) -> bytes:
    """The line with what was reviewed, between the bytes that its line began and ended with."""
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
    """What was reviewed, each with the fields of the same one in the original, except those that are `written`."""
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

"""Export to files: in any format, whole or in two parts."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal, cast

from tiebreak.core.errors import ConfigError, SourceError, UsageError, WrongSettingError
from tiebreak.core.export.records import ExportCounts, ExportSelection, bad_split, exported_records
from tiebreak.core.files.whole import check_target, write_whole, write_whole_folder
from tiebreak.core.formats import datasets_folder, differences_csv
from tiebreak.core.formats.datasets_columns import check_pyarrow
from tiebreak.core.formats.registry import DATASETS, DIFFERENCES, WRITERS, WRITTEN, check_offsets, format_of, is_packed
from tiebreak.core.formats.write_options import WriteOptions, WriteSummary
from tiebreak.core.records import Answer, OffsetUnit
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import iterate_queue
from tiebreak.core.store.searching import known_names
from tiebreak.core.ways_out import Way, WayOut

Split = float | Literal["slice"]

_PARTS = (("train", False), ("dev", True))


@dataclass(frozen=True)
class Target:
    """The file of an export, and its format; None to go by the file's ending.

    `spans_key` is for a DocBin. `offsets` is the unit that offsets count; None for the unit of the format's own tool.
    """

    path: Path
    format: str | None = None
    spans_key: str = "sc"
    force: bool = False
    offsets: OffsetUnit | None = None

    @property
    def chosen(self) -> str:
        """The format. Raises ConfigError if it cannot be written, or the ending does not show it."""
        if self.format is not None:
            if self.format not in WRITTEN:
                raise WrongSettingError("format", self.format, f"it is one of {', '.join(WRITTEN)}")
            return self.format
        try:
            format = format_of(str(self.path))
        except SourceError:
            names = WayOut(Way.NAME_FORMAT, ", ".join(WRITTEN))
            raise ConfigError(f"{self.path}: the ending does not show the format", names) from None
        if format not in WRITTEN or (format == DATASETS and not self.path.is_dir()):
            names = WayOut(Way.NAME_FORMAT, f"{', '.join(WRITTEN)}; datasets is a folder")
            raise ConfigError(f"{self.path}: this format cannot be written", names)
        return format

    def part(self, name: str) -> Target:
        """Return the file of one part: `a.spacy` becomes `a.train.spacy`, `a.jsonl.gz` becomes `a.train.jsonl.gz`."""
        plain = self.path.with_suffix("") if is_packed(self.path) else self.path
        ending = self.path.name.removeprefix(plain.stem)
        return replace(self, path=self.path.with_name(f"{plain.stem}.{name}{ending}"))


@dataclass
class ExportSummary:
    """What was written: the files with their contents, and the counts of `counts`.

    An export onto a file has `replaced` records and `kept` lines of it; `missing` answered examples are not in it.
    """

    files: list[tuple[Path, WriteSummary]] = field(default_factory=list)
    counts: ExportCounts = field(default_factory=ExportCounts)
    replaced: int = 0
    kept: int = 0
    missing: int = 0


def export_files(store: Store, target: Target, selection: ExportSelection, split: Split | None = None) -> ExportSummary:
    """Write the selection to `target`; with `split` to two files, or two splits of a datasets folder.

    The second part has this share of the texts, or the slice. Each file appears whole or not at all. Raises
    TiebreakError.
    """
    summary, format = ExportSummary(), target.chosen
    options = WriteOptions(store.task, target.spans_key, target.offsets)
    check_offsets(format, target.offsets)
    if format == DATASETS:
        _write_folder(store, target, selection, split, summary)
        return summary
    parts = [(target, selection)]
    if split is not None:
        parts = [(target.part(name), _part_of(selection, split, held_out)) for name, held_out in _PARTS]
    for each, _ in parts:
        check_target(each.path, force=target.force, never=store.path)
    with store.snapshot():
        for each, part in parts:
            with written_file(each.path) as file:
                summary.files.append((each.path, write_stream(store, file, format, part, options, summary.counts)))
    return summary


def write_stream(
    store: Store,
    stream: BinaryIO,
    format: str,
    selection: ExportSelection,
    options: WriteOptions,
    exported: ExportCounts,
) -> WriteSummary:
    """Write the selection to an open binary file."""
    if format == DIFFERENCES:
        return _write_differences(store, stream, selection)
    if format not in WRITERS:
        raise UsageError(f"the format {format} is not a single stream; name a folder for it")
    return WRITERS[format](exported_records(store, selection, exported), stream, options)


def _part_of(selection: ExportSelection, split: Split, held_out: bool) -> ExportSelection:
    if isinstance(split, str):
        return replace(selection, holds_out_slice=True, held_out=held_out)
    if not split:
        raise bad_split(split)
    return replace(selection, dev=split, held_out=held_out)


def _write_folder(
    store: Store, target: Target, selection: ExportSelection, split: Split | None, summary: ExportSummary
) -> None:
    check_target(target.path, force=target.force, folder=True)
    check_pyarrow()
    options = WriteOptions(store.task, target.spans_key)
    splits: list[tuple[str, ExportSelection]] = [("train", selection)]
    if split is not None:
        names = {"train": "train", "dev": "validation"}
        splits = [(names[name], _part_of(selection, split, held_out)) for name, held_out in _PARTS]
    labels = known_names(store).labels
    with store.snapshot(), write_whole_folder(target.path) as folder:
        for name, part in splits:
            records = exported_records(store, part, summary.counts)
            written = datasets_folder.write_split(records, folder, options, name, labels)
            summary.files.append((target.path / name if split is not None else target.path, written))


def _write_differences(store: Store, stream: BinaryIO, selection: ExportSelection) -> WriteSummary:
    """Write the compared examples with differences, answered or not, the strongest disagreement first."""
    if selection.reading is not None:
        raise ConfigError(f"the format {DIFFERENCES} has every predictor's reading; choose another format")
    asked = DISAGREEING if selection.filter is None else selection.filter
    answers: dict[int, list[Answer]] = {}
    for answer in answers_in_force(store, ("accept", "reject", "ignore")):
        answers.setdefault(answer.example_id, []).append(answer)
    items = iterate_queue(store, asked.or_statuses("disagreeing", "answered"))
    return differences_csv.write(items, answers, stream, known_names(store).predictors)


@contextmanager
def written_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that gets its name once it is whole; it is packed with gzip if its name says so."""
    with write_whole(path) as out:
        if not is_packed(path):
            yield out
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
            yield cast(BinaryIO, packed)

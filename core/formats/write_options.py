"""Types that writers of all formats share: their records, options, and their report on what a format cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tiebreak.core.records import OffsetUnit, Task

# One reviewed example in Prodigy's form, as `prodigy.export_record` makes it.
ExportedRecord = Mapping[str, Any]


@dataclass
class WriteSummary:
    """A report on what was written.

    `spans` counts spans, or categories that hold. `notes` counts spans or records that the format could not hold
    unchanged, by reason.
    """

    records: int = 0
    spans: int = 0
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class WriteOptions:
    """The options of a writer.

    `task` is the store's; `spans_key` is the key of `doc.spans` if spans may overlap. `offsets` is the unit of the
    file's offsets; by default it is that of the format's tool.
    """

    task: Task
    spans_key: str = "sc"
    offsets: OffsetUnit | None = None


# Writes records to an open binary file; raises SourceError if the format cannot hold the task at all.
Writer = Callable[[Iterable[ExportedRecord], BinaryIO, WriteOptions], WriteSummary]
# The same for formats that are a folder, which exists and is empty.
FolderWriter = Callable[[Iterable[ExportedRecord], Path, WriteOptions], WriteSummary]

"""What writers of all formats share: the records they are given, and what they tell of what a format cannot hold."""

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
class WriteReport:
    """What was written. `spans` counts spans, or categories that hold; `notes` says what a format could not hold as it
    was: the reason, and of how many spans or records.
    """

    records: int = 0
    spans: int = 0
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class WriteOptions:
    """`task` is the store's; `spans_key` is the key of `doc.spans` where spans may overlap. `offsets` is what the
    file's offsets count; None for what the tool counts that the format is for.
    """

    task: Task
    spans_key: str = "sc"
    offsets: OffsetUnit | None = None


# Writes records to an open binary file; raises SourceError where the format cannot hold the task at all.
Writer = Callable[[Iterable[ExportedRecord], BinaryIO, WriteOptions], WriteReport]
# The same for formats that are a folder, which is there and empty.
FolderWriter = Callable[[Iterable[ExportedRecord], Path, WriteOptions], WriteReport]

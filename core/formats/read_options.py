"""Types that readers of all formats share: their options, and their report on data that could not be read unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.conll_columns import Columns
from tiebreak.core.records import OffsetUnit, Record, Task


@dataclass(frozen=True)
class ReadOptions:
    """The options of a reader.

    `task` is the store's. `columns` are those of CoNLL's tokens and tags. `offsets` is the unit of the file's offsets;
    without it the file shows the unit. `text_column` is the field or column of the text, by default `text`. `names` has
    the names behind the numbers of a field; under "" for every field.
    """

    task: Task
    columns: Columns | None = None
    offsets: OffsetUnit | None = None
    text_column: str | None = None
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass
class ReadSummary:
    """A report on what was read. `notes` counts spans or records that were not read unchanged, by reason."""

    notes: Counter[str] = field(default_factory=Counter)


# Yields (line number, record or the error of that line); raises SourceError if the rest cannot be read.
Records = Iterator[tuple[int, Record | RecordError]]
Reader = Callable[[BinaryIO, ReadOptions, ReadSummary], Records]

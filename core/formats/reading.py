"""What readers of all formats share: what they are asked, and what they tell of what they could not take as it was."""

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
    """`task` is the store's. `columns` are those of CoNLL's tokens and tags, and `offsets` is what the file's offsets
    count; None: the file says it. `text_column` is the field or column that holds the text, `text` where it is None.
    `names` says by field what the numbers in it stand for; under "" for every field.
    """

    task: Task
    columns: Columns | None = None
    offsets: OffsetUnit | None = None
    text_column: str | None = None
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass
class ReadReport:
    """What was read. `notes` says what could not be taken as it was: the reason, and of how many spans or records."""

    notes: Counter[str] = field(default_factory=Counter)


# Yields (line number, record or what is wrong with that line); raises SourceError where the rest cannot be read.
Records = Iterator[tuple[int, Record | RecordError]]
Reader = Callable[[BinaryIO, ReadOptions, ReadReport], Records]

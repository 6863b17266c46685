"""Checks for the tests of file formats: the bytes of a writer, and the results of reading any bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.read_options import ReadOptions
from tiebreak.core.formats.write_options import WriteOptions, WriteSummary
from tiebreak.core.records import OffsetUnit, Record, Task


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def written(
    module: ModuleType, records: Sequence[Any], task: Task = Task.NER, offsets: OffsetUnit | None = None
) -> tuple[bytes, WriteSummary]:
    stream = io.BytesIO()
    report = module.write(records, stream, WriteOptions(task, offsets=offsets))
    return stream.getvalue(), report


def check_what_comes(read: Callable[[ReadOptions], Iterable[tuple[int, Any]]]) -> None:
    """Read a file as each task; check that it gives records that can be stored or errors, or is refused."""
    for task in Task:
        try:
            for number, record in read(ReadOptions(task)):
                assert number >= 1
                assert isinstance(record, Record | RecordError)
                if isinstance(record, Record):
                    assert record.text
                    whole = [record.text, record.meta, record.cats, record.annotator, dict(record.other_fields)]
                    json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()
                    for span in record.spans or ():
                        assert 0 <= span.start < span.end <= len(record.text)
        except SourceError:
            continue

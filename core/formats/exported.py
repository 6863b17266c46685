"""What the writers of formats other than Prodigy's take out of a reviewed example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tiebreak.core.compare.cats import decided
from tiebreak.core.formats.writing import ExportedRecord, WriteReport
from tiebreak.core.records import Span, Task

LEFT_OUT = "rejected or ignored: left out, the format has no word for it"
_NO_PLACE = "flags and notes: left out, meta has fields of these names"


def accepted(records: Iterable[ExportedRecord], report: WriteReport) -> Iterator[ExportedRecord]:
    """The records that were accepted; the others are counted in the notes of `report`."""
    for record in records:
        if record.get("answer", "accept") == "accept":
            yield record
        else:
            report.notes[LEFT_OUT] += 1


def spans_of(record: ExportedRecord) -> list[Span]:
    """The spans of a record, in text order."""
    return sorted({Span(span["start"], span["end"], span["label"]) for span in record.get("spans") or ()})


def categories_of(record: ExportedRecord, task: Task) -> list[str]:
    """The categories that hold of a record: those that were ticked, else those that its scores decide for."""
    if record.get("accept") is not None:
        return [str(label) for label in record["accept"]]
    return [category.label for category in decided(record.get("cats") or {}, task)]


def remarked_meta(record: ExportedRecord, report: WriteReport) -> dict[str, Any]:
    """The record's meta, with `flag` and `note` beside where it has some, for formats with no other place for them."""
    meta = dict(record.get("meta") or {})
    remarks = {name: record[name] for name in ("flag", "note") if record.get(name)}
    if remarks.keys() & meta.keys():
        report.notes[_NO_PLACE] += 1
        return meta
    return meta | remarks

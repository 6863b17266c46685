"""The parts of a reviewed example that writers of formats other than Prodigy's need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tiebreak.core.compare.cats import decided
from tiebreak.core.formats.write_options import ExportedRecord, WriteSummary
from tiebreak.core.records import Span, Task, Token

WHITE = re.compile(r"[\s\ufeff]")  # a byte order mark, too: a file would lose it at its beginning
LEFT_OUT = "rejected or ignored: left out, the format cannot say so"
_NO_PLACE = "flags and notes: left out, meta already has fields of these names"


def accepted(records: Iterable[ExportedRecord], summary: WriteSummary) -> Iterator[ExportedRecord]:
    """Yield the accepted records; count the others in the notes of `summary`."""
    for record in records:
        if record.get("answer", "accept") == "accept":
            yield record
        else:
            summary.notes[LEFT_OUT] += 1


def spans_of(record: ExportedRecord) -> list[Span]:
    """Return the spans of a record, in text order."""
    return sorted({Span(span["start"], span["end"], span["label"]) for span in record.get("spans") or ()})


def trimmed_spans(record: ExportedRecord, summary: WriteSummary, how: str = "written") -> list[Span]:
    """Return the spans without white space at their ends, which training on tokens refuses; note the changes."""
    spans = set()
    for span in spans_of(record):
        start, end = trimmed(record["text"], span.start, span.end)
        if start == end:
            summary.notes["spans of white space alone: left out"] += 1
            continue
        if (start, end) != (span.start, span.end):
            summary.notes[f"spans with white space at their ends: {how} without it"] += 1
        spans.add(Span(start, end, span.label))
    return sorted(spans)


def trimmed(text: str, start: int, end: int) -> Token:
    """Return the bounds without the white space at both ends; they are equal if there is nothing else."""
    while start < end and WHITE.match(text, start):
        start += 1
    while start < end and WHITE.match(text, end - 1):
        end -= 1
    return start, end


def categories_of(record: ExportedRecord, task: Task) -> list[str]:
    """Return the categories that hold for a record: those ticked, else those that its scores decide for."""
    if record.get("accept") is not None:
        return [str(label) for label in record["accept"]]
    return [category.label for category in decided(record.get("cats") or {}, task)]


def remarked_meta(record: ExportedRecord, summary: WriteSummary) -> dict[str, Any]:
    """Return the record's meta with its `flag` and `note`, for formats that have no other place for them."""
    meta = dict(record.get("meta") or {})
    remarks = {name: record[name] for name in ("flag", "note") if record.get(name)}
    if remarks.keys() & meta.keys():
        summary.notes[_NO_PLACE] += 1
        return meta
    return meta | remarks

"""Writing Label Studio's JSON: a task per record, with the answer as its only annotation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from tiebreak.core.formats.offsets import Counting, spans_as_counted
from tiebreak.core.formats.record_parts import categories_of, remarked_meta, spans_of
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import OffsetUnit, TaskKind

# Since its frontend's pull request 308 (2021), browser offsets are converted to code points (selection-tools.js).
COUNTING = Counting(OffsetUnit.CODE_POINTS, "Label Studio", drops_texts=True)
NUMBERED_BY = ("numbered_by", "tiebreak")  # marks a task whose `id` is not the record's own
_LARGEST_ID = 2**63 - 1
_REJECTED = "rejected: left out, the format cannot say so"


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteSummary:
    """Write a list with a task for each record; the answer is its only annotation.

    Spans belong to the control `label` and categories to the control `choice`, both on the object `text`. An ignored
    record becomes a cancelled annotation; rejected records are left out. Meta goes into `data`, or into `meta` if it
    has a `text`. Tasks and annotations have an `id`, because Label Studio's own converter requires it.
    """
    summary = WriteSummary()
    ids = _Ids()
    stream.write(b"[")
    for record in records:
        if record.get("answer") == "reject":
            summary.notes[_REJECTED] += 1
            continue
        task = json.dumps(_task(record, options, summary, ids), ensure_ascii=False)
        stream.write((",\n" if summary.records else "\n").encode() + task.encode())
        summary.records += 1
    stream.write(b"\n]\n")
    return summary


class _Ids:
    """The ids of the tasks of one file, all distinct."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._next = 1

    def of_task(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record's own `id` if it is a new number, else the next free number, marked as Tiebreak's."""
        own = meta.get("id")
        if type(own) is int and 0 < own <= _LARGEST_ID and own not in self._given:
            self._given.add(own)
            return {"id": own}
        while self._next in self._given:
            self._next += 1
        self._given.add(self._next)
        name, value = NUMBERED_BY
        return {"id": self._next, name: value}


def _task(record: ExportedRecord, options: WriteOptions, summary: WriteSummary, ids: _Ids) -> dict[str, Any]:
    text, meta = record["text"], remarked_meta(record, summary)
    results = _RESULTS[options.task.kind](record, options, summary)
    annotation = {
        "id": summary.records + 1,
        **_completed_by(record.get("_annotator_id")),
        "was_cancelled": record.get("answer") == "ignore",
        "result": results,
    }
    if "text" in meta:
        return {**ids.of_task(meta), "data": {"text": text}, "meta": meta, "annotations": [annotation]}
    return {**ids.of_task(meta), "data": {"text": text, **meta}, "annotations": [annotation]}


def _choices(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> list[dict[str, Any]]:
    choices = categories_of(record, options.task)
    summary.spans += len(choices)
    if not choices:
        return []
    result = {"id": "c1", "from_name": "choice", "to_name": "text", "type": "choices", "value": {"choices": choices}}
    return [result]


def _labels(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> list[dict[str, Any]]:
    text, spans = record["text"], spans_of(record)
    summary.spans += len(spans)
    counted = spans_as_counted(text, spans, options, COUNTING, summary)
    results: list[dict[str, Any]] = []
    for number, (span, (start, end, label)) in enumerate(zip(spans, counted, strict=True), start=1):
        value = {"start": start, "end": end, "text": text[span.start : span.end], "labels": [label]}
        results.append({"id": f"s{number}", "from_name": "label", "to_name": "text", "type": "labels", "value": value})
    return results


_RESULTS = {TaskKind.SPANS: _labels, TaskKind.CATEGORIES: _choices}


def _completed_by(annotator: str | None) -> dict[str, Any]:
    """Return the annotator's field: `completed_by` takes only an e-mail address or the number of a user."""
    if not annotator:
        return {}
    if "@" in annotator:
        return {"completed_by": {"email": annotator}}
    if annotator.isascii() and annotator.isdigit() and str(int(annotator[:18])) == annotator:
        return {"completed_by": int(annotator)}
    return {"created_username": annotator}

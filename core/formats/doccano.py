"""doccano's JSONL: `text`, and `label` with spans as [start, end, label] or with categories."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import Made, read_objects
from tiebreak.core.formats.fields import type_of
from tiebreak.core.formats.offsets import Counting, spans_as_counted
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.record_parts import accepted, categories_of, remarked_meta, spans_of
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import OffsetUnit, Task, TaskKind

# v-annotator stores the browser's offsets unchanged (TextSelectionHandler.ts), unless the project counts grapheme
# clusters.
_COUNTING = Counting(OffsetUnit.UTF_16, "doccano's default project")
_LABELS = ("label", "labels", "entities")  # the first of these that a record has
_OURS = frozenset(("text", "data", "relations", "meta", *_LABELS))


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (line number, record or error), from JSON lines or from a list.

    Raises SourceError if the rest of a list cannot be read.
    """
    return read_objects(stream, options, summary, _split)


def _split(value: dict[str, Any], options: ReadOptions, summary: ReadSummary) -> list[Made]:
    return [Made(lambda: _record(value, options.task), _COUNTING)]


def _record(value: Mapping[str, Any], task: Task) -> dict[str, Any]:
    record: dict[str, Any] = {"text": value.get("text", value.get("data"))}
    meta = {name: field for name, field in value.items() if name not in _OURS}
    own = value.get("meta")
    meta |= own if isinstance(own, dict) else {} if own is None else {"meta": own}
    if meta:
        record["meta"] = meta
    labels = next((value[name] for name in _LABELS if value.get(name) is not None), None)
    if labels is None:
        return record
    return {**record, **_READ[task.kind](labels)}


def _spans(labels: object) -> dict[str, Any]:
    if not isinstance(labels, list):
        raise RecordError(f"the labels are {type_of(labels)}, not a list of spans")
    return {"spans": [_span(each) for each in labels]}


def _categories(labels: object) -> dict[str, Any]:
    categories = [labels] if isinstance(labels, str) else labels
    if not isinstance(categories, list):
        raise RecordError(f"the labels are {type_of(labels)}, not a list of categories")
    for category in categories:
        if not isinstance(category, str):
            raise RecordError(f"a category is {type_of(category)}, not a string")
    return {"cats": dict.fromkeys(categories, 1.0)}


_READ = {TaskKind.SPANS: _spans, TaskKind.CATEGORIES: _categories}


def _span(span: object) -> dict[str, Any]:
    if isinstance(span, list) and len(span) == 3:
        return dict(zip(("start", "end", "label"), span, strict=True))
    if isinstance(span, dict):
        start, end = span.get("start_offset", span.get("start")), span.get("end_offset", span.get("end"))
        return {"start": start, "end": end, "label": span.get("label")}
    raise RecordError(f"a span is {type_of(span)}, not [start, end, label]")


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteSummary:
    """Write a line for each accepted record: its text, its spans or categories as `label`, and its meta as more fields.

    If meta has fields with doccano's names, it is written as a whole under `meta`.
    """
    summary = WriteSummary()
    for record in accepted(records, summary):
        meta = remarked_meta(record, summary)
        label = _LABEL[options.task.kind](record, options, summary)
        others = {"meta": meta} if _OURS & meta.keys() else meta
        line = json.dumps({"text": record["text"], "label": label, **others}, ensure_ascii=False)
        stream.write(line.encode() + b"\n")
        summary.records += 1
        summary.spans += len(label)
    return summary


def _spans_written(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> list[Any]:
    return [list(span) for span in spans_as_counted(record["text"], spans_of(record), options, _COUNTING, summary)]


def _categories_written(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> list[Any]:
    return [*categories_of(record, options.task)]


_LABEL = {TaskKind.SPANS: _spans_written, TaskKind.CATEGORIES: _categories_written}

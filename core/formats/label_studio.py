"""Label Studio's JSON: tasks with the annotations of persons and the predictions of models; and its JSON-MIN."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import Made, read_objects
from tiebreak.core.formats.exported import categories_of, remarked_meta, spans_of
from tiebreak.core.formats.fields import type_of, typed
from tiebreak.core.formats.offsets import Counting, spans_as_counted
from tiebreak.core.formats.reading import ReadOptions, ReadReport, Records
from tiebreak.core.formats.writing import ExportedRecord, WriteOptions, WriteReport
from tiebreak.core.records import OffsetUnit, Task

# Since its frontend's pull request 308, of 2021, browsers' offsets are made code points (selection-tools.js).
_COUNTING = Counting(OffsetUnit.CODE_POINTS, "Label Studio", drops_texts=True)
_BEFORE_1 = Counting(OffsetUnit.UTF_16, "Label Studio before 1.0", drops_texts=True)
_MIN_ADMIN = frozenset(
    ("text", "annotator", "annotation_id", "annotations", "predictions", "created_at", "updated_at", "lead_time")
)
_MIN_CHOICES = ("label", "labels", "choice", "choices", "sentiment")  # where JSON-MIN may have a sole choice
_REJECTED = "rejected: left out, the format has no word for it"


def read(stream: BinaryIO, options: ReadOptions, report: ReadReport) -> Records:
    """Yield (line number, record or what is wrong with it) of each annotation and prediction; a task that has none is
    a record without spans. The file is a list or has a task a line.

    Raises SourceError where the rest of a list cannot be read.
    """
    return read_objects(stream, options, report, _split)


def _split(value: dict[str, Any], options: ReadOptions, report: ReadReport) -> Iterator[Made]:
    task = options.task
    if not isinstance(value.get("data"), dict):
        yield Made(partial(_of_min, value, task), _COUNTING)
        return
    record = _text_and_meta(value)
    old = typed(value, "completions", list) or ()  # the annotations of versions before 1.0
    annotations = typed(value, "annotations", list) or old
    predictions = typed(value, "predictions", list) or ()
    for annotation in annotations:
        yield Made(partial(_of_annotation, record, annotation, task), _BEFORE_1 if annotations is old else _COUNTING)
    for prediction in predictions:
        yield Made(partial(_of_prediction, record, prediction, task), _COUNTING)
    if not annotations and not predictions:
        yield Made(lambda: record, _COUNTING)


def _text_and_meta(value: Mapping[str, Any]) -> dict[str, Any]:
    """The text is `data.text`, or the only string of `data`; the rest is meta, and so is the task's `id`."""
    data = value["data"]
    strings = [name for name, field in data.items() if isinstance(field, str)]
    name = "text" if "text" in data or len(strings) != 1 else strings[0]
    meta = {"id": value["id"]} if value.get("id") is not None else {}
    meta |= {other: field for other, field in data.items() if other != name} | (typed(value, "meta", dict) or {})
    return {"text": data.get(name), **({"meta": meta} if meta else {})}


def _of_annotation(record: Mapping[str, Any], annotation: object, task: Task) -> dict[str, Any]:
    if not isinstance(annotation, dict):
        raise RecordError(f"an annotation is {type_of(annotation)}, not an object")
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    return {
        **record,
        **_said(record, typed(annotation, "result", list) or [], task),
        **_annotator(annotation.get("created_username") if by is None else by),
        "answer": "ignore" if annotation.get("was_cancelled") else "accept",
    }


def _of_prediction(record: Mapping[str, Any], prediction: object, task: Task) -> dict[str, Any]:
    if not isinstance(prediction, dict):
        raise RecordError(f"a prediction is {type_of(prediction)}, not an object")
    said = _said(record, typed(prediction, "result", list) or [], task)
    return {**record, **said, **_annotator(prediction.get("model_version"))}


def _annotator(name: object) -> dict[str, str]:
    return {"_annotator_id": str(name)} if type(name) in (str, int) and name != "" else {}


def _of_min(value: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """JSON-MIN: an annotation an object, its results under the names that the labelling config gave them."""
    results: list[dict[str, Any]] = []
    meta: dict[str, Any] = {}
    for name, field in value.items():
        found = _min_results(name, field, task)
        results += found or ()
        if found is None and name not in _MIN_ADMIN:
            meta[name] = field
    by = value.get("annotator")
    record = {"text": value.get("text"), **({"meta": meta} if meta else {}), **_annotator(by)}
    return {**record, **_said(record, results, task)} if results or by is not None else record


def _min_results(name: str, field: object, task: Task) -> list[dict[str, Any]] | None:
    """The results that a field of JSON-MIN stands for; None where it is no such field."""
    each_of: list[Any] = field if isinstance(field, list) and field else [field]
    if all(isinstance(each, dict) and ("labels" in each or "choices" in each) for each in each_of):
        return [{"type": "labels" if "labels" in each else "choices", "value": each} for each in each_of]
    if task.is_categories and name in _MIN_CHOICES and all(isinstance(each, str) for each in each_of):
        return [{"type": "choices", "value": {"choices": each_of}}]
    return [] if field == [] and name in _MIN_CHOICES else None


def _said(record: Mapping[str, Any], results: Sequence[object], task: Task) -> dict[str, Any]:
    """Spans, or categories as cats. Nothing where there are results, but all of another kind."""
    kind = "choices" if task.is_categories else "labels"
    values = [_value(result) for result in results if _kind(result, task) == kind]
    if results and not values:
        return {}
    if not task.is_categories:
        text = record["text"]
        return {"spans": list(_spans(values)) if isinstance(text, str) else []}
    cats: dict[str, float] = {}
    for value in values:
        for choice in typed(value, "choices", list) or ():
            if not isinstance(choice, str):
                raise RecordError(f"a choice is {type_of(choice)}, not a string")
            cats[choice] = 1.0
    return {"cats": cats}


def _kind(result: object, task: Task) -> object:
    kind = result.get("type") if isinstance(result, dict) else None
    if not task.is_categories and isinstance(kind, str) and kind.endswith("labels") and kind != "labels":
        raise RecordError(f"a result of the type {kind[:40]!r}, which is no span of a plain text")
    return kind


def _value(result: Any) -> dict[str, Any]:
    value = typed(result, "value", dict)
    if value is None:
        raise RecordError("a result has no value")
    return dict(value)


def _spans(values: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for value in values:
        for label in typed(value, "labels", list) or ():
            yield {"start": value.get("start"), "end": value.get("end"), "label": label, "text": value.get("text")}


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteReport:
    """Write a list with a task for each record, which has its answer as the one annotation.

    Spans are of the control `label`, categories of the control `choice`, both of the object `text`. An ignored record
    is a cancelled annotation; rejected ones are left out. Meta goes into `data`, or where it has a `text` into `meta`.
    """
    report = WriteReport()
    stream.write(b"[")
    for record in records:
        if record.get("answer") == "reject":
            report.notes[_REJECTED] += 1
            continue
        task = json.dumps(_task(record, options, report), ensure_ascii=False)
        stream.write((",\n" if report.records else "\n").encode() + task.encode())
        report.records += 1
    stream.write(b"\n]\n")
    return report


def _task(record: ExportedRecord, options: WriteOptions, report: WriteReport) -> dict[str, Any]:
    task, text, meta = options.task, record["text"], remarked_meta(record, report)
    results: list[dict[str, Any]] = []
    if task.is_categories:
        if choices := categories_of(record, task):
            results.append({"id": "c1", "from_name": "choice", "to_name": "text", "type": "choices"})
            results[0]["value"] = {"choices": choices}
        report.spans += len(choices)
    else:
        spans = spans_of(record)
        counted = spans_as_counted(text, spans, options, _COUNTING, report)
        for number, (span, (start, end, label)) in enumerate(zip(spans, counted, strict=True), start=1):
            value = {"start": start, "end": end, "text": text[span.start : span.end], "labels": [label]}
            results.append({"id": f"s{number}", "from_name": "label", "to_name": "text", "type": "labels"})
            results[-1]["value"] = value
        report.spans += len(results)
    cancelled = record.get("answer") == "ignore"
    annotation = {**_completed_by(record.get("_annotator_id")), "was_cancelled": cancelled, "result": results}
    if "text" in meta:
        return {"data": {"text": text}, "meta": meta, "annotations": [annotation]}
    return {"data": {"text": text, **meta}, "annotations": [annotation]}


def _completed_by(annotator: str | None) -> dict[str, Any]:
    """Label Studio refuses a `completed_by` that is no e-mail address and no number of a user."""
    if not annotator:
        return {}
    if "@" in annotator:
        return {"completed_by": {"email": annotator}}
    if annotator.isascii() and annotator.isdigit() and str(int(annotator[:18])) == annotator:
        return {"completed_by": int(annotator)}
    return {"created_username": annotator}

"""Label Studio's JSON: tasks with annotations by people and predictions by models; and its JSON-MIN."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import Made, read_objects
from tiebreak.core.formats.fields import type_of, typed
from tiebreak.core.formats.label_studio_objects import (
    MOST_STRINGS,
    TEXT,
    TextObject,
    quoted_elsewhere,
    quoted_field,
    text_object,
)
from tiebreak.core.formats.label_studio_results import CATEGORIES, OTHER_OBJECT, fields_of
from tiebreak.core.formats.label_studio_writing import COUNTING, NUMBERED_BY
from tiebreak.core.formats.label_studio_writing import write as write
from tiebreak.core.formats.offset_evidence import Quotable
from tiebreak.core.formats.offsets import Counting
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.records import OffsetUnit, Task, TaskKind

_BEFORE_1 = Counting(OffsetUnit.UTF_16, "Label Studio before 1.0", drops_texts=True)
_MIN_ADMIN = frozenset(
    ("annotator", "annotation_id", "annotations", "predictions", "created_at", "updated_at", "lead_time")
)
_MIN_CHOICES = (
    "label",
    "labels",
    "choice",
    "choices",
    "sentiment",
)  # fields in which JSON-MIN may have a single choice


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (line number, record or error) for each annotation and prediction; a task without any is a text alone.

    The file is a list, or has a task per line. Raises SourceError if the rest of a list cannot be read.
    """
    return read_objects(stream, options, summary, _split)


@dataclass(frozen=True)
class _Reading:
    """A task's text and meta as a record, the object that shows the text, and the notes on lost results."""

    record: Mapping[str, Any]
    about: TextObject
    task: Task
    notes: Counter[str]

    def fields_of(self, results: Sequence[object]) -> dict[str, Any]:
        return fields_of(results, self.record["text"], self.about, self.task, self.notes)


def _split(value: dict[str, Any], options: ReadOptions, summary: ReadSummary) -> Iterator[Made]:
    if not isinstance(value.get("data"), dict):
        yield Made(partial(_of_min, value, options.task, summary.notes), COUNTING)
        return
    old = typed(value, "completions", list) or ()  # the annotations of versions before 1.0
    annotations = typed(value, "annotations", list) or old
    predictions = typed(value, "predictions", list) or ()
    about = text_object(value["data"], list(_results((*annotations, *predictions))))
    reading = _Reading(_text_and_meta(value, about.field), about, options.task, summary.notes)
    counting = _BEFORE_1 if old and annotations is old else COUNTING
    for annotation in annotations:
        yield Made(partial(_of_annotation, reading, annotation), counting)
    for prediction in predictions:
        yield Made(partial(_of_prediction, reading, prediction), COUNTING)
    if not annotations and not predictions:
        yield Made(lambda: dict(reading.record), COUNTING)


def _results(annotations: Sequence[object]) -> Iterator[dict[str, Any]]:
    """Yield all results of a task, from all its annotations."""
    for annotation in annotations:
        results = annotation.get("result") if isinstance(annotation, dict) else None
        yield from (each for each in (results if isinstance(results, list) else ()) if isinstance(each, dict))


def _text_and_meta(value: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Return a record with the text; the rest of `data` is meta, and so is the task's `id`, unless Tiebreak gave it."""
    data = value["data"]
    name, tiebreak = NUMBERED_BY
    meta = {"id": value["id"]} if value.get("id") is not None and value.get(name) != tiebreak else {}
    meta |= {other: each for other, each in data.items() if other != field} | (typed(value, "meta", dict) or {})
    return {"text": data.get(field), **({"meta": meta} if meta else {})}


def _of_annotation(reading: _Reading, annotation: object) -> dict[str, Any]:
    if not isinstance(annotation, dict):
        raise RecordError(f"an annotation is {type_of(annotation)}, not an object")
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    return {
        **reading.record,
        **reading.fields_of(typed(annotation, "result", list) or []),
        **_annotator(annotation.get("created_username") if by is None else by),
        "answer": "ignore" if annotation.get("was_cancelled") else "accept",
    }


def _of_prediction(reading: _Reading, prediction: object) -> dict[str, Any]:
    if not isinstance(prediction, dict):
        raise RecordError(f"a prediction is {type_of(prediction)}, not an object")
    results = typed(prediction, "result", list) or []
    return {**reading.record, **reading.fields_of(results), **_annotator(prediction.get("model_version"))}


def _annotator(name: object) -> dict[str, str]:
    return {"_annotator_id": str(name)} if type(name) in (str, int) and name != "" else {}


def _of_min(value: Mapping[str, Any], task: Task, notes: Counter[str]) -> dict[str, Any]:
    """Read JSON-MIN: one annotation per object, its results under the names that the labelling config gave them."""
    found = {name: of for name in value if (of := _min_results(name, value[name], task)) is not None}
    rest = {name: each for name, each in value.items() if name not in found and name not in _MIN_ADMIN}
    strings = {name: each for name, each in rest.items() if isinstance(each, str)}
    field = TEXT if TEXT in value else quoted_field(strings, [each for of in found.values() for each in of]) or TEXT
    text = strings.pop(field, None)
    quotable, others = Quotable(text or ""), [Quotable(each) for each in [*strings.values()][:MOST_STRINGS]]
    results: list[dict[str, Any]] = []
    for of in found.values():
        if quoted_elsewhere(of, quotable, others):
            notes[OTHER_OBJECT] += len(of)
        else:
            results += of
    meta = {name: each for name, each in rest.items() if name != field}
    by = value.get("annotator")
    record = {"text": value.get(field), **({"meta": meta} if meta else {}), **_annotator(by)}
    is_annotated = bool(results) or (by is not None and not any(found.values()))
    return {**record, **fields_of(results, text, TextObject(field), task, notes)} if is_annotated else record


def _min_results(name: str, field: object, task: Task) -> list[dict[str, Any]] | None:
    """Return the results in a field of JSON-MIN; None if the field does not hold results."""
    each_of: list[Any] = field if isinstance(field, list) and field else [field]
    kinds = [_min_kind(each) for each in each_of]
    if all(kinds):
        return [{"type": kind, "value": each} for kind, each in zip(kinds, each_of, strict=True)]
    if task.kind is TaskKind.CATEGORIES and name in _MIN_CHOICES and all(isinstance(each, str) for each in each_of):
        return [{"type": "choices", "value": {"choices": each_of}}]
    return [] if field == [] and name in _MIN_CHOICES else None


def _min_kind(field: object) -> str | None:
    """Return the type of a result in JSON-MIN: the name of one of its fields is the type."""
    if not isinstance(field, dict):
        return None
    return next((name for name in field if name in CATEGORIES or name.endswith("labels")), None)

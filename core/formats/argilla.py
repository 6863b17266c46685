"""Argilla's records: 2.x with responses and suggestions, 1.x with annotation and prediction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.decoding import Made, read_objects
from tiebreak.core.formats.fields import type_of, typed
from tiebreak.core.formats.offsets import Counting, spans_as_counted
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.record_parts import categories_of, remarked_meta, spans_of
from tiebreak.core.formats.tagged import align
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import OffsetUnit, Task, TaskKind
from tiebreak.core.ways_out import Note, Way, WayOut

# The interface shows and stores the browser's offsets unchanged (highlighting.ts), but suggestions come from Python.
# Argilla 1 has tokens: its server refuses spans, in code points, that do not begin and end with a token.
_INTERFACE = Counting(OffsetUnit.UTF_16, "Argilla's interface")
_CLIENT = Counting(OffsetUnit.CODE_POINTS, "Argilla's Python client")
_OF_1 = Counting(OffsetUnit.CODE_POINTS, "Argilla 1", knows_tokens=True)
_QUESTION = "label"
_NOTHING_HOLDS = "no category holds: written without a response, as a single-label question cannot say so"
_REFUSED = Note(
    "spans that end after the text as Argilla's server counts it: the server refuses their records. It takes code "
    "points, but then its interface shows every span after an emoji shifted",
    WayOut(Way.WRITE_CODE_POINTS),
)
_REJECTED = "rejected: written as discarded, like ignored records"


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (line number, record or error) for each response and suggestion, or in 1.x each annotation and prediction.

    A text without any of these is a record without spans. The file is a list, or has a record per line. Raises
    SourceError if the rest of a list cannot be read.
    """
    return read_objects(stream, options, summary, _split)


def _split(value: dict[str, Any], options: ReadOptions, summary: ReadSummary) -> Iterable[Made]:
    is_of_2 = isinstance(value.get("fields"), dict)
    made = list(_of_2(value, options.task) if is_of_2 else _of_1(value, options.task))
    if made:
        return made
    record = _of_2_text(value) if is_of_2 else _of_1_text(value)
    return [Made(lambda: record, _INTERFACE if is_of_2 else _OF_1)]


def _with_meta(text: object, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with this text; its meta has the `metadata` and the `id`."""
    meta = {"id": value["id"]} if value.get("id") is not None else {}
    meta |= typed(value, "metadata", dict) or {}
    return {"text": text, **({"meta": meta} if meta else {})}


def _of_2_text(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the text: `fields.text`, or the only string of `fields`."""
    fields = value["fields"]
    strings = [name for name, field in fields.items() if isinstance(field, str)]
    name = "text" if "text" in fields or len(strings) != 1 else strings[0]
    return _with_meta(fields.get(name), value)


def _of_2(value: Mapping[str, Any], task: Task) -> Iterator[Made]:
    record = _of_2_text(value)
    given = typed(value, "responses", dict) or {}
    responses = {
        question: [each for each in typed(given, question, list) or () if not _is_draft(each)] for question in given
    }
    suggestions = {
        question: given if isinstance(given, list) else [given]
        for question, given in (typed(value, "suggestions", dict) or {}).items()
        if given is not None
    }
    question = _question(responses, suggestions, task)
    for response in responses.get(question, ()):
        yield Made(partial(_of_response, record, response, task), _INTERFACE)
    for suggestion in suggestions.get(question, ()):
        yield Made(partial(_of_suggestion, record, suggestion, task), _CLIENT)


def _question(responses: Mapping[str, list[Any]], suggestions: Mapping[str, list[Any]], task: Task) -> str:
    """Return the question for the task: `label`, or else the only question whose values fit the task."""
    names = list(dict.fromkeys([*responses, *suggestions]))
    if _QUESTION in names:
        return _QUESTION
    fitting = [name for name in names if _fit([*responses.get(name, ()), *suggestions.get(name, ())], task)]
    if len(fitting) > 1:
        raise RecordError(
            f"the questions {fitting[0]!r} and {fitting[1]!r} both fit the task; call one of them {_QUESTION!r}, or "
            f"remove the other"
        )
    return fitting[0] if fitting else _QUESTION


def _is_draft(response: object) -> bool:
    return isinstance(response, dict) and response.get("status") == "draft"


def _fit(given: list[Any], task: Task) -> bool:
    """Return whether there are responses or suggestions, and all their values fit the task."""
    fits = _FITS[task.kind]
    values = [each.get("value") for each in given if isinstance(each, dict)]
    return len(values) == len(given) > 0 and all(value is None or fits(value) for value in values)


def _are_spans(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and "start" in each for each in value)


def _are_categories(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


_FITS = {TaskKind.SPANS: _are_spans, TaskKind.CATEGORIES: _are_categories}


def _of_response(record: Mapping[str, Any], response: object, task: Task) -> dict[str, Any]:
    if not isinstance(response, dict):
        raise RecordError(f"a response is {type_of(response)}, not an object")
    discarded = response.get("status") == "discarded"
    fields = _fields_of(response.get("value"), task)
    return {**record, **fields, **_annotator(response.get("user_id")), "answer": "ignore" if discarded else "accept"}


def _of_suggestion(record: Mapping[str, Any], suggestion: object, task: Task) -> dict[str, Any]:
    if not isinstance(suggestion, dict):
        raise RecordError(f"a suggestion is {type_of(suggestion)}, not an object")
    return {**record, **_fields_of(suggestion.get("value"), task), **_annotator(suggestion.get("agent"))}


def _annotator(name: object) -> dict[str, str]:
    return {"_annotator_id": str(name)} if type(name) in (str, int) and name != "" else {}


def _fields_of(value: object, task: Task) -> dict[str, Any]:
    return {} if value is None else _VALUES[task.kind](value)


def _spans_of_2(value: object) -> dict[str, Any]:
    if not isinstance(value, list):
        raise RecordError(f"the value is {type_of(value)}, not a list of spans")
    return {"spans": value}


def _categories_of_2(value: object) -> dict[str, Any]:
    return {"cats": dict.fromkeys(_strings([value] if isinstance(value, str) else value), 1.0)}


_VALUES = {TaskKind.SPANS: _spans_of_2, TaskKind.CATEGORIES: _categories_of_2}


def _strings(value: object) -> list[str]:
    if not isinstance(value, list):
        raise RecordError(f"the value is {type_of(value)}, not a category or a list of them")
    for each in value:
        if not isinstance(each, str):
            raise RecordError(f"a category is {type_of(each)}, not a string")
    return value


def _of_1_text(value: Mapping[str, Any]) -> dict[str, Any]:
    text = value.get("text")
    inputs = value.get("inputs")
    if text is None and inputs is not None:
        text = inputs.get("text") if isinstance(inputs, dict) else inputs
    record = _with_meta(text, value)
    tokens = value.get("tokens")
    if isinstance(text, str) and isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
        bounds = align(text, tokens)
        if bounds is not None:
            record["tokens"] = [{"start": start, "end": end} for start, end in bounds]
    return record


def _of_1(value: Mapping[str, Any], task: Task) -> Iterator[Made]:
    read_value = _VALUES_OF_1[task.kind]
    record = _of_1_text(value)
    answer = "ignore" if value.get("status") == "Discarded" else "accept"
    if (annotation := value.get("annotation")) is not None:
        annotator = _annotator(value.get("annotation_agent"))
        yield Made(lambda: {**record, **read_value(annotation), **annotator, "answer": answer}, _OF_1)
    if (prediction := value.get("prediction")) is not None:
        agent = _annotator(value.get("prediction_agent"))
        yield Made(lambda: {**record, **read_value(prediction), **agent}, _OF_1)


def _spans_of_1(value: object) -> dict[str, Any]:
    """Read the spans of [label, start, end] or [label, start, end, score] items, or of objects."""
    if not isinstance(value, list):
        raise RecordError(f"the spans are {type_of(value)}, not a list")
    spans: list[object] = []
    for each in value:
        if isinstance(each, list) and len(each) in (3, 4):
            spans.append({"label": each[0], "start": each[1], "end": each[2]})
        elif isinstance(each, dict):
            spans.append(each)
        else:
            raise RecordError(f"a span is {type_of(each)}, not [label, start, end]")
    return {"spans": spans}


def _scores_of_1(value: object) -> dict[str, Any]:
    """Read the categories of a label, of labels, or of labels with scores."""
    cats: dict[str, Any] = {}
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            cats[each] = 1.0
            continue
        pair = [each.get("label"), each.get("score", 1.0)] if isinstance(each, dict) else each
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise RecordError(f"a category is {type_of(each)}, not a label or [label, score]")
        cats[pair[0]] = pair[1]
    return {"cats": cats}


_VALUES_OF_1 = {TaskKind.SPANS: _spans_of_1, TaskKind.CATEGORIES: _scores_of_1}


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteSummary:
    """Write a list of 2.x records. Each answer is its annotator's response to the question `label`.

    The status is submitted for accepted answers and discarded for all others.
    """
    summary = WriteSummary()
    stream.write(b"[")
    for record in records:
        written = json.dumps(_written(record, options, summary), ensure_ascii=False)
        stream.write((",\n" if summary.records else "\n").encode() + written.encode())
        summary.records += 1
    stream.write(b"\n]\n")
    return summary


def _written(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> dict[str, Any]:
    task, meta = options.task, remarked_meta(record, summary)
    id = meta.pop("id") if type(meta.get("id")) in (str, int) else None
    held = _HELD[task.kind](record, options, summary)
    value = (held[0] if held else None) if task is Task.TEXTCAT else held
    summary.spans += len(held)
    answer = record.get("answer", "accept")
    if answer == "reject":
        summary.notes[_REJECTED] += 1
    if value is None:
        summary.notes[_NOTHING_HOLDS] += 1
    status = "submitted" if answer == "accept" else "discarded"
    response = {"value": value, "user_id": record.get("_annotator_id"), "status": status}
    return {
        **({} if id is None else {"id": id}),
        "fields": {"text": record["text"]},
        "metadata": meta,
        "suggestions": {},
        "responses": {} if value is None else {_QUESTION: [response]},
    }


def _spans_written(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> list[dict[str, Any]]:
    """Return the spans in the interface's unit, and note those that the server refuses."""
    text = record["text"]  # the server holds the ends of spans to its length in code points
    spans = spans_as_counted(text, spans_of(record), options, _INTERFACE, summary)
    if refused := sum(span.end > len(text) for span in spans):
        summary.notes[_REFUSED] += refused
    return [span._asdict() for span in spans]


def _categories_written(record: ExportedRecord, options: WriteOptions, summary: WriteSummary) -> list[str]:
    return categories_of(record, options.task)


_HELD: dict[TaskKind, Callable[[ExportedRecord, WriteOptions, WriteSummary], list[Any]]] = {
    TaskKind.SPANS: _spans_written,
    TaskKind.CATEGORIES: _categories_written,
}

"""Other forms of records in JSON, converted to Prodigy's: spaCy's training tuples, tokens with tags, a plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.fields import type_of
from tiebreak.core.formats.read_options import ReadOptions
from tiebreak.core.formats.tagged import (
    TOKENS,
    name_of,
    named_tags,
    names_of,
    says_spans,
    tagged_record,
    tags_in,
    tokens_in,
)

_PAIR = 2  # elements in a training tuple
_GROUP = "sc"  # the group of spans; spaCy's default


def records_in(value: object) -> list[object]:
    """Return the records in a line: the line itself, or the tuples of an annotator for spaCy that writes one object."""
    if isinstance(value, dict) and isinstance(value.get("classes"), list):
        annotations = value.get("annotations")
        if isinstance(annotations, list):
            return [each for each in annotations if each is not None]
    return [value]


def in_prodigys_form(value: object, options: ReadOptions) -> object:
    """Return a decoded value in Prodigy's form if its own form is known, else unchanged.

    Raises RecordError if it is wrong, and SourceError if its numbers have no names.
    """
    if isinstance(value, list) and len(value) == _PAIR and isinstance(value[0], str) and isinstance(value[1], dict):
        return _of_tuple(value[0], value[1], options)
    if not isinstance(value, dict):
        return value
    if options.text_column not in (None, "text"):
        value = _with_text(value, str(options.text_column))
    if type(value.get("label")) is int:
        value = _with_label(value, options)
    tokens = tokens_in(value)
    return value if tokens is None else _of_tokens(value, tokens, options)


def _with_text(value: Mapping[str, Any], column: str) -> dict[str, Any]:
    """Return the record with the text of its field `column`. A second text goes to its meta."""
    if column not in value:
        raise RecordError(f"no field {column!r}")
    if not isinstance(text := value[column], str):
        raise RecordError(f"{column} is {type_of(text)}, not a string")
    record = {name: field for name, field in value.items() if name not in ("text", column)} | {"text": text}
    return _with_meta(record, "text", value["text"]) if "text" in value else record


def _with_label(value: Mapping[str, Any], options: ReadOptions) -> dict[str, Any]:
    """Return the record with the name of its number as label; if the task does not need it, the number is meta."""
    names = names_of("label", options.names)
    if names or not says_spans(options.task):
        return {**value, "label": name_of("label", value["label"], names)}
    return _with_meta({name: value[name] for name in value if name != "label"}, "label", value["label"])


def _with_meta(value: Mapping[str, Any], name: str, field: object) -> dict[str, Any]:
    """Return the record with one more field of meta, unless meta has that field or is not an object."""
    meta = value.get("meta")
    return {
        **value,
        "meta": {name: field} if meta is None else {name: field, **meta} if isinstance(meta, dict) else meta,
    }


def _of_tokens(value: Mapping[str, Any], tokens: list[str], options: ReadOptions) -> dict[str, Any]:
    """Convert a record that has its tokens as strings, with or without tags, and with or without its text."""
    field = None if value.get("spans") is not None else tags_in(value, options.task)
    tags = None if field is None else named_tags(field, value[field], options.names)
    others = {name: each for name, each in value.items() if name not in (field, *TOKENS)}
    return others | tagged_record(value.get("text"), tokens, tags)


def _of_tuple(text: str, annotations: Mapping[str, Any], options: ReadOptions) -> dict[str, Any]:
    """Convert `(text, annotations)`, spaCy's training data: `entities`, `spans` by group, `cats`."""
    record: dict[str, Any] = {"text": text}
    marks = annotations.get("entities")
    groups = annotations.get("spans")
    if options.task.allows_overlap and isinstance(groups, dict) and (_GROUP in groups or len(groups) == 1):
        marks = groups[_GROUP] if _GROUP in groups else next(iter(groups.values()))
    if marks is not None:
        if not isinstance(marks, list):
            raise RecordError(f"the entities are {type_of(marks)}, not a list")
        record["spans"] = [_span(mark) for mark in marks]
    if (cats := annotations.get("cats")) is not None:
        record["cats"] = cats
    return record


def _span(mark: object) -> dict[str, Any]:
    """Convert `[start, end, label]`, with or without an id of a knowledge base; return an object unchanged."""
    if isinstance(mark, dict):
        return mark
    if not isinstance(mark, list) or not 3 <= len(mark) <= 4:
        raise RecordError(f"an entity is {str(mark)[:40]!r}, not [start, end, label]")
    return dict(zip(("start", "end", "label", "kb_id"), mark, strict=False))

"""Prodigy's JSONL records: checked when read, exact when written."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.errors import RecordError
from tiebreak.core.formats.categories import check_categories, read_cats, take_categories
from tiebreak.core.formats.fields import type_of, typed
from tiebreak.core.records import AnswerValue, Record, Span, Spans, Task, TaskKind, Token

_OURS = frozenset(
    (
        "text",
        "spans",
        "tokens",
        "meta",
        "answer",
        "_input_hash",
        "_task_hash",
        "_annotator_id",
        "_session_id",
        "_timestamp",
        "_view_id",
        "_provenance",
        "_confidence",
        "_selected_by",
    )
)
# If the task is categories, spans are carried along as another field.
_OURS_OF = {TaskKind.SPANS: _OURS, TaskKind.CATEGORIES: _OURS - {"spans"}}
BOUNDS = ("start", "end", "label")
SPAN_KEYS = frozenset(("start", "end", "label", "token_start", "token_end", "source"))  # an export writes these itself
_TOKEN_KEYS = frozenset(("text", "start", "end", "id", "ws"))
_ANSWERS = ("accept", "reject", "ignore")
# By Prodigy's interface: whether an answer is about the shown spans alone, or about the whole text.
_IS_DECISION = {
    "ner": True,
    "spans": True,
    **dict.fromkeys(("ner_manual", "spans_manual", "review", "relations"), False),
}
_OF_VERSIONS = frozenset(("versions", "sessions", "default", "kind", "_annotator_id"))


def parse_record(value: object, task: Task) -> Record:
    """Check one decoded record and return it as a Record. Raises RecordError, which says what is wrong."""
    if not isinstance(value, dict):
        raise RecordError(f"not an object but {type_of(value)}")
    text = value.get("text")
    if not isinstance(text, str):
        raise RecordError("no text" if text is None else f"text is {type_of(text)}, not a string")
    if not text:
        raise RecordError("no text: it is empty")
    answer = value.get("answer")
    if answer is not None and answer not in _ANSWERS:
        raise RecordError(f"answer is {answer!r}, not accept, reject or ignore")
    known = _OURS_OF[task.kind]
    spans = value.get("spans") if "spans" in known else None
    other_fields: dict[str, Any] = {}
    cats, one_label = None, False
    if not value.keys() <= known:
        other_fields = {name: field for name, field in value.items() if name not in known}
        if _has_versions(value):
            del other_fields["versions"]
        check_categories(other_fields)
        cats, one_label = _CATS[task.kind](other_fields, answer, task)
    given = value.get("tokens")
    tokens = None if given is None else _tokens(given, text)
    return Record(
        text=text,
        spans=None if spans is None else _spans(spans, text, task),
        cats=cats,
        tokens=tokens,
        meta=typed(value, "meta", dict),
        input_hash=_hash(value, "_input_hash") if "_input_hash" in value else None,
        task_hash=_hash(value, "_task_hash") if "_task_hash" in value else None,
        annotator=typed(value, "_annotator_id", str),
        answer=cast("AnswerValue | None", answer),
        other_fields=other_fields,
        one_label=one_label,
        is_decision=_is_decision(value),
        span_fields=_span_fields(spans or ()),
        token_fields=_token_fields(given or (), tokens or (), text),
    )


def _carried_cats(
    fields: Mapping[str, Any], answer: AnswerValue | None, task: Task
) -> tuple[dict[str, float] | None, bool]:
    return read_cats(fields, answer), False


_CATS = {TaskKind.SPANS: _carried_cats, TaskKind.CATEGORIES: take_categories}


def _is_decision(value: Mapping[str, Any]) -> bool | None:
    """Return whether the answer is about the record's spans alone; None if the record does not say how it was made.

    Prodigy's `review` names the interface that it showed in `view_id`.
    """
    view, shown = value.get("_view_id"), value.get("view_id")
    return _IS_DECISION.get(str(shown if view == "review" and shown in ("ner", "spans") else view))


def _has_versions(value: Mapping[str, Any]) -> bool:
    """Return whether `versions` comes from Prodigy's `review`, and is not another tool's field."""
    versions = value.get("versions")
    return isinstance(versions, list) and bool(versions) and all(isinstance(each, dict) for each in versions)


def check_unicode(value: object) -> None:
    """Refuse lone surrogates anywhere in a decoded record: they are not text, and no file can hold them."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RecordError(f"a lone surrogate (U+{ord(error.object[error.start]):04X}), which is not text") from None


def _spans(value: object, text: str, task: Task) -> Spans:
    if not isinstance(value, list):
        raise RecordError(f"spans is {type_of(value)}, not a list")
    length = len(text)
    spans: list[Span] = []
    for each in value:
        try:
            start, end, label = each["start"], each["end"], each["label"]
        except (KeyError, TypeError):
            raise _wrong_span(each, length) from None
        if type(start) is int and type(end) is int and 0 <= start < end <= length and type(label) is str and label:
            spans.append(Span(start, end, label))
        else:
            raise _wrong_span(each, length)
    if len(spans) > 1:
        spans = sorted(set(spans))
        if not task.allows_overlap and (overlap := first_overlap(spans)):
            one, other = overlap
            raise RecordError(
                f"spans {one.start}-{one.end} {one.label!r} and {other.start}-{other.end} {other.label!r} overlap, "
                f"which the task {task.value} forbids; a store of the task {Task.SPANCAT.value} takes them"
            )
    return tuple(spans)


def _wrong_span(value: object, length: int) -> RecordError:
    """Return the error in a bad span."""
    if not isinstance(value, dict):
        return RecordError(f"a span is {type_of(value)}, not an object")
    start, end, label = value.get("start"), value.get("end"), value.get("label")
    if type(start) is not int or type(end) is not int:
        return RecordError(f"a span's start and end are {start!r} and {end!r}, not two integers")
    where = f"the span {start}-{end}"
    if not isinstance(label, str):
        return RecordError(f"{where} has the label {label!r}, which is not a string")
    if not label:
        return RecordError(f"{where} has an empty label")
    if end < start:
        return RecordError(f"{where} {label!r} has its end before its start")
    if end == start:
        return RecordError(f"{where} {label!r} is empty")
    return RecordError(f"{where} {label!r} is out of range: the text has {length} characters")


def _span_fields(spans: Collection[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the spans with fields that an export would not write itself."""
    if all(map(SPAN_KEYS.issuperset, spans)):
        return ()
    return tuple(
        {name: field for name, field in span.items() if name in BOUNDS or name not in SPAN_KEYS}
        for span in spans
        if not span.keys() <= SPAN_KEYS
    )


def _token_fields(tokens: Sequence[dict[str, Any]], bounds: Sequence[Token], text: str) -> dict[int, dict[str, Any]]:
    """Return, by number of the token, the fields that an export would not write, or would write differently."""
    if not tokens or _are_plain(tokens, bounds, text):
        return {}
    kept: dict[int, dict[str, Any]] = {}
    for number, (token, (start, end)) in enumerate(zip(tokens, bounds, strict=True)):
        exported = export_token(text, number, start, end)
        other = {name: field for name, field in token.items() if name not in exported or exported[name] != field}
        if other:
            kept[number] = other
    return kept


def _are_plain(tokens: Sequence[dict[str, Any]], bounds: Sequence[Token], text: str) -> bool:
    """Return whether all tokens are as an export writes them. One check of all is fast, and most records pass it."""
    if set().union(*tokens) != _TOKEN_KEYS:
        return False
    try:
        ids, spaces = [token["id"] for token in tokens], [token["ws"] for token in tokens]
    except KeyError:
        return False
    return ids == list(range(len(ids))) and spaces == [text[end : end + 1] == " " for _, end in bounds]


def _tokens(value: object, text: str) -> tuple[Token, ...]:
    if not isinstance(value, list):
        raise RecordError(f"tokens is {type_of(value)}, not a list")
    tokens, position = [], 0
    for token in value:
        start, end = (token.get("start"), token.get("end")) if isinstance(token, dict) else (None, None)
        if type(start) is not int or type(end) is not int:
            raise RecordError("a token has no integer start and end")
        if not position <= start <= end <= len(text):
            raise RecordError(f"the token {start}-{end} is out of order or out of range")
        tokens.append((start, end))
        position = end
    return tuple(tokens)


def _hash(value: dict[str, Any], name: str) -> int | None:
    field = value.get(name)
    if field is not None and (type(field) is not int or not -(2**63) <= field < 2**63):
        raise RecordError(f"{name} is {field!r}, not a 64-bit integer")
    return field


def parse_versions(value: object, task: Task) -> list[Record]:
    """Return the `versions` in one decoded record, as a record for each session; [] if it has none.

    Prodigy's `review` writes each version as a whole record, with the `sessions` that answered the same. Raises
    RecordError.
    """
    if not isinstance(value, dict) or not _has_versions(value):
        return []
    records = []
    for number, version in enumerate(value["versions"], start=1):
        sessions = version.get("sessions")
        names = [name for name in sessions or () if isinstance(name, str)] if isinstance(sessions, list) else []
        names = names or [version["_annotator_id"]] if isinstance(version.get("_annotator_id"), str) else names
        fields = {name: field for name, field in version.items() if name not in _OF_VERSIONS}
        try:
            record = parse_record({**fields, "text": value["text"]}, task)
        except RecordError as error:
            raise RecordError(f"version {number}: {error}") from error
        records += [record._replace(annotator=name, is_version=True) for name in dict.fromkeys(names)]
    return records


def export_token(text: str, number: int, start: int, end: int) -> dict[str, Any]:
    return {"text": text[start:end], "start": start, "end": end, "id": number, "ws": text[end : end + 1] == " "}

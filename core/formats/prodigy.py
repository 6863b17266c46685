"""Prodigy's JSONL records: checked on the way in, exact on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.errors import RecordError
from tiebreak.core.hashes import task_hash
from tiebreak.core.records import Answer, AnswerValue, Example, Record, Remark, Span, Spans, Task, Token
from tiebreak.core.tokens import tokenize

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
    )
)
_TYPES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    type(None): "null",
}
_LARGEST_SCORE = 1e300
_ANSWERS = ("accept", "reject", "ignore")


def parse_record(value: object, task: Task) -> Record:
    """Check one decoded record and give it its type. Raises RecordError, which says what is wrong with it."""
    if not isinstance(value, dict):
        raise RecordError(f"not an object but {_type(value)}")
    text = value.get("text")
    if not isinstance(text, str):
        raise RecordError("no text" if text is None else f"text is {_type(text)}, not a string")
    if not text:
        raise RecordError("no text: it is empty")
    spans = value.get("spans")
    answer = value.get("answer")
    if answer is not None and answer not in _ANSWERS:
        raise RecordError(f"answer is {answer!r}, not accept, reject or ignore")
    other_fields: dict[str, Any] = {}
    if not value.keys() <= _OURS:
        other_fields = {name: field for name, field in value.items() if name not in _OURS}
        _check_categories(other_fields)
    return Record(
        text=text,
        spans=None if spans is None else _spans(spans, text, task),
        cats=_cats(other_fields) if other_fields else None,
        tokens=_tokens(value["tokens"], text) if "tokens" in value else None,
        meta=_typed(value, "meta", dict),
        input_hash=_hash(value, "_input_hash") if "_input_hash" in value else None,
        task_hash=_hash(value, "_task_hash") if "_task_hash" in value else None,
        annotator=_typed(value, "_annotator_id", str),
        answer=cast("AnswerValue | None", answer),
        other_fields=other_fields,
    )


def check_unicode(value: object) -> None:
    """Refuse lone surrogates anywhere in a decoded record: they are no text, and no file could hold them."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RecordError(f"a lone surrogate (U+{ord(error.object[error.start]):04X}), which is no text") from None


def _spans(value: object, text: str, task: Task) -> Spans:
    if not isinstance(value, list):
        raise RecordError(f"spans is {_type(value)}, not a list")
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
                f"which the task {task.value} forbids; a store made with --task {Task.SPANCAT.value} takes them"
            )
    return tuple(spans)


def _wrong_span(value: object, length: int) -> RecordError:
    """What is wrong with a span that is not right."""
    if not isinstance(value, dict):
        return RecordError(f"a span is {_type(value)}, not an object")
    start, end, label = value.get("start"), value.get("end"), value.get("label")
    if type(start) is not int or type(end) is not int:
        return RecordError(f"a span's start and end are {start!r} and {end!r}, not two integers")
    where = f"the span {start}-{end}"
    if not isinstance(label, str):
        return RecordError(f"{where} has the label {label!r}, which is no string")
    if not label:
        return RecordError(f"{where} has an empty label")
    if end < start:
        return RecordError(f"{where} {label!r} has its end before its start")
    if end == start:
        return RecordError(f"{where} {label!r} is empty")
    return RecordError(f"{where} {label!r} is out of range: the text has {length} characters")


def _tokens(value: object, text: str) -> tuple[Token, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise RecordError(f"tokens is {_type(value)}, not a list")
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


def _check_categories(fields: dict[str, Any]) -> None:
    """`cats`, `label`, `options` and `accept` have the types that Prodigy and spaCy give them."""
    cats = _typed(fields, "cats", dict)
    for label, score in (cats or {}).items():
        if type(score) not in (int, float, bool) or abs(score) > _LARGEST_SCORE:
            raise RecordError(f"cats: the score of {label!r} is {str(score)[:40]!r}, not a number that a score can be")
    _typed(fields, "label", str)
    for option in _typed(fields, "options", list) or ():
        if not isinstance(option, dict) or not isinstance(option.get("id"), str | int):
            raise RecordError("options: each must be an object with an `id`")
    for accepted in _typed(fields, "accept", list) or ():
        if not isinstance(accepted, str | int):
            raise RecordError(f"accept: {accepted!r} is not an option's id")


def _cats(fields: dict[str, Any]) -> dict[str, float] | None:
    """Categories as label -> score, from `cats` or from a choice (`options` and `accept`)."""
    if (cats := fields.get("cats")) is not None:
        return {label: float(score) for label, score in cats.items()}
    if fields.get("options"):
        accepted = fields.get("accept") or ()
        return {str(option["id"]): float(option["id"] in accepted) for option in fields["options"]}
    return None


def _typed(value: dict[str, Any], name: str, kind: type) -> Any:
    field = value.get(name)
    if field is not None and not isinstance(field, kind):
        raise RecordError(f"{name} is {_type(field)}, not {_TYPES[kind]}")
    return field


def _hash(value: dict[str, Any], name: str) -> int | None:
    field = value.get(name)
    if field is not None and (type(field) is not int or not -(2**63) <= field < 2**63):
        raise RecordError(f"{name} is {field!r}, not a 64-bit integer")
    return field


def _type(value: object) -> str:
    return _TYPES.get(type(value), "a number")


def export_record(
    example: Example, answer: Answer, sources: Mapping[Span, str], view_id: str, remark: Remark | None = None
) -> dict[str, Any]:
    """One reviewed example as Prodigy writes it, with the flag and the note of who answered, where there are some.

    `sources` says for each span which predictors proposed it; one that none proposed came from the `human`.
    """
    tokens = example.tokens or tokenize(example.text)
    spans = _export_spans(answer.spans, tokens, sources)
    return {
        **example.other_fields,
        "text": example.text,
        "meta": example.meta or {},
        "_input_hash": example.input_hash,
        "_task_hash": task_hash(example.input_hash, spans) if example.task_hash is None else example.task_hash,
        "tokens": _export_tokens(example.text, tokens),
        "spans": spans,
        "answer": answer.answer,
        "_timestamp": int(answer.answered_at),
        "_annotator_id": answer.annotator,
        "_session_id": answer.session,
        "_view_id": view_id,
        **_export_remark(remark),
    }


def _export_remark(remark: Remark | None) -> dict[str, Any]:
    """`flag` and `note`, each only where it says something; a record keeps those that it came with otherwise."""
    if remark is None:
        return {}
    return {**({"flag": True} if remark.flagged else {}), **({"note": remark.note} if remark.note else {})}


def _export_tokens(text: str, tokens: Sequence[Token]) -> list[dict[str, Any]]:
    return [
        {"text": text[start:end], "start": start, "end": end, "id": number, "ws": text[end : end + 1] == " "}
        for number, (start, end) in enumerate(tokens)
    ]


def _export_spans(spans: Spans, tokens: Sequence[Token], sources: Mapping[Span, str]) -> list[dict[str, Any]]:
    """Spans with their tokens; one that does not fall on token bounds has no `token_start` and `token_end`."""
    by_start = {start: number for number, (start, _) in enumerate(tokens)}
    by_end = {end: number for number, (_, end) in enumerate(tokens)}
    exported: list[dict[str, Any]] = []
    for span in spans:
        record: dict[str, Any] = {"start": span.start, "end": span.end}
        if span.start in by_start and span.end in by_end:
            record |= {"token_start": by_start[span.start], "token_end": by_end[span.end]}
        exported.append({**record, "label": span.label, "source": sources.get(span, "human")})
    return exported

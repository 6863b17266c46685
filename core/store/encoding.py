"""JSON columns: how spans, tokens and differences are written, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tiebreak.core.records import Difference, Span, Spans, Token

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode_json(value: object) -> str | None:
    """`value` as compact JSON; None stays NULL."""
    return None if value is None else _encode(value)


def decode_json(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def span_objects(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """Spans as `{"start", "end", "label"}`, the form in which they leave the program."""
    return [{"start": span[0], "end": span[1], "label": span[2]} for span in spans]


def encode_spans(spans: Iterable[Span]) -> str:
    return _encode(span_objects(spans))


def spans_of(objects: Iterable[Mapping[str, Any]]) -> Spans:
    return tuple([Span(span["start"], span["end"], span["label"]) for span in objects])


def decode_spans(value: str | None) -> Spans:
    return spans_of(json.loads(value)) if value else ()


def encode_tokens(tokens: Iterable[Token] | None) -> str | None:
    return None if tokens is None else _encode([[start, end] for start, end in tokens])


def decode_tokens(value: str | None) -> tuple[Token, ...]:
    return tuple([(start, end) for start, end in json.loads(value)]) if value else ()


def encode_readings(difference: Difference) -> str:
    return _encode({name: span_objects(spans) for name, spans in difference.readings.items()})


def decode_readings(value: str) -> dict[str, Spans]:
    return {name: spans_of(spans) for name, spans in json.loads(value).items()}

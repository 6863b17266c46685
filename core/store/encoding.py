"""JSON columns: how spans, tokens and differences are written, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tiebreak.core.records import Difference, Span, Spans, Token

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_SPAN = '{"start":%d,"end":%d,"label":%s}'
_encode_label = lru_cache(maxsize=1024)(_encode)


def encode_json(value: object) -> str | None:
    """`value` as compact JSON; None stays NULL."""
    return None if value is None else _encode(value)


def decode_json(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def encode_spans(spans: Iterable[Span]) -> str:
    """Spans as JSON, by hand, since each prediction that is saved passes here."""
    return f"[{','.join([_SPAN % (start, end, _encode_label(label)) for start, end, label in spans])}]"


def spans_of(objects: Iterable[Mapping[str, Any]]) -> Spans:
    return tuple([Span(span["start"], span["end"], span["label"]) for span in objects])


def decode_spans(value: str | None) -> Spans:
    return spans_of(json.loads(value)) if value else ()


def decode_cats(value: str | None) -> dict[str, float]:
    return json.loads(value) if value else {}


def encode_tokens(tokens: Iterable[Token] | None) -> str | None:
    return None if tokens is None else _encode([[start, end] for start, end in tokens])


def decode_tokens(value: str | None) -> tuple[Token, ...]:
    return tuple([(start, end) for start, end in json.loads(value)]) if value else ()


def encode_readings(difference: Difference) -> str:
    readings = [f"{_encode_label(name)}:{encode_spans(spans)}" for name, spans in difference.readings.items()]
    return f"{{{','.join(readings)}}}"


def decode_readings(value: str) -> dict[str, Spans]:
    return {name: spans_of(spans) for name, spans in json.loads(value).items()}

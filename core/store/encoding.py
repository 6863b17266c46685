"""JSON columns: how spans, tokens and readings are written and read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Span, Spans, Token
from tiebreak.core.ways_out import Way, WayOut

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_SPAN = '{"start":%d,"end":%d,"label":%s}'
_new_span = tuple.__new__  # takes half as long as Span(): a report reads a million
_encode_label = lru_cache(maxsize=1024)(_encode)


def encode_json(value: object) -> str | None:
    """Return `value` as compact JSON; None stays None (NULL)."""
    return None if value is None else _encode(value)


def decode_json(value: str | None, kind: type = object) -> Any:
    """Return the value of a JSON column, None for NULL. Raises StoreError if it is not JSON, or not of this `kind`."""
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise TypeError(f"{type(value).__name__} where JSON belongs")
        decoded = json.loads(value)
        if "\\ud" in value or "\\uD" in value:  # a lone surrogate can be neither shown nor written
            _encode(decoded).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise broken(error) from error
    if not isinstance(decoded, kind):
        raise broken(f"{type(decoded).__name__} where {kind.__name__} belongs")
    return decoded


def broken(found: object) -> StoreError:
    """Return the error that names a value of the store that Tiebreak cannot have written."""
    return StoreError(f"the store holds something that Tiebreak did not write ({str(found)[:100]})", WayOut(Way.CHECK))


def encode_spans(spans: Iterable[Span]) -> str:
    """Return spans as JSON; built by hand for speed, since every prediction passes here."""
    return f"[{','.join([_SPAN % (start, end, _encode_label(label)) for start, end, label in spans])}]"


def spans_from(objects: Iterable[Mapping[str, Any]]) -> Spans:
    """Return the spans of JSON objects. Raises StoreError if an object is not a span."""
    spans = []
    try:
        for span in objects:
            start, end, label = found = span["start"], span["end"], span["label"]
            if not (type(start) is int and type(end) is int and type(label) is str and 0 <= start <= end):
                raise broken(f"a span from {start!r} to {end!r}")
            spans.append(_new_span(Span, found))
    except (KeyError, TypeError, AttributeError) as error:
        raise broken(f"a span without {error}") from error
    return tuple(spans)


def check_bounds(spans: Iterable[Span], length: int) -> None:
    """Raise StoreError if a span leaves a text of this length (code points)."""
    for span in spans:
        if span.end > length:
            raise broken(f"a span from {span.start} to {span.end} of a text of {length} characters")


def number(value: Any) -> float:
    """Return `value` if it is a finite number; SQLite accepts any type in a column. Else raises StoreError."""
    if not is_number(value):
        raise broken(f"{value!r:.60} where a number belongs")
    return value  # type: ignore[no-any-return]  # checked just now


def text(value: Any) -> str:
    """Return `value` if it is text; SQLite accepts any type in a column. Else raises StoreError."""
    if not isinstance(value, str):
        raise broken(f"{value!r:.60} where text belongs")
    return value


def is_number(value: object) -> bool:
    """Return whether a column's value is a finite number; SQLite accepts any type in a column."""
    try:
        return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]  # a number, as just tested
    except OverflowError:  # larger than any float
        return False


@lru_cache(maxsize=1000)  # most answers equal some prediction
def decode_spans(value: str | None) -> Spans:
    return spans_from(decode_json(value, list)) if value and value != "[]" else ()


def decode_cats(value: str | None) -> dict[str, float]:
    cats: dict[str, float] = decode_json(value, dict) if value else {}
    for label, score in cats.items():
        if not is_number(score):
            raise broken(f"a score {score!r:.60} of {label!r:.60}")
    return cats


def encode_tokens(tokens: Iterable[Token] | None) -> str | None:
    return None if tokens is None else _encode([[start, end] for start, end in tokens])


def decode_tokens(value: str | None) -> tuple[Token, ...]:
    """Return the (start, end) of each token. Raises StoreError unless they are pairs of integers in order."""
    tokens = decode_json(value, list) if value else []
    position = 0
    for token in tokens:
        if not (isinstance(token, list) and len(token) == 2 and type(token[0]) is int and type(token[1]) is int):
            raise broken(f"a token {token!r}")
        if not position <= token[0] <= token[1]:
            raise broken(f"a token {token!r} out of order")
        position = token[1]
    return tuple([(start, end) for start, end in tokens])


def decode_span_fields(value: str | None) -> list[dict[str, Any]]:
    """Return the fields of spans. Raises StoreError if they are not spans."""
    fields: list[dict[str, Any]] = decode_json(value, list) or []
    spans_from(fields)
    return fields


def decode_token_fields(value: str | None) -> dict[int, dict[str, Any]]:
    """Return the fields of tokens, by number. Raises StoreError if they are not objects by number."""
    fields: dict[str, Any] = decode_json(value, dict) or {}
    if not all(number.isdecimal() and isinstance(each, dict) for number, each in fields.items()):
        raise broken("fields of tokens that are not objects by number")
    return {int(number): each for number, each in fields.items()}


def encode_readings(readings: Mapping[str, Spans]) -> str:
    """Return the readings of a difference as JSON: predictor -> spans."""
    members = [f"{_encode_label(name)}:{encode_spans(spans)}" for name, spans in readings.items()]
    return f"{{{','.join(members)}}}"


def decode_readings(value: str) -> dict[str, Spans]:
    return {name: spans_from(spans) for name, spans in decode_json(value, dict).items()}

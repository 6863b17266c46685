"""The types of a decoded record's fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiebreak.core.errors import RecordError

_TYPES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    type(None): "null",
}


def type_of(value: object) -> str:
    """Return the JSON type of a decoded value, in words."""
    return _TYPES.get(type(value), "a number")


def typed(record: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return the field `name`, which may be null or missing. Raises RecordError if it is of another type."""
    field = record.get(name)
    if field is not None and not isinstance(field, kind):
        raise RecordError(f"{name} is {type_of(field)}, not {_TYPES[kind]}")
    return field

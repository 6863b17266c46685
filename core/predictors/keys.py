"""Keeping API keys out of an endpoint's replies, before any part of them is read, stored or shown."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HIDDEN = "(key)"
LEAST = 6  # characters; a shorter key is not hidden, since that would only tear words apart
_SURELY = 16  # characters; shorter values of variables that are named like keys could be words of an answer
_NAMES = re.compile(r"\w*(KEY|TOKEN|SECRET|PASSWORD)", re.IGNORECASE)


def keys_in(headers: Mapping[str, str], url: str = "") -> tuple[str, ...]:
    """Return the keys that a request carries: in its headers, in its query, as its password (or user alone)."""
    found = [headers.get("Authorization", "").removeprefix("Bearer ").strip(), headers.get("api-key", "").strip()]
    try:
        parts = urlsplit(url)
    except ValueError:  # the first request reports it
        return tuple(filter(None, found))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user or password:
        found += [base64.b64encode(f"{user}:{password}".encode()).decode(), password or user]
    found += [value for name, value in parse_qsl(parts.query) if _NAMES.fullmatch(name)]
    return tuple(filter(None, found))


def keys_of_environment() -> tuple[str, ...]:
    """Return the values of the variables that are keys by their names: models that are not Tiebreak's may send them."""
    named = (value.strip() for name, value in os.environ.items() if _NAMES.fullmatch(name))
    return tuple(value for value in named if len(value) >= _SURELY and not value.startswith(("/", "~")))


def without_keys(value: Any, keys: Iterable[str]) -> Any:
    """Hide the keys in all texts of `value`, a text or a JSON value, also as URLs, JSON or base64 write them."""
    hidden = tuple(key for key in keys if len(key) >= LEAST)
    return _hide(value, _pattern(hidden)) if hidden else value


@lru_cache(maxsize=16)
def _pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    """Compile a pattern that finds the keys in the forms that texts may have, the longest form first."""
    forms = set(keys)
    for key in keys:
        forms |= {quote(key, safe=""), quote(key), base64.b64encode(key.encode()).decode(), json.dumps(key)[1:-1]}
    return re.compile("|".join(map(_escaped_or_not, sorted(forms, key=lambda form: (-len(form), form)))))


def _escaped_or_not(form: str) -> str:
    """Return a pattern of `form` that allows backslashes before each sign: a text in JSON may hold JSON."""
    return "".join(re.escape(sign) if sign.isalnum() else r"\\*" + re.escape(sign) for sign in form)


def _hide(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(HIDDEN, value)
    if isinstance(value, list):
        return [_hide(each, pattern) for each in value]
    if isinstance(value, dict):
        return {_hide(name, pattern): _hide(each, pattern) for name, each in value.items()}
    return value

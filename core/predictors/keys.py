"""Keeps an API key out of what an endpoint said, before anything of it is read, stored or shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

HIDDEN = "(key)"
_LEAST = 6  # characters of a key: hiding a shorter value would only tear words apart


def key_in(headers: Mapping[str, str]) -> str:
    """The key that a request carries, "" where it carries none."""
    return headers.get("Authorization", "").removeprefix("Bearer ").strip()


def without_key(said: Any, key: str) -> Any:
    """`said`, a text or a JSON value, with `key` hidden in all its texts, also as URLs, JSON or base64 have it."""
    return _hide(said, _forms(key)) if len(key) >= _LEAST else said


def _forms(key: str) -> tuple[str, ...]:
    """`key` as it stands in texts, the longest form first."""
    escaped = {json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]}
    forms = {key, quote(key, safe=""), quote(key), base64.b64encode(key.encode()).decode(), *escaped}
    forms |= {form.replace("/", "\\/") for form in forms}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _hide(said: Any, forms: tuple[str, ...]) -> Any:
    if isinstance(said, str):
        for form in forms:
            said = said.replace(form, HIDDEN)
        return said
    if isinstance(said, list):
        return [_hide(each, forms) for each in said]
    if isinstance(said, dict):
        return {_hide(name, forms): _hide(each, forms) for name, each in said.items()}
    return said

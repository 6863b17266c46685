"""Keeping keys out of the doctor's findings, even if an endpoint repeats a key, whole or in part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from tiebreak.core.doctor.checks import Check
from tiebreak.core.predictors.keys import HIDDEN, LEAST, without_keys

_PART = 8  # characters of a key in a row; a word with as many of them is hidden
_NAMES = re.compile(r".*(KEY|TOKEN|SECRET|PASSWORD)", re.IGNORECASE)


def without_secrets(check: Check, environment: Mapping[str, str], named: Iterable[str]) -> Check:
    """Hide in `check` the values of the variables in `named`, and of variables that are keys by their names."""
    without = partial(_without, environment=environment, named=set(named))
    way_out = check.way_out and check.way_out._replace(of=without(check.way_out.of))
    return replace(check, found=without(check.found), todo=without(check.todo), way_out=way_out)


def _without(text: str, environment: Mapping[str, str], named: set[str]) -> str:
    for name, value in environment.items():
        if name in named:
            text = redact(text, value.strip())
        elif _NAMES.fullmatch(name) and len(value) >= LEAST and not value.startswith(("/", "~")):
            text = text.replace(value, HIDDEN)
    return text


def redact(text: str, secret: str) -> str:
    """Hide `secret` in `text`, and words that hold 8 or more of its characters in a row."""
    if len(secret) < LEAST:
        return text
    text = without_keys(text, [secret, secret.encode("unicode_escape").decode()])
    parts = {secret[at : at + _PART] for at in range(len(secret) - _PART + 1)}
    if not any(part in text for part in parts):
        return text
    return re.sub(r"\S+", lambda word: HIDDEN if any(part in word.group() for part in parts) else word.group(), text)

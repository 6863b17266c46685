"""Which reasons are alike: those that differ in numbers and quoted parts alone."""

from __future__ import annotations

import re

# What HTTP answered is no such part.
_VARIABLE = re.compile(
    r"""(HTTP \d{3}\b)|"(?:[^"\\]|\\.)*"|(?<!\w)'(?:[^'\\]|\\.|(?<=\w)'(?=\w))*'"""
    r"""|“[^”]*”|`[^`]*`|\w*\d\w*"""
)
_COMPARED = 1000  # characters of a reason


def kind_of_reason(reason: str) -> str:
    """The reason without its numbers and quoted parts: equal for reasons that are alike."""
    return _VARIABLE.sub(lambda found: found.group(1) or "#", reason[:_COMPARED])

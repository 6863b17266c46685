"""Find reasons that are alike: they differ only in numbers and quoted parts."""

from __future__ import annotations

import re

# The variable parts of a reason; an HTTP status is not a variable part.
_VARIABLE = re.compile(
    r"""(HTTP \d{3}\b)|"(?:[^"\\]|\\.)*"|(?<!\w)'(?:[^'\\]|\\.|(?<=\w)'(?=\w))*'"""
    r"""|“[^”]*”|`[^`]*`|\w*\d\w*"""
)
_COMPARED = 1000  # characters; the rest of a reason is not compared


def kind_of_reason(reason: str) -> str:
    """Return the reason without its numbers and quoted parts; it is equal for reasons that are alike."""
    return _VARIABLE.sub(lambda found: found.group(1) or "#", reason[:_COMPARED])

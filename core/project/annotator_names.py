"""The annotator for a typed name: names that look alike are the same annotator's, unless the user says otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.core.store.answers import AUTO

_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")  # invisible letters and marks
_KEPT = "that name is reserved for automatic answers; choose another"


def plain_name(typed: str) -> str:
    """Return the name in NFC, without space around it."""
    return unicodedata.normalize("NFC", typed).strip()


def checked_name(typed: str) -> str:
    """Return the name in plain form. Raises UsageError if no annotator of any store can have it."""
    name = plain_name(typed)
    if not name:
        raise UsageError("the name is empty")
    if name == AUTO:
        raise UsageError(f"{name}: {_KEPT}")
    return name


def resolve_annotator(typed: str, known: Collection[str]) -> tuple[str, str | None]:
    """Return the name to use for the typed name, and a known name that differs only in spelling, or None.

    A known name stays as it is, even if a new annotator could not have it. Raises ConfigError if it cannot be a name.
    """
    if typed in known and typed != AUTO:
        return typed, None
    name = checked_name(typed)
    if _folded(name) == AUTO and name not in known:
        raise ConfigError(f"{name}: {_KEPT}")
    if name in known:
        return name, None
    for sign in name:
        if unicodedata.category(sign) in _INVISIBLE or sign in _FILLERS:
            raise ConfigError(f"{name}: the name has an invisible character (U+{ord(sign):04X}); leave it out")
    return name, next((each for each in sorted(known) if _folded(each) == _folded(name)), None)


def _folded(name: str) -> str:
    """Return the same for all names that differ only in case, width, or space around them."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()

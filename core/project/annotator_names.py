"""Who is meant by a name that was typed: names that look alike are one annotator's, unless somebody says otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.core.store.answers import AUTO

_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")  # letters and marks that show nothing
_KEPT = "that name is kept for what is accepted because all agree; take another"


def plain_name(typed: str) -> str:
    """The name without space around it, in NFC."""
    return unicodedata.normalize("NFC", typed).strip()


def checked_name(typed: str) -> str:
    """The name without space around it. Raises UsageError where no annotator of any store can have it."""
    name = plain_name(typed)
    if not name:
        raise UsageError("the name is empty")
    if name == AUTO:
        raise UsageError(f"{name}: {_KEPT}")
    return name


def resolve_annotator(typed: str, known: Collection[str]) -> tuple[str, str | None]:
    """The name to use for what was typed, and one of `known` that differs only in how it is written, or None.

    A known name stays as it is, also one that would not be taken anew. Raises ConfigError where it cannot be a name.
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
            raise ConfigError(f"{name}: the name has a sign that does not show (U+{ord(sign):04X}); leave it out")
    return name, next((each for each in sorted(known) if _folded(each) == _folded(name)), None)


def _folded(name: str) -> str:
    """The same for all names that differ only by case, width, or space around them."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()

"""Numbers as a person reads them: counts with their nouns, and the value of an example."""

from __future__ import annotations

from tiebreak.core.records import Value

_MOST = 999  # errors or seconds; a list has no room for more digits


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: `1 text`, `1,200 texts`; `plural` is for nouns that do not end in an s then."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def value_text(value: Value) -> str:
    """Return the errors and the seconds that are expected: `1.8 errors in 24 s`."""
    return f"{value.errors:.1f} errors in {_seconds(value)} s"


def value_cells(value: Value | None) -> str:
    """Return the same in the 13 cells that a list has for it: ` 1.8 in  24 s`; a dash if nothing was learned."""
    if value is None:
        return f"{'–':>13}"
    errors = f"{value.errors:.1f}" if value.errors < 99.95 else f"{min(value.errors, _MOST):.0f}"
    return f"{errors:>4} in {min(_seconds(value), _MOST):>3} s"


def _seconds(value: Value) -> int:
    """Return the seconds, at least 1, as the rate counts them."""
    return round(max(value.seconds, 1.0))

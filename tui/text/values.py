"""What an example is worth, as a person reads it."""

from __future__ import annotations

from tiebreak.core.records import Value

_MOST = 999  # errors or seconds that a list has room for


def value_told(value: Value) -> str:
    """The errors and the seconds that are expected: `1.8 errors in 24 s`."""
    return f"{value.errors:.1f} errors in {_seconds(value)} s"


def value_cells(value: Value | None) -> str:
    """The same in the 13 cells that a list has for it: ` 1.8 in  24 s`; a dash where nothing was learned."""
    if value is None:
        return f"{'–':>13}"
    errors = f"{value.errors:.1f}" if value.errors < 99.95 else f"{min(value.errors, _MOST):.0f}"
    return f"{errors:>4} in {min(_seconds(value), _MOST):>3} s"


def _seconds(value: Value) -> int:
    """A second at least, as the rate counts."""
    return round(max(value.seconds, 1.0))

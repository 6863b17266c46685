"""A row of the table: what was measured, against what, and whether it reaches its target."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reach:
    """A target: `value` is a bound on the ratio, or, with `unit` "MB", on the growth in megabytes."""

    word: str  # "at most" or "at least"
    value: float
    unit: str = "×"

    def holds(self, ratio: float) -> bool:
        return ratio <= self.value if self.word == "at most" else ratio >= self.value

    def __str__(self) -> str:
        return f"{self.word} {self.value:g}{'' if self.unit == '×' else ' '}{self.unit}"


@dataclass(frozen=True, slots=True)
class Row:
    """One target, or a note where `reach` is None. `measured` and `against` are in `unit`."""

    what: str
    measured: float
    unit: str
    against: float | None = None
    against_what: str = ""
    ratio: float | None = None
    reach: Reach | None = None

    @property
    def reached(self) -> bool | None:
        return None if self.reach is None or self.ratio is None else self.reach.holds(self.ratio)

    def cells(self) -> tuple[str, ...]:
        """The row as the table shows it."""
        against = "" if self.against is None else f"{_number(self.against, self.unit)} {self.against_what}"
        unit = "×" if self.reach is None else self.reach.unit
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}{unit}" if unit == "×" else f"{self.ratio:+.1f} {unit}"
        ok = {None: "", True: "yes", False: "NO"}[self.reached]
        return self.what, _number(self.measured, self.unit), against, ratio, str(self.reach or "note"), ok

    def as_object(self) -> dict[str, Any]:
        """The row as `--json` prints it."""
        return {**asdict(self), "reach": None if self.reach is None else str(self.reach), "ok": self.reached}


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2 if value >= 1 else 4
    return f"{value:,.{digits}f} {unit}"

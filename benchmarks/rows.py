"""A row of the table: a measurement, its baseline, whether it reaches its target, and the line it prints as."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Reach:
    """A target: `value` bounds the ratio, or the growth in megabytes if `unit` is "MB"."""

    word: str  # "at most" or "at least"
    value: float
    unit: str = "×"

    def holds(self, ratio: float) -> bool:
        return ratio <= self.value if self.word == "at most" else ratio >= self.value

    def __str__(self) -> str:
        return f"{self.word} {self.value:g}{'' if self.unit == '×' else ' '}{self.unit}"


@dataclass(frozen=True, slots=True)
class Row:
    """A target, or a note if `reach` is None. `measured` and `against` are in `unit`."""

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

    def line(self) -> str:
        """Return the row as the table shows it."""
        against = "" if self.against is None else _number(self.against, self.unit)
        unit = "×" if self.reach is None else self.reach.unit
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}{unit}" if unit == "×" else f"{self.ratio:+.1f} {unit}"
        ok = {None: "", True: "yes", False: "NO"}[self.reached]
        what = f"{self.what} ({self.against_what})" if self.against_what else self.what
        return _line(_number(self.measured, self.unit), against, ratio, str(self.reach or "note"), ok, what)

    def as_object(self) -> dict[str, Any]:
        """Return the row as `--json` prints it."""
        return {**asdict(self), "reach": None if self.reach is None else str(self.reach), "ok": self.reached}


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Stands for the missing rows of the benchmark `what`, which failed; the rows that came before stay."""

    what: str
    error: str
    reached: ClassVar[bool] = False

    def line(self) -> str:
        return _line("", "", "", "", "NO", f"{self.what}: not measured: {' '.join(self.error.split())}")

    def as_object(self) -> dict[str, Any]:
        return asdict(self)


def _line(measured: str, against: str, ratio: str, reach: str, ok: str, what: str) -> str:
    """Return a line of columns of fixed width, as no row can wait for the next; `what`, of any width, comes last."""
    return f"{measured:>13}  {against:>13}  {ratio:>9}  {reach:<14}  {ok:<3}  {what}"


HEADER = _line("measured", "against", "ratio", "reach", "ok?", "what (against what, in the same run)")


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2 if value >= 1 else 4
    return f"{value:,.{digits}f} {unit}"

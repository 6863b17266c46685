"""The moment at which a run reaches a certain F1."""

from __future__ import annotations

EVERY = 120.0  # seconds of the run between two looks


class Reaching:
    """Finds the moment at which the F1 of a run first reaches `wanted`.

    It looks only every two minutes, as each look exports all texts; between two looks the F1 lies on a straight line.
    """

    def __init__(self, wanted: float | None) -> None:
        self._wanted = wanted
        self._due = 0.0
        self._last = (0.0, 0.0)  # the moment of the last look, in seconds, and the F1 then
        self.moment: float | None = None  # in seconds; None until it is reached

    def is_due(self, clock: float, *, at_the_end: bool) -> bool:
        """Return whether to look at `clock`, in seconds; False once the moment is found, or if none is sought."""
        return self._wanted is not None and self.moment is None and (at_the_end or clock >= self._due)

    def look(self, clock: float, f1: float) -> None:
        """Take in the F1 at `clock`, in seconds."""
        assert self._wanted is not None
        if f1 >= self._wanted:
            before, lower = self._last
            self.moment = before + (clock - before) * (self._wanted - lower) / (f1 - lower) if clock else 0.0
        self._last, self._due = (clock, f1), clock + EVERY

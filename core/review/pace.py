"""How fast a sitting goes, and how long it has to go."""

from __future__ import annotations

import time

WINDOW = 300.0  # seconds over which the pace is taken
LEAST = 3  # answers that it takes to say how long the rest will last


class Pace:
    """The answers of one sitting by their time; `seconds` is how long it is meant to last, None without an end."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._answered_at: list[float] = []
        self.begin()

    def begin(self) -> None:
        """Begin to count the time of this sitting, now."""
        self.began = time.monotonic()

    def answered(self) -> None:
        """An answer was given."""
        self._answered_at.append(time.monotonic())

    def taken_back(self) -> None:
        """The newest answer was taken back, which may be of an earlier sitting."""
        if self._answered_at:
            self._answered_at.pop()

    def rate(self) -> float:
        """Answers a minute over the last five minutes of this sitting, or over what there is of it."""
        now = time.monotonic()
        window = min(WINDOW, max(now - self.began, 10.0))
        return 60.0 * sum(at > now - window for at in self._answered_at) / window

    def minutes_left(self, left: int) -> float | None:
        """How long `left` answers take at this pace; None until there are a few answers to tell it by."""
        return left / self.rate() if len(self._answered_at) >= LEAST and self.rate() else None

    def seconds_to_go(self) -> float | None:
        """What is left of the time the sitting was meant to last, negative once it is over; None without an end."""
        return None if self._seconds is None else self._seconds - (time.monotonic() - self.began)

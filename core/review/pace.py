"""The pace of a sitting, and the time that it has left."""

from __future__ import annotations

import time

WINDOW = 300.0  # seconds at work; the pace is that of the last so many
LEAST = 3  # answers; with fewer there is no estimate of the time left
LONGEST = 60.0  # seconds between two keys; in a longer pause the annotator is away, and the rest does not count


class Pace:
    """The answers of one sitting by its time at work; `seconds` is its planned length, None without an end.

    Of a pause without a key, at most a minute counts as time at work.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._answered_at: list[float] = []  # seconds at work
        self.begin()

    def begin(self) -> None:
        """Start the clock of this sitting."""
        self.began = self._pressed_at = time.monotonic()
        self._at_work = 0.0  # seconds, until the last key
        self._answered_at.clear()

    def pressed(self) -> None:
        """Note that a key was pressed."""
        self._at_work = self._worked()
        self._pressed_at = time.monotonic()

    def answered(self) -> None:
        """Note that an answer was given."""
        self.pressed()
        self._answered_at.append(self._at_work)

    def taken_back(self) -> None:
        """Drop the newest answer of this sitting, if it has any."""
        if self._answered_at:
            self._answered_at.pop()

    def _worked(self) -> float:
        return self._at_work + min(time.monotonic() - self._pressed_at, LONGEST)

    def rate(self) -> float:
        """Return the answers a minute over the last five minutes at work, or since the start if that is less."""
        worked = self._worked()
        window = min(WINDOW, max(worked, 10.0))
        return 60.0 * sum(at > worked - window for at in self._answered_at) / window

    def minutes_left(self, left: int) -> float | None:
        """Return how many minutes `left` answers take at this pace; None before there are LEAST answers."""
        return left / self.rate() if len(self._answered_at) >= LEAST and self.rate() else None

    def seconds_to_go(self) -> float | None:
        """Return the seconds left of the planned length, negative once it is over; None without an end."""
        return None if self._seconds is None else self._seconds - (time.monotonic() - self.began)

"""How fast a sitting goes, and how long it has to go."""

from __future__ import annotations

import time

WINDOW = 300.0  # seconds at work over which the pace is taken
LEAST = 3  # answers that it takes to say how long the rest will last
LONGEST = 60.0  # seconds between two keys that count at most: who presses none for longer is away


class Pace:
    """The answers of one sitting by its time at work; `seconds` is how long it is meant to last, None without an end.

    Time at work leaves out what goes by without a key: of each pause a minute counts.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._answered_at: list[float] = []  # seconds at work
        self.begin()

    def begin(self) -> None:
        """Begin to count the time of this sitting, now."""
        self.began = self._pressed_at = time.monotonic()
        self._at_work = 0.0  # seconds, until the last key
        self._answered_at.clear()

    def pressed(self) -> None:
        """A key was pressed."""
        self._at_work = self._worked()
        self._pressed_at = time.monotonic()

    def answered(self) -> None:
        """An answer was given."""
        self.pressed()
        self._answered_at.append(self._at_work)

    def taken_back(self) -> None:
        """The newest answer was taken back, which may be of an earlier sitting."""
        if self._answered_at:
            self._answered_at.pop()

    def _worked(self) -> float:
        return self._at_work + min(time.monotonic() - self._pressed_at, LONGEST)

    def rate(self) -> float:
        """Answers a minute over the last five minutes at work, or over what there is of them."""
        worked = self._worked()
        window = min(WINDOW, max(worked, 10.0))
        return 60.0 * sum(at > worked - window for at in self._answered_at) / window

    def minutes_left(self, left: int) -> float | None:
        """How long `left` answers take at this pace; None until there are a few answers to tell it by."""
        return left / self.rate() if len(self._answered_at) >= LEAST and self.rate() else None

    def seconds_to_go(self) -> float | None:
        """What is left of the time the sitting was meant to last, negative once it is over; None without an end."""
        return None if self._seconds is None else self._seconds - (time.monotonic() - self.began)

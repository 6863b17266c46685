"""When a sitting gives out the next slice text, beside the examples of its order."""

from __future__ import annotations

from dataclasses import dataclass, replace

_ONE_IN = 12  # texts; at most one of so many is woven in
_LONGEST = 30.0  # seconds of an answer that count; an annotator who takes longer is away
# The greatest share of a sitting's seconds that slice texts take. It is far above the usual share: a bound that held
# often would favour short slice texts, and the sample would not be random.
_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Weave:
    """The texts answered in a sitting so far, how many of them were `woven` in, and the seconds of both."""

    answered: int = 0
    woven: int = 0
    seconds: float = 0.0
    woven_seconds: float = 0.0
    was_slice: bool = False  # whether the last text was a slice text

    def after(self, seconds: float, *, is_slice: bool, is_woven: bool) -> Weave:
        """Return the weave after an answer that took so many seconds, to a slice text or another."""
        seconds = min(seconds, _LONGEST)
        return replace(
            self,
            answered=self.answered + 1,
            woven=self.woven + is_woven,
            seconds=self.seconds + seconds,
            woven_seconds=self.woven_seconds + seconds * is_woven,
            was_slice=is_slice,
        )

    @property
    def is_due(self) -> bool:
        """Whether a slice text may come now: never first, never two in a row, and never too many."""
        if self.was_slice or _ONE_IN * (self.woven + 1) > self.answered + 1:
            return False
        one = self.woven_seconds / self.woven if self.woven else 0.0
        return self.woven_seconds + one <= _SHARE * (self.seconds + one)

"""When a sitting gives out the next text of the slice, beside what its order gives out."""

from __future__ import annotations

from dataclasses import dataclass, replace

_ONE_IN = 12  # texts, of which one at most is woven in
_LONGEST = 30.0  # seconds that one answer counts: whoever goes away over a text is not at work on it
# Of the seconds of a sitting, which they take at most. Far above what they take: a bound that holds often would give
# out more of them where they are short, so that the sample would be no random one.
_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Weave:
    """What was answered in a sitting so far: all texts, of these the `woven` ones, and the `seconds` of both."""

    answered: int = 0
    woven: int = 0
    seconds: float = 0.0
    woven_seconds: float = 0.0
    was_slice: bool = False  # the text before

    def after(self, seconds: float, *, is_slice: bool, is_woven: bool) -> Weave:
        """Return the weave after an answer that took so many seconds, to a text of the slice or another."""
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
        """Whether a text of the slice may come now: never first, never two in a row, and never too many."""
        if self.was_slice or _ONE_IN * (self.woven + 1) > self.answered + 1:
            return False
        one = self.woven_seconds / self.woven if self.woven else 0.0
        return self.woven_seconds + one <= _SHARE * (self.seconds + one)

"""What a replay must reach: by how much what was learned may fall behind, and must be ahead, in the same run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

SHARES = ("10%", "20%", "40%")
_LEARNED, _TODAY, _TODAYS_REST = "learned", "today", "today's rest, first readings learned"
_OWN = {("wikigold_pairs.jsonl", ("spacy", "small"))}  # the files for which more is to be reached, with their systems


class Target(NamedTuple):
    """A figure, what it is measured against in the same run, and the bound on what comes of both.

    That is their difference, their ratio if `is_ratio`, or the figure itself if there is nothing it is against.
    """

    what: str
    measured: float
    against: float | None
    word: str  # "at least" or "at most"
    bound: float
    is_ratio: bool = False

    @property
    def value(self) -> float:
        if self.against is None:
            return self.measured
        return self.measured / self.against if self.is_ratio else self.measured - self.against

    @property
    def ok(self) -> bool:
        return self.value <= self.bound if self.word == "at most" else self.value >= self.bound

    def as_object(self) -> dict[str, Any]:
        return {**self._asdict(), "value": self.value, "ok": self.ok}


def targets(found: Mapping[str, Any]) -> Iterator[Target]:
    """Yield what `found` reaches: figures are the means of all seeds."""
    own = (found["file"], tuple(found["systems"])) in _OWN
    f1 = {at: {rest: each["mean"] for rest, each in rests.items()} for at, rests in found["f1"].items()}
    right = {name: each["mean"] for name, each in found["first_reading_right"].items()}
    for at, ahead in (("15 min", 0.045), ("30 min", 0.055), ("60 min", 0.045)) if own else ():
        yield Target(f"F1 of the export at {at}, against today's", f1[at][_LEARNED], f1[at][_TODAY], "at least", ahead)
    for at in SHARES:
        better = max(f1[at][_TODAY], f1[at][_TODAYS_REST])
        yield Target(
            f"F1 of the export at {at} of the time, against today's", f1[at][_LEARNED], better, "at least", -0.01
        )
    if own:
        yield Target("first reading right", right["learned"], None, "at least", 0.49)
    other = max(right["left"], right["most frequent"])
    yield Target("first reading right, against the better other", right["learned"], other, "at least", -0.02)
    if own:
        yield Target(
            "calibration error of the first reading", found["calibration_error"]["mean"], None, "at most", 0.05
        )
    if keys := found["keys"]:
        bounds = (0.90, 0.85) if own else (1.02, 1.02)
        for name, bound in zip(("a_difference", "a_difference_without_accepting"), bounds, strict=True):
            what = f"keys {name.replace('_', ' ')}, against the left reading first"
            learned, left = (keys[game][name]["mean"] for game in ("learned", "left"))
            yield Target(what, learned, left, "at most", bound, is_ratio=True)

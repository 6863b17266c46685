"""The targets of a replay: how much learning may lose at most, and must gain at least, in the same run.

"Today" is the product before anything is learned: by disagreement, the left reading first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

SHARES = ("10%", "20%", "40%")
_BY_ITSELF, _LEARNED_REST, _PRODIGY = "by itself", "disagreement", "simulated Prodigy"
_WITH_SLICE = "by itself, with the slice"
_TODAY, _TODAYS_REST = "today", "today's rest, first readings learned"
_OWN = {("wikigold_pairs.jsonl", ("spacy", "small"))}  # files with further targets, and their systems


class Target(NamedTuple):
    """A figure, its baseline in the same run (`against`), and the `bound` on its `value`.

    The value is their difference, their ratio if `is_ratio`, or the figure itself if it has no baseline.
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
    """Yield the targets with the figures of `found`, the means of all seeds."""
    f1 = {at: {name: each["mean"] for name, each in runs.items()} for at, runs in found["f1"].items()}
    own = (found["file"], tuple(found["systems"])) in _OWN
    if own:
        yield from _of_an_hour(found, f1)
        for at, behind in (("15 min", -0.015), ("30 min", -0.01), ("60 min", -0.01)):
            what = f"F1 at {at} with the slice, its time charged, against without"
            yield Target(what, f1[at][_WITH_SLICE], f1[at][_BY_ITSELF], "at least", behind)
    for at in SHARES:
        better = max(f1[at][_TODAY], f1[at][_TODAYS_REST])
        for run, what in ((_BY_ITSELF, "by itself"), (_LEARNED_REST, "by disagreement, learned")):
            yield Target(f"F1 at {at} of the time {what}, against today's", f1[at][run], better, "at least", -0.01)
    yield from _of_first_readings(found, own=own)
    for kind, what in (("added", "added marks offered that are right"), ("dropped", "offers to drop that are right")):
        if (right := found["offers"][f"{kind}_right"]["mean"]) is not None:
            yield Target(what, right, None, "at least", 0.5)
    yield from _of_keys(found["keys"], own=own)


def _of_an_hour(found: Mapping[str, Any], f1: Mapping[str, Mapping[str, float]]) -> Iterator[Target]:
    for at, ahead in (("15 min", 0.065), ("30 min", 0.10), ("60 min", 0.12)):
        here = f1[at]
        yield Target(
            f"F1 at {at} by itself, against simulated Prodigy", here[_BY_ITSELF], here[_PRODIGY], "at least", ahead
        )
    for at, ahead in (("15 min", 0.045), ("30 min", 0.055), ("60 min", 0.045)):
        here = f1[at]
        yield Target(
            f"F1 at {at} by disagreement, learned, against today's",
            here[_LEARNED_REST],
            here[_TODAY],
            "at least",
            ahead,
        )
    minutes = found["minutes_to_prodigys_hour"][_BY_ITSELF]["mean"]
    yield Target("minutes to the F1 of simulated Prodigy's hour, by itself", minutes, None, "at most", 27)
    errors = found["errors_fixed"]["value"]["mean"]
    yield Target("left system's errors fixed at 20% by value, the left first", errors, None, "at least", 0.295)


def _of_first_readings(found: Mapping[str, Any], *, own: bool) -> Iterator[Target]:
    right = {name: each["mean"] for name, each in found["first_reading_right"].items()}
    if own:
        yield Target("first reading right", right["learned"], None, "at least", 0.49)
    other = max(right["left"], right["most frequent"])
    yield Target("first reading right, against the better other", right["learned"], other, "at least", -0.02)
    if own:
        error = found["calibration_error"]["mean"]
        yield Target("calibration error of the first reading", error, None, "at most", 0.05)


def _of_keys(keys: Mapping[str, Any], *, own: bool) -> Iterator[Target]:
    bounds = (0.90, 0.85) if own else (1.02, 1.02)
    for name, bound in zip(("a_difference", "a_difference_without_accepting"), bounds, strict=True) if keys else ():
        what = f"keys {name.replace('_', ' ')}, against the left reading first"
        learned, left = (keys[game][name]["mean"] for game in ("learned", "left"))
        yield Target(what, learned, left, "at most", bound, is_ratio=True)

"""Keys a gold span (or a difference) by purpose, over the halves of a run, and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.player_keys.playing import Played, PlayedText
from benchmarks.player_keys.purposes import PURPOSES

HALVES = ("first half", "second half", "all")


class Ratio(NamedTuple):
    """The ratio of two runs' keys over a part of the same texts; `most` is the target, if it has one.

    `spare` is the ratio without the keys that accept.
    """

    what: str
    ratio: float
    spare: float
    most: float | None = None


def figures(texts: Sequence[PlayedText], per: str = "spans") -> dict[str, Any]:
    """Return the keys of these texts, in all and for each of their `spans` or `differences` (`per`)."""
    purposes = sum((each.purposes for each in texts), Counter[str]())
    units = sum(each.spans if per == "spans" else each.differences for each in texts)
    keys = purposes.total()
    return {
        "texts": len(texts),
        per: units,
        "keys": keys,
        "each": keys / max(units, 1),
        "each_without_accepting": (keys - purposes["accept"]) / max(units, 1),
        "edited": sum(each.edited for each in texts) / max(units, 1),
        "purposes": {name: purposes[name] / max(units, 1) for name in PURPOSES},
    }


def halves(played: Played, per: str = "spans") -> dict[str, Any]:
    """Return the figures of the first and the second half of the texts, and of all."""
    middle = len(played.texts) // 2
    parts = (played.texts[:middle], played.texts[middle:], played.texts)
    return {name: figures(part, per) for name, part in zip(HALVES, parts, strict=True)}


def ratio(what: str, run: Played, against: Played, part: str = "all", most: float | None = None) -> Ratio:
    """Compare two runs over the texts in a part of `run` that both have answered."""
    middle = len(run.texts) // 2
    texts = {"all": run.texts, "first half": run.texts[:middle], "second half": run.texts[middle:]}[part]
    others = {each.text: each for each in against.texts}
    both = [(each, others[each.text]) for each in texts if each.text in others]
    sides = [[pair[side] for pair in both] for side in (0, 1)]
    ours, theirs = (sum(each.purposes.total() for each in side) for side in sides)
    accepting = len(both)
    return Ratio(what, ours / max(theirs, 1), (ours - accepting) / max(theirs - accepting, 1), most)


def table(runs: Mapping[str, Played], per: str = "spans") -> Iterator[str]:
    """Yield a line for each half of each run, and for all of it."""
    unit = per.removesuffix("s")
    columns = (f"keys a {unit}", "no accept", "edited", *PURPOSES)
    width = max(map(len, runs), default=0)
    yield f"{'':{width}}  {'':11}  {'texts':>5}  {per:>11}  " + "  ".join(f"{name:>9}" for name in columns)
    for name, played in runs.items():
        for part, found in halves(played, per).items():
            values = (found["each"], found["each_without_accepting"], found["edited"], *found["purposes"].values())
            cells = "  ".join(
                f"{value:>{max(9, len(column))}.2f}" for value, column in zip(values, columns, strict=True)
            )
            yield f"{name:{width}}  {part:11}  {found['texts']:>5}  {found[per]:>11}  {cells}"
    for name, played in runs.items():
        if played.given_up:
            yield f"{name}: {len(played.given_up)} texts given up; no figure counts them"


def ratio_lines(ratios: Sequence[Ratio]) -> Iterator[str]:
    """Yield each ratio, and whether it reaches its target."""
    for each in ratios:
        aim = "" if each.most is None else f"; at most {each.most:g}: {'yes' if each.ratio <= each.most else 'NO'}"
        yield f"{each.ratio:.2f}x ({each.spare:.2f}x without the keys that accept)  {each.what}{aim}"

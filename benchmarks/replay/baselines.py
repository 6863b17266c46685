"""The baselines of a replay, without a session: other orders, and simulated Prodigy."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from benchmarks.replay.data import GoldData
from benchmarks.replay.export import f1
from benchmarks.replay.play import Reviewed
from benchmarks.replay.prices import version_seconds
from tiebreak.core.records import Span
from tiebreak.core.tasks.registry import rules_of


def fixed(reviewed: Iterable[Reviewed], moment: float, errors: int) -> float:
    """Return the share of the left system's `errors` in the texts answered by `moment`, in seconds."""
    clock, found = 0.0, 0
    for each in reviewed:
        if clock < moment:
            found += each.errors
        clock += each.seconds
    return found / max(errors, 1)


def at_random(reviewed: Sequence[Reviewed], seed: int) -> list[Reviewed]:
    """Return the texts in a random order."""
    shuffled = sorted(reviewed, key=lambda each: each.text.text)
    random.Random(f"at random {seed}").shuffle(shuffled)
    return shuffled


def by_an_oracle(reviewed: Sequence[Reviewed]) -> list[Reviewed]:
    """Return the texts, those with most errors a second first."""
    return sorted(reviewed, key=lambda each: -each.errors / max(each.seconds, 1e-9))


def prodigy_f1(data: GoldData, moments: Sequence[float]) -> list[float]:
    """Return the F1 of an export at each of the `moments`, in seconds, if whole versions are reviewed in text order."""
    answered, clock = 0, 0.0
    found = []
    for moment in sorted(moments):
        while answered < len(data.texts) and clock < moment:
            clock += _version_seconds(data, answered)
            answered += 1
        pairs = [
            (text.gold, text.gold if number < answered else data.marks(text, data.systems[0]))
            for number, text in enumerate(data.texts)
        ]
        found.append(f1(pairs))
    return found


def _version_seconds(data: GoldData, number: int) -> float:
    """Return the seconds to bring one text to the gold, starting from the best of the whole versions."""
    text = data.texts[number]
    rules = rules_of(data.task)
    readings = {name: rules.marks_of(each) for name, each in text.predictions.items()}
    differences = rules.differences(readings)
    gold = {*text.gold}.difference(rules.agreed(readings))
    wrong = dict.fromkeys(readings, 0) if differences else {}
    for difference in differences:
        place = Span(difference.start, difference.end, "")
        inside = {
            mark
            for mark in gold
            if (mark.overlaps(place) if isinstance(mark, Span) else mark.label == difference.label)
        }
        gold -= inside
        for name in wrong:
            wrong[name] += {*difference.readings[name]} != inside
    agreed_wrong = {*rules.agreed(readings)}.difference(text.gold)
    return version_seconds(text.words, wrong.values(), len(gold) + len(agreed_wrong), data.task)

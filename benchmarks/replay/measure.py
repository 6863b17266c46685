"""Runs of several seeds side by side, and the mean and range of their figures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import inf
from statistics import mean
from typing import Any

from benchmarks.game import Game
from benchmarks.replay.baselines import at_random, by_an_oracle, fixed, prodigy_f1
from benchmarks.replay.data import GoldData
from benchmarks.replay.export import LEARNED, TODAY
from benchmarks.replay.keys import play_keys
from benchmarks.replay.offers import offered_figures
from benchmarks.replay.play import Looks, Run, Settled, Way, play
from tiebreak.core.records import TaskKind
from tiebreak.core.review.first import First
from tiebreak.core.selection.filter import Order

BY_ITSELF, BY_VALUE, BY_DISAGREEMENT = Way(None), Way(Order.VALUE), Way(Order.DISAGREEMENT)
WITH_SLICE = BY_ITSELF._replace(slices=True)
LEFT_FIRST = Way(Order.DISAGREEMENT, First.LEFT, learns=False)
BY_VALUE_LEFT_FIRST = Way(Order.VALUE, First.LEFT)
BY_COUNT_LEFT_FIRST = BY_VALUE_LEFT_FIRST._replace(learns=False)  # by value, before anything is learned

MINUTES = (15, 30, 60)
HOUR = 3600.0
SHARES = (0.1, 0.2, 0.4)  # of the time that all texts take with the left reading first
FIXED_AT = 0.2  # of the same time; then the fixed errors are counted
_SETTLED = 300  # differences; only later differences count for the calibration error
_BINS = 10

Figures = dict[str, Any]


def measure(data: GoldData, seeds: int, *, keys: bool) -> Figures:
    """Replay `data` under each seed; every figure is an object of its mean, range and the value of each seed."""
    first = play(data, 0, LEFT_FIRST)
    plays = keys and data.task.kind is TaskKind.SPANS
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(_measure_seed, data, first.seconds, seed) for seed in range(seeds)]
        games = [
            {first.value: pool.submit(play_keys, data, seed, first) for first in (First.LEARNED, First.LEFT)}
            for seed in range(seeds if plays else 0)
        ]
        found = [run.result() for run in runs]
        pressed = [_keys({name: game.result() for name, game in each.items()}) for each in games]
    return {
        "task": data.task.value,
        "systems": data.systems,
        "texts": len(data.texts),
        "differences": len(first.settled),
        "minutes": first.seconds / 60,
        "seeds": seeds,
        **_together(found),
        "keys": _together(pressed) if pressed else {},
    }


def _keys(games: Mapping[str, Game]) -> Figures:
    """Return the keys of each game over the texts that all games have settled."""
    common = set.intersection(*[{*game.settled} for game in games.values()])
    found = {}
    for name, game in games.items():
        settled = [game.settled[text] for text in common]
        keys, differences = (sum(counts) for counts in zip((0, 0), *settled, strict=True))
        found[name] = {
            "texts": len(common),
            "differences": differences,
            "keys": keys,
            "given_up": len(game.given_up),
            "a_difference": keys / max(differences, 1),
            "a_difference_without_accepting": (keys - len(common)) / max(differences, 1),
        }
    return found


def moments(whole: float) -> dict[str, float]:
    """Return the moments at which to look at a run, in seconds, by name; `whole` is the time of all texts."""
    return {f"{each} min": 60.0 * each for each in MINUTES} | {f"{each:.0%}": each * whole for each in SHARES}


def _measure_seed(data: GoldData, whole: float, seed: int) -> Figures:
    named = moments(whole)
    times = sorted(named.values())
    prodigy = prodigy_f1(data.shuffled(seed), times)
    looks = Looks(times, (LEARNED,), max(times), reach=prodigy[times.index(HOUR)])
    left = play(data, seed, LEFT_FIRST, looks._replace(rests=(TODAY,), until=inf, reach=None))
    by_itself = play(data, seed, BY_ITSELF, looks._replace(until=inf))
    runs = {
        "by itself": by_itself,
        "by itself, with the slice": play(data, seed, WITH_SLICE, looks),
        "value": play(data, seed, BY_VALUE, looks),
        "disagreement": play(data, seed, BY_DISAGREEMENT, looks._replace(rests=(LEARNED, TODAY))),
    }
    f1 = {name: run.f1[LEARNED] for name, run in runs.items()}
    f1 |= {
        "today's rest, first readings learned": runs["disagreement"].f1[TODAY],
        "today": left.f1[TODAY],
        "simulated Prodigy": prodigy,
    }
    return {
        "f1": {name: {rest: f1[rest][times.index(moment)] for rest in f1} for name, moment in named.items()},
        "minutes_to_prodigys_hour": {name: _minutes(run.reached) for name, run in runs.items()},
        "first_reading_right": _right(by_itself.settled),
        "calibration_error": calibration_error(by_itself.settled[_SETTLED:]),
        "errors_fixed": _errors_fixed(data, left, FIXED_AT * whole, seed),
        "offers": offered_figures([each for text in by_itself.reviewed for each in text.offered]),
        "minutes_by_itself": by_itself.seconds / 60,
        "learning_ms": 1000 * mean(by_itself.learning),
    }


def _errors_fixed(data: GoldData, left: Run, moment: float, seed: int) -> Figures:
    """Return the share of the left system's errors fixed by `moment`, by order, with the left reading first."""
    until = Looks(until=moment)
    orders = {
        "random": at_random(left.reviewed, seed),
        "disagreement": left.reviewed,
        "count a second": play(data, seed, BY_COUNT_LEFT_FIRST, until).reviewed,
        "value": play(data, seed, BY_VALUE_LEFT_FIRST, until).reviewed,
        "oracle": by_an_oracle(left.reviewed),
    }
    errors = sum(each.errors for each in left.reviewed)
    return {name: fixed(order, moment, errors) for name, order in orders.items()}


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60


def _right(settled: Sequence[Settled]) -> dict[str, float]:
    return {
        "learned": mean(each.shown for each in settled),
        "left": mean(each.left for each in settled),
        "most frequent": mean(each.frequent for each in settled),
    }


def calibration_error(settled: Iterable[Settled]) -> float | None:
    """Return the expected calibration error (Naeini et al. 2015), None without probabilities.

    It is the mean distance of probabilities from how often they come true, over bins of equal width. A bin's weight is
    the number of probabilities in it.
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for each in settled:
        if each.probability is not None:
            number = min(int(each.probability * _BINS), _BINS - 1)
            bins.setdefault(number, []).append((each.probability, each.shown))
    count = sum(map(len, bins.values()))
    if not count:
        return None
    return sum(abs(sum(probability - right for probability, right in each)) for each in bins.values()) / count


def _together(found: Sequence[Figures]) -> Figures:
    """Return the figures of all seeds as one: each number becomes an object of `mean`, `least`, `most` and `seeds`."""
    first = found[0]
    if isinstance(first, dict):
        return {name: _together([each[name] for each in found]) for name in first}
    known = [each for each in found if each is not None]
    if not known:
        return {"mean": None, "least": None, "most": None, "seeds": list(found)}
    return {"mean": mean(known), "least": min(known), "most": max(known), "seeds": list(found)}

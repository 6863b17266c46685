"""Many processes of one plan, and their figures: how often the intervals hold, how wide and how biased they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import mean, pstdev
from typing import NamedTuple
from zlib import crc32

from benchmarks.estimates.corpus import Corpus
from benchmarks.estimates.judging import ERRORS, EXPORT, Judged, judge, judge_by_slice_alone
from benchmarks.estimates.process import Plan, Process

SHARES = (0.1, 0.25, 0.5)
SLICE_TEXTS = 30  # slice texts from which on widths are compared with those of the slice alone
COUNTED = 0.2  # the share of the runs that must have an estimate for a cell to count


class Cell(NamedTuple):
    """One measure of one system at one moment, over all runs that had an estimate of it.

    Shares are 0 to 1. `bias` is the mean of estimate minus truth, and `noise` its standard error. `against_slice` is
    the mean width as a share of the width by the slice alone, None if there were too few slice texts.
    """

    system: str
    measure: str
    runs: int
    cover: float
    width: float
    bias: float
    noise: float
    against_slice: float | None


class Row(NamedTuple):
    """All cells of a plan with a slice of this size, when this share of the texts was given out.

    `estimated` is the share of runs with an estimate, `sampled` the mean number of texts that the estimates rest on.
    """

    texts: str
    plan: str
    size: int
    share: float
    estimated: float
    sampled: float
    cells: tuple[Cell, ...]

    @property
    def measured(self) -> list[Cell]:
        """The cells of precision, recall and F1; empty if too few runs had an estimate for figures to mean anything."""
        return [each for each in self.cells if each.measure != ERRORS and self.estimated >= COUNTED]

    @property
    def of_errors(self) -> list[Cell]:
        """The cells of the errors left; empty under the same condition."""
        return [each for each in self.cells if each.measure == ERRORS and self.estimated >= COUNTED]


def simulate(name: str, corpus: Corpus, plan: tuple[str, Plan], size: int, runs: int) -> list[Row]:
    """Play the plan `runs` times with a slice of this size, and judge it at each share of the texts."""
    judged: dict[float, list[list[Judged]]] = defaultdict(list)
    alone: dict[float, list[list[Judged]]] = defaultdict(list)
    sampled: dict[float, list[int]] = defaultdict(list)
    first = crc32(f"{name} {plan[0]} {size}".encode())  # so that no two rows share their random numbers
    for run in range(runs):
        process = Process(corpus, plan[1], size, first + run)
        for share, state in zip(SHARES, process.states(SHARES), strict=False):
            if found := judge(corpus, state):
                judged[share].append(found)
                alone[share].append(judge_by_slice_alone(corpus, state, SLICE_TEXTS))
                sampled[share].append(int((state.drawn & ~state.reached & state.answered).sum()))
    return [
        Row(
            name,
            plan[0],
            size,
            share,
            len(judged[share]) / runs,
            mean(sampled[share] or [0]),
            cells_of(judged[share], alone[share]),
        )
        for share in SHARES
    ]


def cells_of(judged: Iterable[Sequence[Judged]], alone: Iterable[Sequence[Judged]]) -> tuple[Cell, ...]:
    """Return the cells of all runs from their judgements, and from those of the same runs by the slice alone."""
    by_cell, by_cell_alone = _by_cell(judged), _by_cell(alone)
    return tuple([_cell(found, by_cell_alone.get(cell, [])) for cell, found in by_cell.items()])


def _by_cell(judged: Iterable[Sequence[Judged]]) -> dict[tuple[str, str], list[Judged]]:
    found: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for run in judged:
        for each in run:
            found[each.system, each.measure].append(each)
    return found


def _cell(found: Sequence[Judged], alone: Sequence[Judged]) -> Cell:
    width = _width(found)
    off = [each.interval.value - each.truth for each in found]
    return Cell(
        found[0].system,
        found[0].measure,
        len(found),
        mean(each.interval.low <= each.truth <= each.interval.high for each in found),
        width,
        mean(off),
        pstdev(off) / sqrt(len(off)),
        width / _width(alone) if alone and found[0].system != EXPORT else None,
    )


def _width(found: Iterable[Judged]) -> float:
    return mean(each.interval.high - each.interval.low for each in found)

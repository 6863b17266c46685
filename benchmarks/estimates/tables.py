"""The figures of the simulation as tables, beside their targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import mean
from typing import Any

from benchmarks.estimates.accepting import looks
from benchmarks.estimates.simulating import Cell, Row

HEADER = (
    f"{'texts':12} {'process':26} {'slice':>5} {'at':>4} {'est.':>5} {'n':>4} {'cover':>6} {'least':>6} "
    f"{'errors':>6} {'width':>6} {'alone':>6} {'bias':>7}  least cell"
)


def line(row: Row) -> str:
    """Return the row as a line of the table."""
    start = f"{row.texts:12} {row.plan:26} {row.size:5} {row.share:4.0%} {row.estimated:5.0%}"
    if not row.measured:
        return f"{start}    -"
    least = min(row.measured, key=lambda each: each.cover)
    alone = [each.against_slice for each in row.measured if each.against_slice is not None]
    return (
        f"{start} {row.sampled:4.0f} {_cover(row.measured):6.1%} {least.cover:6.1%} {_least(row.of_errors):6.1%} "
        f"{mean(each.width for each in row.measured):6.3f} {_share(alone):>6} {_most_biased(row.measured).bias:+7.4f}  "
        f"{least.system} {least.measure}"
    )


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the figures of all rows together, each with its target in brackets."""
    complete = [row for row in rows if row.measured and "missing" not in row.plan]
    lacking = [row for row in rows if row.measured and "missing" in row.plan]
    if complete:
        cells = [each for row in complete for each in row.measured]
        beyond = sum(abs(each.bias) > max(0.005, 2 * each.noise) for each in cells)
        worst = _most_biased(cells)
        yield f"cover of {len(cells)} cells: mean {_cover(cells):.1%} (94 to 97%), least {_least(cells):.1%} (92%)"
        yield f"below 92%: {sum(each.cover < 0.92 for each in cells)} cells"
        yield f"bias beyond .005 and 2 standard errors: {beyond} cells; largest {worst.bias:+.4f} +- {worst.noise:.4f}"
        yield f"errors left: cover {_cover([each for row in complete for each in row.of_errors]):.1%}"
    if lacking:
        yield f"with missing answers: least {_least([each for row in lacking for each in row.measured]):.1%} (94%)"
    for share in sorted({row.share for row in complete}):
        at = [each.against_slice for row in complete if row.share == share for each in row.measured]
        if alone := [each for each in at if each is not None]:
            yield f"width against the slice alone, {share:.0%} reviewed: {mean(alone):.2f} (0.80)"


def accepting_lines(good: float, bad: float) -> Iterator[str]:
    """Yield how often the rest was accepted automatically: `good` with 1% wrong, `bad` with 5% wrong."""
    yield f"auto-accept, bound 5%, looks after {', '.join(map(str, looks()))} agreed slice texts"
    yield f"1% wrong: accepted in {good:.1%} of runs (80% or more); 5% wrong: in {bad:.1%} (5% or less)"


def as_object(row: Row) -> dict[str, Any]:
    """Return the row as an object of JSON."""
    return {**row._asdict(), "cells": [each._asdict() for each in row.cells]}


def _cover(cells: Iterable[Cell]) -> float:
    return mean(each.cover for each in cells)


def _least(cells: Iterable[Cell]) -> float:
    return min(each.cover for each in cells)


def _most_biased(cells: Iterable[Cell]) -> Cell:
    """Return the cell whose bias is furthest beyond its limit."""
    return max(cells, key=lambda each: abs(each.bias) / max(0.005, 2 * each.noise))


def _share(found: Sequence[float]) -> str:
    return f"{mean(found):.2f}" if found else "-"

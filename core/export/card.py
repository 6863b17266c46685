"""The contents of a data card: what an export contains, how it came about, and how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiebreak.core.export.records import ExportCounts
from tiebreak.core.insight.estimates import Estimates, make_estimates
from tiebreak.core.insight.findings import Finding
from tiebreak.core.insight.reflection import reflect
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.status import RunStatus, run_statuses
from tiebreak.core.store.team import answer_counts
from tiebreak.core.store.work_time import WorkTime, work_time


@dataclass(frozen=True)
class Card:
    """An export to `files`: what was `exported`, the current `runs`, the `answers` by annotator, the `work_time`.

    `findings` are what the models are sure to get wrong or right at the places that wait.
    """

    files: Sequence[str]
    task: Task
    exported: ExportCounts
    runs: Sequence[RunStatus]
    answers: dict[str, int]
    work_time: WorkTime
    estimates: Estimates
    findings: Sequence[Finding]


def make_card(store: Store, files: Sequence[str], exported: ExportCounts) -> Card:
    """Return the card of an export that was just written."""
    runs = [each for each in run_statuses(store) if each.current and not each.left_out]
    return Card(
        files,
        store.task,
        exported,
        runs,
        answer_counts(store),
        work_time(store),
        make_estimates(store),
        reflect(store).findings,
    )

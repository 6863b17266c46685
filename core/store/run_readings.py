"""Compare the predictions that several runs of one predictor make of the same texts."""

from __future__ import annotations

from collections.abc import Sequence

from tiebreak.core.records import Marks
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import encode_json
from tiebreak.core.store.status import RunStatus, run_statuses, with_changes
from tiebreak.core.store.task_columns import reader_of


def runs_of_several(store: Store) -> list[RunStatus]:
    """Return the runs with predictions of each compared predictor that has at least two such runs, with their changes.

    The runs of a predictor come together, the oldest first.
    """
    runs = [run for run in with_changes(store, run_statuses(store)) if run.ok and not run.left_out]
    names = [run.predictor for run in runs]
    several = [run for run in runs if names.count(run.predictor) > 1]
    return sorted(several, key=lambda run: (names.index(run.predictor), run.id))


def marks_by_run(store: Store, run_ids: Sequence[int], example_ids: Sequence[int]) -> dict[int, dict[int, Marks]]:
    """Return the marks of the runs' ok predictions of these examples: example -> run -> marks."""
    read, rules = reader_of(store), store.rules
    found: dict[int, dict[int, Marks]] = {}
    for marks, part in in_batches(sorted({*example_ids})):
        rows = store.execute(
            f"""
            SELECT example_id, run_id, spans, cats FROM predictions
            WHERE example_id IN ({marks}) AND status = 'ok' AND run_id IN (SELECT value FROM json_each(?))
            """,
            (*part, encode_json(list(run_ids))),
        )
        for example_id, run_id, spans, cats in rows:
            found.setdefault(example_id, {})[run_id] = rules.marks_of(read(example_id, spans, cats))
    return found

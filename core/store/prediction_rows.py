"""The rows of `predictions`: what stands in them, and whether one is to take the place of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.records import Prediction
from tiebreak.core.store.connection import Store, in_parts
from tiebreak.core.store.encoding import encode_json, encode_spans


class PredictionRow(NamedTuple):
    """A row of `predictions`, with its columns."""

    example_id: int
    run_id: int
    status: str
    spans: str | None
    cats: str | None
    dropped: str | None
    error: str | None
    mentions: str | None
    scores: str | None
    engine_id: int | None


def prediction_row(run_id: int, prediction: Prediction, engine_id: int | None) -> PredictionRow:
    """Return the row for what the run says of an example."""
    return PredictionRow(
        prediction.example_id,
        run_id,
        prediction.status,
        encode_spans(prediction.spans) if prediction.error is None else None,
        encode_json(prediction.cats),
        encode_json(prediction.dropped or None),
        prediction.error,
        encode_json(prediction.mentions or None),
        encode_json(prediction.scores),
        engine_id,
    )


def is_news(row: PredictionRow, known: PredictionRow | None, reparsed: bool) -> bool:
    """Return whether the row is to take the place of the `known` one."""
    if known is None:
        return True
    if row.status == "failed":
        return row != known and (reparsed or known.status == "failed")  # who failed counts, so that none tries it twice
    return row._replace(engine_id=known.engine_id) != known


def known_rows(store: Store, run_id: int, example_ids: Sequence[int]) -> dict[int, PredictionRow]:
    """Return what the run has said of these examples so far, by example."""
    ok, failed = store.execute("SELECT ok, failed FROM runs WHERE id = ?", (run_id,)).fetchone()
    if not ok + failed:
        return {}
    columns = ", ".join(PredictionRow._fields)
    return {
        row[0]: PredictionRow(*row)
        for marks, part in in_parts(example_ids)
        for row in store.execute(
            f"SELECT {columns} FROM predictions WHERE run_id = ? AND example_id IN ({marks})", (run_id, *part)
        )
    }

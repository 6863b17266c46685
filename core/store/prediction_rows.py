"""The rows of the table `predictions`: how they are made, and when a new row replaces a known row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.records import Prediction
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import encode_json, encode_spans


class PredictionRow(NamedTuple):
    """A row of the table `predictions`."""

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
    """Return the row for a prediction of the run."""
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
    """Return whether the row replaces the `known` row."""
    if known is None:
        return True
    if row.status == "failed":
        return row != known and (reparsed or known.status == "failed")  # engine_id counts: no engine tries it twice
    return row._replace(engine_id=known.engine_id) != known


def known_rows(store: Store, run_id: int, example_ids: Sequence[int]) -> dict[int, PredictionRow]:
    """Return the rows that the run has for these examples so far, by example."""
    ok, failed = store.execute("SELECT ok, failed FROM runs WHERE id = ?", (run_id,)).fetchone()
    if not ok + failed:
        return {}
    columns = ", ".join(PredictionRow._fields)
    return {
        row[0]: PredictionRow(*row)
        for marks, part in in_batches(example_ids)
        for row in store.execute(
            f"SELECT {columns} FROM predictions WHERE run_id = ? AND example_id IN ({marks})", (run_id, *part)
        )
    }

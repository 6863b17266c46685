"""Counts of a store: what is there, predicted, compared, answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import engines

_COUNTS = {
    "examples": "SELECT count(*) FROM examples",
    "predicted": "SELECT count(*) FROM examples WHERE EXISTS "
    "(SELECT 1 FROM predictions WHERE example_id = examples.id AND status = 'ok')",
    "agreed": "SELECT count(*) FROM queue WHERE differences = 0",
    "disagreeing": "SELECT count(*) FROM queue WHERE differences > 0",
    "failed": "SELECT count(DISTINCT example_id) FROM current_predictions WHERE status = 'failed'",
    "answered": "SELECT count(DISTINCT example_id) FROM answers_in_force",
}


def store_status(store: Store) -> dict[str, Any]:
    """Counts over examples, and one entry a run.

    `predicted`: at least one ok prediction. `agreed` and `disagreeing`: compared, that is at least two ok predictions.
    `failed`: some predictor's newest prediction failed. `answered`: an answer of anybody is in force.
    """
    counts: dict[str, Any] = {name: store.execute(sql).fetchone()[0] for name, sql in _COUNTS.items()}
    return {**counts, "task": store.task.value, "runs": run_statuses(store), "engines": engine_statuses(store)}


def engine_statuses(store: Store) -> list[dict[str, Any]]:
    """One object an engine that is at work, the newest first."""
    return [asdict(engine) for engine in engines(store, live=True)]


def mention_counts(store: Store, run_id: int) -> dict[str, int]:
    """What became of the mentions in the answers of an LLM's run: outcome -> how many, the most frequent first."""
    return dict(
        store.execute(
            "SELECT outcome.key, sum(outcome.value) FROM predictions, json_each(mentions) AS outcome "
            "WHERE run_id = ? AND mentions IS NOT NULL GROUP BY outcome.key ORDER BY 2 DESC, 1",
            (run_id,),
        ).fetchall()
    )


def run_statuses(store: Store) -> list[dict[str, Any]]:
    """One object a run, the oldest first; `current` marks the run whose predictions are compared."""
    columns = (
        *("id", "predictor", "kind", "model", "label_map", "fingerprint", "started_at", "ok", "failed", "calls"),
        *("reused", "prompt_tokens", "completion_tokens", "cost", "current"),
    )
    rows = store.execute(
        "SELECT runs.id, predictors.name, kind, model, label_map, fingerprint, started_at, ok, failed, calls, reused, "
        "prompt_tokens, completion_tokens, cost, "
        "activated = (SELECT max(activated) FROM runs AS newer WHERE newer.predictor_id = predictors.id) "
        "FROM runs JOIN predictors ON predictors.id = runs.predictor_id ORDER BY runs.id"
    ).fetchall()
    return [{**dict(zip(columns, row, strict=True)), "current": bool(row[-1])} for row in rows]


def failure_reasons(store: Store) -> list[tuple[str, str, int]]:
    """(predictor, reason, how many) of the current predictions that failed, the most frequent first."""
    return store.execute(
        "SELECT predictor, error, count(*) FROM current_predictions WHERE status = 'failed' "
        "GROUP BY predictor, error ORDER BY count(*) DESC, predictor, error"
    ).fetchall()

"""Conditions on `runs` and `predictions`: compared predictors, current runs, failures that still stand."""

from __future__ import annotations

from tiebreak.core.store.connection import Store

# The predictor of the run was not left out of the comparison.
IS_COMPARED = "runs.predictor_id NOT IN (SELECT id FROM predictors WHERE left_out_at IS NOT NULL)"

# The last activated run of a compared predictor, of its runs with an ok prediction.
IS_CURRENT = f"""(
    runs.ok > 0 AND {IS_COMPARED} AND runs.activated = (
        SELECT max(activated) FROM runs AS newer WHERE newer.predictor_id = runs.predictor_id AND newer.ok > 0
    )
)"""

# A failed prediction without a prediction by a newer run of the same predictor.
IS_FAILED = """(
    predictions.status = 'failed' AND NOT EXISTS (
        SELECT 1 FROM runs AS newer
        JOIN predictions AS later ON later.run_id = newer.id AND later.example_id = predictions.example_id
        WHERE newer.predictor_id = runs.predictor_id AND newer.activated > runs.activated
    )
)"""


def left_out_names(store: Store) -> list[str]:
    """Return the names of the predictors that were left out of the comparison, in the order in which they came."""
    return [name for (name,) in store.execute("SELECT name FROM predictors WHERE left_out_at IS NOT NULL ORDER BY id")]


def predictor_names(store: Store) -> list[str]:
    """Return the names of the compared predictors, the left one first."""
    return [name for (name,) in store.execute("SELECT name FROM predictors WHERE left_out_at IS NULL ORDER BY id")]

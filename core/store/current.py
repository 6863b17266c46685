"""Who is compared, which runs are current, which failures still stand: conditions on `runs` and `predictions`."""

from __future__ import annotations

from tiebreak.core.store.connection import Store

# Its predictor was not left out of the comparison.
IS_COMPARED = "runs.predictor_id NOT IN (SELECT id FROM predictors WHERE left_out_at IS NOT NULL)"

# Of the runs of a compared predictor that have predicted something, the one that was asked for last.
IS_CURRENT = f"""(
    runs.ok > 0 AND {IS_COMPARED} AND runs.activated = (
        SELECT max(activated) FROM runs AS newer WHERE newer.predictor_id = runs.predictor_id AND newer.ok > 0
    )
)"""

# Failed, and no newer run of the same predictor has said anything since.
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

"""Which runs are current, and which failures still stand: conditions on rows of `runs` and `predictions`."""

from __future__ import annotations

# Of the runs of its predictor that have predicted something, the one that was asked for last.
IS_CURRENT = """(
    runs.ok > 0 AND runs.activated = (
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

"""Conditions on a row of the queue: whether the example is answered, and by whom it is to be answered."""

from __future__ import annotations

from tiebreak.core.store.current import IS_COMPARED

OPEN = "queue.answered = 0"  # kept in the queue, with an index

# An example that `auto` accepted waits for a person again once the predictors no longer agree.
IS_ANSWERED = """EXISTS (
    SELECT 1 FROM answers_in_force AS force
    WHERE force.example_id = queue.example_id
        AND (queue.differences = 0 AND queue.predictors > 1 OR force.annotator <> 'auto')
)"""

# By the annotator that the question mark stands for; adjudications do not count as the adjudicator's own answers.
IS_ANSWERED_BY = """EXISTS (
    SELECT 1 FROM answers_in_force AS own
    WHERE own.example_id = queue.example_id AND own.annotator = ? AND own.view <> 'adjudicate'
)"""

# Predicted by at least two of the compared predictors, or by the only predictor.
IS_READ = f"""queue.predictors >= (
    SELECT max(1, min(2, count(DISTINCT predictor_id))) FROM runs WHERE ok > 0 AND {IS_COMPARED}
)"""

OVERLAP_BOUND = "overlap bound"  # a setting: examples with a smaller digest (hexadecimal) are in the overlap
IS_OVERLAP = f"""coalesce(
    hex(substr(queue.tie, 1, 4)) < (SELECT value FROM settings WHERE name = '{OVERLAP_BOUND}'), 0
)"""

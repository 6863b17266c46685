"""Whether an example is answered, and whose it is to answer: conditions on a row of the queue."""

from __future__ import annotations

from tiebreak.core.store.current import IS_COMPARED

OPEN = "queue.answered = 0"  # as the queue was told last, which an index knows

# An agreement that `auto` accepted and that is none any more waits for a person again.
IS_ANSWERED = """EXISTS (
    SELECT 1 FROM answers_in_force AS force
    WHERE force.example_id = queue.example_id
        AND (queue.differences = 0 AND queue.predictors > 1 OR force.annotator <> 'auto')
)"""

# By the one annotator that stands for the question mark; an adjudication is no answer of the adjudicator's own.
IS_ANSWERED_BY = """EXISTS (
    SELECT 1 FROM answers_in_force AS own
    WHERE own.example_id = queue.example_id AND own.annotator = ? AND own.view <> 'adjudicate'
)"""

# Read by as many predictors as are compared: by two at least, or by the only one where there is but one.
IS_READ = f"""queue.predictors >= (
    SELECT max(1, min(2, count(DISTINCT predictor_id))) FROM runs WHERE ok > 0 AND {IS_COMPARED}
)"""

OVERLAP_BOUND = "overlap bound"  # the setting: the digest in hexadecimal below which an example is of the overlap
IS_OVERLAP = f"""coalesce(
    hex(substr(queue.tie, 1, 4)) < (SELECT value FROM settings WHERE name = '{OVERLAP_BOUND}'), 0
)"""

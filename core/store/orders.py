"""The orders of a queue as SQL: the terms of ORDER BY."""

from __future__ import annotations

from collections.abc import Mapping

from tiebreak.core.selection.filter import AnyOrder, Order
from tiebreak.core.store.current import IS_CURRENT

# How sure the least sure predictor is of an example, 0 to 1: the smallest distance of a score from one half. If one of
# several categories holds, it is the best score (Lewis and Gale 1994: least confidence). An example without scores is
# the surest.
_IS_ONE_OF = "(SELECT value FROM settings WHERE name = 'task') = 'textcat'"
_SURENESS = f"""coalesce((
    SELECT min(CASE WHEN {_IS_ONE_OF} THEN best ELSE nearest END) FROM (
        SELECT max(score.value) AS best, min(abs(score.value - 0.5)) AS nearest
        FROM predictions JOIN runs ON runs.id = predictions.run_id,
            json_each(CASE WHEN json_valid(coalesce(scores, cats)) THEN coalesce(scores, cats) ELSE '[]' END) AS score
        WHERE predictions.example_id = {{id}} AND status = 'ok' AND score.type IN ('real', 'integer') AND {IS_CURRENT}
        GROUP BY predictions.run_id
    )
), 1.0)"""

# `{value}`, `{score}`, `{differences}` and `{tie}` stand for columns of the queue, `{id}` for the example's id.
ORDERS = {
    Order.VALUE: "{value} DESC, {tie}",
    Order.DISAGREEMENT: "{score} DESC, {differences} DESC, {tie}",
    Order.UNCERTAIN: f"{_SURENESS}, {{tie}}",
    Order.RANDOM: "{tie}",
    Order.SOURCE: "{id}",
    Order.SHORTEST: "length(examples.text), {id}",
    Order.RECENT: "{id} DESC",
}

# The columns of a `Rank`, for the orders that have an index.
RANKS: Mapping[AnyOrder, str] = {
    Order.VALUE: "-queue.value, queue.tie",
    Order.DISAGREEMENT: "-queue.score, -queue.differences, queue.tie",
}

# The same orders over compared examples only, by the columns of the index.
BY_INDEX: Mapping[AnyOrder, str] = {
    order: ORDERS[order].format(
        value="queue.value", score="queue.score", differences="queue.differences", tie="queue.tie"
    )
    for order in (Order.VALUE, Order.DISAGREEMENT)
}

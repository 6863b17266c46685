"""The orders of a queue as SQL: what stands behind ORDER BY."""

from __future__ import annotations

from tiebreak.core.selection.filter import Order

# `{score}`, `{differences}` and `{tie}` stand for columns of the queue, `{id}` for the example's.
ORDERS = {
    Order.VALUE: "{value} DESC, {tie}",
    Order.DISAGREEMENT: "{score} DESC, {differences} DESC, {tie}",  # as `Rank` sorts
    Order.RANDOM: "{tie}",
    Order.SOURCE: "{id}",
    Order.SHORTEST: "length(examples.text), {id}",
    Order.RECENT: "{id} DESC",
}

# The same of examples that are all compared, by the columns of an index; and what `Rank.of` takes.
BY_DISAGREEMENT = ORDERS[Order.DISAGREEMENT].format(
    score="queue.score", differences="queue.differences", tie="queue.tie"
)
RANK = "queue.score, queue.differences, queue.tie"

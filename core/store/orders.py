"""The orders of a queue as SQL: what stands behind ORDER BY."""

from __future__ import annotations

from tiebreak.core.selection.filter import Order

# `{score}`, `{differences}` and `{tie}` stand for columns of the queue, `{id}` for the example's.
ORDERS = {
    Order.VALUE: "{value} DESC, {tie}",
    Order.DISAGREEMENT: "{score} DESC, {differences} DESC, {tie}",
    Order.RANDOM: "{tie}",
    Order.SOURCE: "{id}",
    Order.SHORTEST: "length(examples.text), {id}",
    Order.RECENT: "{id} DESC",
}

# The columns of a `Rank`, by order: of those orders that an index gives.
RANKS = {
    Order.VALUE: "-queue.value, queue.tie",
    Order.DISAGREEMENT: "-queue.score, -queue.differences, queue.tie",
}

# The same orders of examples that are all compared, by the columns of an index.
BY_INDEX = {
    order: ORDERS[order].format(
        value="queue.value", score="queue.score", differences="queue.differences", tie="queue.tie"
    )
    for order in RANKS
}

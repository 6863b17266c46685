"""The probability with which each slice text was drawn, to weight by it."""

from __future__ import annotations

from tiebreak.core.store.answered import IS_READ
from tiebreak.core.store.connection import Store


def slice_probabilities(store: Store) -> dict[int, float]:
    """Return for the id of each drawn text the share of its load that the slice is by now, 0 to 1.

    A text that an order has reached since stands for itself: 1. The others stand for all texts of their load that no
    order has given out and nobody has answered.
    """
    rows = store.execute(
        """
        SELECT slice.example_id, slice.reached_at, slice_loads.first_id
        FROM slice JOIN slice_loads ON slice.example_id BETWEEN slice_loads.first_id AND slice_loads.last_id
        WHERE drawn_at IS NOT NULL
        """
    ).fetchall()
    standing = {
        first: (drawn, waiting)
        for first, drawn, waiting in store.execute(
            f"""
            SELECT first_id,
                (SELECT count(*) FROM slice
                 WHERE example_id BETWEEN first_id AND last_id AND drawn_at IS NOT NULL AND reached_at IS NULL),
                (SELECT count(*) FROM queue
                 WHERE example_id BETWEEN first_id AND last_id AND {IS_READ} AND NOT EXISTS (
                     SELECT 1 FROM answers WHERE answers.example_id = queue.example_id AND annotator <> 'auto'
                 ))
            FROM slice_loads
            """
        )
    }
    return {
        example_id: standing[first][0] / sum(standing[first]) if reached_at is None else 1.0
        for example_id, reached_at, first in rows
    }

"""The order that a sitting takes by itself: disagreement, until the values rest on enough answers."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.selection.filter import Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import compared_up_to
from tiebreak.core.store.valued import answers_behind_values

_LEAST = 5  # answers; with fewer the order is never by value
_ENOUGH = 500  # answers times compared examples: the fewer examples to choose from, the more an error costs


class Evidence(NamedTuple):
    """How many answers the values of the examples rest on, and how many it takes to order by value.

    `is_in_reach` is whether one answer an example would be enough.
    """

    answers: int
    needed: int
    is_in_reach: bool

    @property
    def order(self) -> Order:
        """The order that a sitting takes by itself."""
        return Order.VALUE if self.answers >= self.needed else Order.DISAGREEMENT


def evidence_of(store: Store) -> Evidence:
    """Return the evidence so far; this reads a few rows, no matter how large the store is."""
    compared = compared_up_to(store, _ENOUGH // _LEAST)
    needed = max(_LEAST, -(-_ENOUGH // max(compared, 1)))
    return Evidence(answers_behind_values(store), needed, needed <= compared)

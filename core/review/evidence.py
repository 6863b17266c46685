"""Which order a sitting takes by itself: by value once enough answers are behind the values, by disagreement before."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.selection.filter import Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import compared_up_to
from tiebreak.core.store.valued import answers_behind_values

_LEAST = 5  # answers, however many examples are compared
_ENOUGH = 500  # answers times compared examples: the fewer there are to choose from, the more an error costs


class Evidence(NamedTuple):
    """How many answers the values of the examples rest on, and how many it takes to go by them.

    `is_in_reach`: one answer an example would be enough.
    """

    answers: int
    needed: int
    is_in_reach: bool

    @property
    def order(self) -> Order:
        """The order that a sitting takes by itself."""
        return Order.VALUE if self.answers >= self.needed else Order.DISAGREEMENT


def evidence_of(store: Store) -> Evidence:
    """Return what there is by now; it reads a few rows, however large the store."""
    compared = compared_up_to(store, _ENOUGH // _LEAST)
    needed = max(_LEAST, -(-_ENOUGH // max(compared, 1)))
    return Evidence(answers_behind_values(store), needed, needed <= compared)

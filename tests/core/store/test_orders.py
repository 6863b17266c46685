"""The orders that an index gives are the same in SQL and in Python."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.selection.filter import Order
from tiebreak.core.selection.rank import rank_by_disagreement
from tiebreak.core.store.orders import BY_INDEX, ORDERS, RANKS

NUMBERS = st.sampled_from([0.0, 0.25, 0.5, 1.0])
PLACES = st.tuples(NUMBERS, st.integers(0, 3), st.binary(max_size=2), NUMBERS)


@pytest.mark.parametrize("order", list(RANKS))
@given(st.lists(PLACES, unique=True))
def test_a_rank_sorts_as_sqlite_does(order: Order, places: list[tuple[float, int, bytes, float]]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE queue (score REAL, differences INTEGER, tie BLOB, value REAL)")
        connection.executemany("INSERT INTO queue VALUES (?, ?, ?, ?)", places)
        rows = connection.execute(f"SELECT {RANKS[order]} FROM queue ORDER BY {BY_INDEX[order]}").fetchall()
    assert rows == sorted(rows)
    if order is Order.DISAGREEMENT:
        assert rows == sorted(rank_by_disagreement(*place[:3]) for place in places)


def test_every_order_has_its_columns() -> None:
    assert set(ORDERS) == set(Order)


def test_the_highest_score_comes_first_then_the_most_differences_then_the_lowest_digest() -> None:
    places = [(1.0, 1, b"b"), (0.5, 2, b"b"), (0.5, 1, b"a"), (0.5, 1, b"b")]
    ranks = [rank_by_disagreement(*place) for place in places]
    assert sorted(ranks) == ranks

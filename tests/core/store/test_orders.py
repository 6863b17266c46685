"""The order by disagreement is the same in SQL and in Python."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.selection.rank import Rank
from tiebreak.core.store.orders import BY_DISAGREEMENT, RANK

PLACES = st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.integers(0, 3), st.binary(max_size=2))


@given(st.lists(PLACES, unique=True))
def test_a_rank_sorts_as_sqlite_does(places: list[tuple[float, int, bytes]]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE queue (score REAL, differences INTEGER, tie BLOB)")
        connection.executemany("INSERT INTO queue VALUES (?, ?, ?)", places)
        rows = connection.execute(f"SELECT {RANK} FROM queue ORDER BY {BY_DISAGREEMENT}").fetchall()
    assert [Rank.of(*row) for row in rows] == sorted(Rank.of(*place) for place in places)


def test_the_highest_score_comes_first_then_the_most_differences_then_the_lowest_digest() -> None:
    ranks = [Rank.of(1.0, 1, b"b"), Rank.of(0.5, 2, b"b"), Rank.of(0.5, 1, b"a"), Rank.of(0.5, 1, b"b")]
    assert sorted(ranks) == ranks

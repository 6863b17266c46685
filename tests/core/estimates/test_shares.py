"""Bounds for shares, checked against tables and binomial numbers."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.estimates.quantiles import t_quantile
from tiebreak.core.estimates.shares import difference_of_shares, needed, upper_bound


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [(0.975, 9, 2.262157), (0.95, 9, 1.833113), (0.975, 30, 2.042272), (0.995, 19, 2.860935), (0.975, 1e9, 1.959964)],
)
def test_quantiles_of_t_are_those_of_the_tables(probability: float, freedom: float, quantile: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(quantile, abs=2e-4)
    assert t_quantile(1 - probability, freedom) == pytest.approx(-quantile, abs=2e-4)


@pytest.mark.parametrize(("bound", "texts"), [(0.02, 149), (0.05, 59), (0.1, 29)])
def test_without_an_error_it_takes_the_texts_that_are_known(bound: float, texts: int) -> None:
    assert needed(bound) == texts
    assert upper_bound(0, texts) <= bound < upper_bound(0, texts - 1)


@given(st.integers(0, 40), st.integers(1, 200), st.floats(0.5, 0.99))
def test_the_bound_is_where_so_few_wrong_ones_are_just_too_rare(wrong: int, n: int, level: float) -> None:
    bound = upper_bound(wrong, n, level)
    if wrong >= n:
        assert bound == 1
        return
    at_most = sum(comb(n, k) * bound**k * (1 - bound) ** (n - k) for k in range(wrong + 1))
    assert at_most == pytest.approx(1 - level, rel=1e-6)
    assert wrong / n < bound < upper_bound(wrong + 1, n, level)


@given(st.integers(0, 8), st.floats(0.02, 0.5))
def test_needed_is_the_least_number_that_will_do(wrong: int, bound: float) -> None:
    n = needed(bound, wrong=wrong)
    assert upper_bound(wrong, n) <= bound < upper_bound(wrong, n - 1)


def test_the_gap_of_two_shares_is_newcombes() -> None:
    """The example of Newcombe 1998, table II (a), method 10."""
    assert difference_of_shares(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_the_gap_turns_round_with_its_shares(one: int, more: int, other: int, others: int) -> None:
    low, high = difference_of_shares(one, one + more, other, other + others)
    turned = difference_of_shares(other, other + others, one, one + more)
    assert turned == pytest.approx((-high, -low))
    assert -1 <= low < high <= 1

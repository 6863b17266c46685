"""Showing the runner-up first: at which places, how often, what an answer keeps, and the effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_steps import learned_place, opened

from tiebreak.core.insight.anchoring import LIKELIER, OTHER, anchoring_of
from tiebreak.core.records import Difference, Learned, Span
from tiebreak.core.review.anchoring import anchored
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.queue import queue_item

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")
PLACE = Difference(0, 4, "label", {"left": (A,), "right": (B,)})


@given(st.floats(0, 0.5), st.text(max_size=8))
def test_a_runner_up_that_is_far_behind_never_stands_first(gap: float, text: str) -> None:
    one, two = 0.5 + gap / 2, 0.5 - gap / 2
    learned = Learned(9, (learned_place(((A,), one), ((B,), two)),))
    found = anchored(learned, [PLACE], text, 1.0)
    first = found.learned.places[0].candidates[0].marks
    assert first == ((B,) if one - two <= 0.15 else (A,))
    assert [each.is_swapped for each in found.close] == [True] * (one - two <= 0.15)


def test_so_many_of_the_places_are_swapped() -> None:
    learned = Learned(9, (learned_place(((A,), 0.5), ((B,), 0.45)),))
    swapped = [anchored(learned, [PLACE], str(number), 0.2).close[0].is_swapped for number in range(2000)]
    assert 0.16 < sum(swapped) / len(swapped) < 0.24


@pytest.fixture
def close_store(store: Store, predict: Predict) -> Store:
    """Twenty texts, each with two about equally likely labels."""
    texts = [f"text {number}" for number in range(20)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [B] for text in texts})
    for example_id in range(1, 21):
        item = queue_item(store, example_id)
        learned = Learned(9, (learned_place(((A,), 0.5), ((B,), 0.45)),))
        save_learned(store, [LearnedRow(example_id, basis_of(item.differences), learned)])
    return store


def test_what_is_swapped_asks_to_be_confirmed_and_is_kept(close_store: Store) -> None:
    session = ReviewSession(close_store, "sam", options=SessionOptions(anchoring=0.5))
    review, swapped = session.next(), 0
    for _ in range(20):
        review = opened(review)
        is_swapped = bool(review.swapped)
        assert review.choices[0].marks == ((B,) if is_swapped else (A,))
        swapped += is_swapped
        if is_swapped:
            review.confirm()
        assert not review.swapped
        review = session.answer(review, "accept", seconds=1.0, keys=1)
    found = anchoring_of(close_store)
    assert (found.places, found.swapped) == (20, swapped)
    assert 0 < swapped < 20
    for rank in (LIKELIER, OTHER):  # the first candidate was taken each time
        shown = found.by_rank[rank]
        assert shown.gap == 1.0
        assert shown.interval[0] > 0


def test_without_it_nothing_is_swapped_or_kept(close_store: Store) -> None:
    session = ReviewSession(close_store, "sam")
    review = opened(session.next())
    assert not review.close
    session.answer(review, "accept", seconds=1.0, keys=1)
    found = anchoring_of(close_store)
    assert (found.places, found.by_rank[LIKELIER].gap) == (0, None)

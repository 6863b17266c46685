"""Walking by value: each example once, even if its value changes, agreed examples mixed in, and a random start."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import answer

from tiebreak.core.queue.cold_start import COLD
from tiebreak.core.records import Span, Value
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, OPEN, WITH_AGREED, Order, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store import team
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import next_examples
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.valued import forget_values, save_values

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")
COUNT = 24


@pytest.fixture
def many(store: Store, predict: Predict) -> Store:
    """24 examples: two predictors differ on all but the last four."""
    texts = [f"text {number:02}" for number in range(COUNT)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] if number < COUNT - 4 else [A] for number, text in enumerate(texts)})
    return store


def give_values(store: Store, seed: int) -> None:
    ids = [id for (id,) in store.execute("SELECT example_id FROM queue WHERE answered = 0")]
    values = {id: Value(random.Random(f"{seed} {id}").random(), 1.0) for id in ids}
    save_values(store, values, ShortWrites(store), answers=5)


def by_value(store: Store, where: str) -> list[int]:
    sql = f"SELECT example_id FROM queue WHERE answered = 0 AND {where} ORDER BY value DESC, tie"
    return [id for (id,) in store.execute(sql)]


@pytest.mark.parametrize("queue", [DISAGREEING, QueueFilter.parse("score:>0.1"), WITH_AGREED])
@pytest.mark.parametrize("overlap", [0.0, 0.5])
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_each_waiting_example_comes_once_to_each_whatever_the_values_become(
    many: Store, queue: QueueFilter, overlap: float, seed: int
) -> None:
    team.set_overlap(many, overlap)
    expected = {id for (id,) in many.execute("SELECT example_id FROM queue")}
    expected -= (
        set()
        if queue is WITH_AGREED
        else {id for (id,) in many.execute("SELECT example_id FROM queue WHERE score = 0")}
    )
    common = {id for (id,) in many.execute("SELECT example_id FROM queue WHERE overlap = 1")}
    sessions = [ReviewSession(many, f"{name} {seed}", queue, order=Order.VALUE) for name in ("sam", "kim")]
    reviews = [session.next() for session in sessions]
    given_out: list[list[int]] = [[], []]
    step = 0
    while any(reviews):
        step += 1
        give_values(many, step * 1000 + seed)
        for at, review in enumerate(reviews):
            if review is not None:
                given_out[at].append(review.item.example.id)
                reviews[at] = answer(sessions[at], review)
            else:
                reviews[at] = sessions[at].next()
    for each in given_out:
        assert len(each) == len(set(each))
    assert set(given_out[0]) | set(given_out[1]) == expected
    assert set(given_out[0]) & set(given_out[1]) == common & expected
    for session in sessions:
        while session.undo() is not None:
            pass
        session.leave(None)


def test_the_examples_on_which_all_agree_stand_among_the_others_by_value(many: Store) -> None:
    give_values(many, 1)
    assert next_examples(many, WITH_AGREED, count=50, order=Order.VALUE) == by_value(many, "1")
    assert next_examples(many, DISAGREEING, count=50, order=Order.VALUE) == by_value(many, "score > 0")


@pytest.mark.parametrize("queue", [DISAGREEING, WITH_AGREED, OPEN])
def test_an_index_gives_the_next_by_value_and_nothing_is_sorted(many: Store, queue: QueueFilter) -> None:
    asked: list[str] = []
    many.connection.set_trace_callback(asked.append)
    next_examples(many, queue, order=Order.VALUE)
    many.connection.set_trace_callback(None)
    for sql in asked:
        plan = " ".join(row[3] for row in many.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert re.search(r"queue_(value \(answered=\? AND <expr>=\?\)|(open|agreed) \(answered=\?\))", plan)
        assert "TEMP B-TREE" not in plan


def test_a_list_follows_the_values_of_now(many: Store) -> None:
    session = ReviewSession(many, "sam", QueueFilter.parse("score:>0.1"), order=Order.VALUE)
    review = session.next()
    for _ in range(COLD):
        assert review is not None
        review = answer(session, review)
    for seed in range(4):
        give_values(many, seed)
        assert session.upcoming(50) == by_value(many, "score > 0")
        assert (following := session.next()) is not None
        assert following.item.example.id == by_value(many, "score > 0")[0]


@pytest.mark.parametrize("queue", [DISAGREEING, QueueFilter.parse("score:>0.1")])
def test_before_three_answers_the_next_are_at_random_of_the_best_quarter(many: Store, queue: QueueFilter) -> None:
    give_values(many, 2)
    first = ReviewSession(many, "sam", queue, order=Order.VALUE)
    ids = first.upcoming(COLD)
    assert ids != by_value(many, "score > 0")[:COLD]
    assert ids == ReviewSession(many, "kim", queue, order=Order.VALUE).upcoming(COLD)
    assert set(ids) <= set(by_value(many, "score > 0")[: (COUNT - 4) // 4])
    review = first.next()
    for _ in range(COLD):
        assert review is not None
        review = answer(first, review)
    assert review is not None
    assert review.item.example.id == by_value(many, "score > 0")[0]


def test_a_store_without_values_is_walked_by_differences_a_second(many: Store) -> None:
    give_values(many, 3)
    forget_values(many)
    session = ReviewSession(many, "sam", order=Order.VALUE)
    review, seen = session.next(), 0
    while review is not None:
        seen += 1
        assert review.selected_by == "value"
        review = answer(session, review)
    assert seen == COUNT - 4


def test_what_others_have_answered_of_the_overlap_stands_by_value(many: Store) -> None:
    team.set_overlap(many, 1.0)
    sam = ReviewSession(many, "sam")
    review = sam.next()
    for _ in range(5):
        assert review is not None
        review = answer(sam, review)
    give_values(many, 4)
    portion: Portion = team.portion_of(many, "kim")
    assert portion.overlap
    every = [id for (id,) in many.execute("SELECT example_id FROM queue WHERE score > 0 ORDER BY value DESC, tie")]
    kim = ReviewSession(many, "kim", order=Order.VALUE)
    assert kim.upcoming(50) == every

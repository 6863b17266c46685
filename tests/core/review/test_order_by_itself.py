"""The order that a sitting takes by itself: by disagreement, until the values rest on enough answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import pytest
from review_steps import answer

from tiebreak.core.records import Span, Value
from tiebreak.core.review.evidence import evidence_of
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, Order, QueueFilter
from tiebreak.core.store import sharing
from tiebreak.core.store.connection import Store
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.slices import set_slice_share
from tiebreak.core.store.valued import forget_values, save_values

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")
BLIND, ADJUDICATE, LEFT = SessionOptions(blind=True), SessionOptions(adjudicate=True), SessionOptions(first=First.LEFT)


class Compared(NamedTuple):
    store: Store
    ids: list[int]  # by disagreement


@pytest.fixture
def compared(store: Store, predict: Predict) -> Compared:
    """40 examples on which two predictors differ, none of them in the slice."""
    set_slice_share(store, 0)
    texts = [f"text {number}" for number in range(40)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    return Compared(store, ReviewSession(store, "nobody").upcoming(40))


def learn(compared: Compared, answers: int) -> None:
    """Save values that rest on a number of answers; the last example by disagreement becomes the first by value."""
    values = {id: Value(float(number), 1.0) for number, id in enumerate(compared.ids)}
    save_values(compared.store, values, ShortWrites(compared.store), answers=answers)


@pytest.mark.parametrize(("count", "needed"), [(1, 500), (22, 23), (40, 13), (99, 6), (100, 5), (250, 5)])
def test_the_fewer_examples_there_are_the_more_answers_it_takes(
    store: Store, predict: Predict, count: int, needed: int
) -> None:
    for name, spans in (("left", [A]), ("right", [])):
        predict(store, name, {f"text {number}": spans for number in range(count)})
    assert evidence_of(store) == (0, needed, count >= needed)


def test_an_empty_store_has_no_evidence(store: Store) -> None:
    assert evidence_of(store).order is Order.DISAGREEMENT


def test_a_sitting_begins_by_value_once_there_is_evidence(compared: Compared) -> None:
    for answers, order in ((12, Order.DISAGREEMENT), (13, Order.VALUE)):
        learn(compared, answers)
        assert ReviewSession(compared.store, "sam").order is order
    forget_values(compared.store)
    assert ReviewSession(compared.store, "sam").order is Order.DISAGREEMENT


def test_during_a_sitting_only_what_comes_next_changes(compared: Compared) -> None:
    for number in range(3):  # by other annotators, so that the start is not drawn at random
        early = ReviewSession(compared.store, f"early {number}")
        first = early.next()
        assert first is not None
        answer(early, first)
        early.leave(None)
    session = ReviewSession(compared.store, "sam")
    review = session.next()
    assert review is not None
    assert (session.order, review.selected_by) == (Order.DISAGREEMENT, "disagreement")
    learn(compared, 13)
    assert session.upcoming(1) == [review.item.example.id]
    assert not session.keep_up()
    assert session.order.value == "value"
    assert session.upcoming(1) == compared.ids[-1:]
    following = answer(session, review)
    assert following is not None
    assert (following.item.example.id, following.selected_by) == (compared.ids[-1], "value")


def test_what_was_skipped_and_what_was_answered_stays_so_when_the_order_changes(compared: Compared) -> None:
    session = ReviewSession(compared.store, "sam")
    skipped = session.next()
    assert skipped is not None
    review = session.skip(skipped)
    seen = []
    while review is not None and review.item.example.id not in seen:
        seen.append(review.item.example.id)
        if len(seen) == 5:
            learn(compared, 13)
            session.keep_up()
        review = answer(session, review)
    assert seen[-1] == skipped.item.example.id
    assert sorted(seen) == sorted(compared.ids)


def test_by_value_it_stays_when_what_was_learned_is_dropped(compared: Compared) -> None:
    learn(compared, 13)
    session = ReviewSession(compared.store, "sam")
    forget_values(compared.store)
    session.keep_up()
    assert session.order is Order.VALUE
    assert session.next() is not None


@pytest.mark.parametrize("order", list(Order))
def test_an_order_that_is_asked_for_stays(compared: Compared, order: Order) -> None:
    session = ReviewSession(compared.store, "sam", order=order)
    learn(compared, 13)
    session.keep_up()
    assert (session.order, session.evidence) == (order, None)


def test_an_order_that_is_chosen_in_the_sitting_stays_and_a_filter_alone_chooses_none(compared: Compared) -> None:
    session = ReviewSession(compared.store, "sam")
    session.set_queue(QueueFilter.parse("score:>0"), session.order, is_asked=False)
    learn(compared, 13)
    session.keep_up()
    assert session.order is Order.VALUE
    session.set_queue(DISAGREEING, Order.DISAGREEMENT)
    session.keep_up()
    assert (session.order, session.evidence) == (Order.DISAGREEMENT, None)


def test_a_share_that_is_not_whole_goes_by_value_too(compared: Compared) -> None:
    sharing.assign(compared.store, {"sam": [(0, 20)], "kim": [(20, 40)]})
    session = ReviewSession(compared.store, "sam")
    learn(compared, 13)
    session.keep_up()
    assert set(session.upcoming(40)) == set(range(1, 21))
    assert session.order is Order.VALUE


@pytest.mark.parametrize("options", [BLIND, ADJUDICATE])
def test_blind_sittings_and_adjudication_take_no_order_from_answers(
    compared: Compared, options: SessionOptions
) -> None:
    learn(compared, 13)
    session = ReviewSession(compared.store, "sam", options=options)
    session.keep_up()
    assert (session.order, session.evidence) == (Order.DISAGREEMENT, None)


@pytest.mark.parametrize(
    ("options", "order", "wanted"),
    [
        (SessionOptions(), None, True),
        (SessionOptions(), Order.RANDOM, True),  # values are wanted for the first reading
        (LEFT, None, True),  # for the order alone
        (LEFT, Order.VALUE, True),
        (LEFT, Order.DISAGREEMENT, False),
        (BLIND, None, False),
        (BLIND, Order.VALUE, True),
        (ADJUDICATE, None, False),
        (ADJUDICATE, Order.VALUE, False),
    ],
)
def test_a_learner_is_of_use_if_what_it_learns_is_shown_or_says_what_comes_next(
    store: Store, options: SessionOptions, order: Order | None, wanted: bool
) -> None:
    assert ReviewSession(store, "sam", options=options, order=order).uses_learner == wanted


@pytest.mark.parametrize("order", [None, Order.VALUE])
def test_the_place_comes_back_when_the_order_has_become_value(compared: Compared, order: Order | None) -> None:
    session = ReviewSession(compared.store, "sam")
    place = session.next()
    assert place is not None
    place.choose(1)
    session.leave(place)
    learn(compared, 13)
    resumed = ReviewSession(compared.store, "sam", order=order).resume()
    assert resumed is not None
    assert resumed.item.example.id == place.item.example.id
    assert resumed.choices[0].confirmed
    assert resumed.selected_by == "value"

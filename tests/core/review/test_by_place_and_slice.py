"""A sitting place by place leaves the slice and the sample of the estimates sound."""

from __future__ import annotations

import pytest
from review_steps import opened
from sliced_stores import give_slice, gold_store

from tiebreak.core.insight.beside import KNOWN, PUT_OFF
from tiebreak.core.insight.sampling import Sampled, sampled_groups
from tiebreak.core.review import at_hand
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.review.review import AnyReview
from tiebreak.core.selection.filter import Order, QueueFilter
from tiebreak.core.store.connection import Store
from tiebreak.core.store.drafts import draft_count
from tiebreak.core.store.slices import begin_slice, next_of_slice, slice_texts, texts_of_slice, unreached_texts
from tiebreak.core.store.slices import give_out as draw_text

ORDERS = [
    Order.DISAGREEMENT,
    *(pytest.param(order, marks=pytest.mark.full) for order in (Order.VALUE, Order.RANDOM, Order.SHORTEST)),
]


def only(store: Store) -> Sampled:
    [part] = sampled_groups(store)
    return part


def settle(session: PlaceSession, review: AnyReview | None) -> AnyReview | None:
    review = opened(review)
    review.confirm()
    return session.settle(review, seconds=1.0, keys=1)


def test_none_of_it_is_given_out_and_what_is_at_hand_leaves_the_list(store: Store) -> None:
    gold_store(store, 200)
    session = PlaceSession(store, "sam")
    listed = {each.example_id for each in slice_texts(store)}
    assert listed  # the list is made before any example is shown
    review = session.next()
    given = set()
    for _ in range(40):
        given.add(opened(review).item.example.id)
        assert opened(review).sliced is None
        review = settle(session, review)
    assert session.done > 10
    assert not texts_of_slice(store)
    assert not given & {each.example_id for each in slice_texts(store)}


@pytest.mark.parametrize("order", ORDERS)
def test_a_slice_text_that_waits_is_passed_over_and_reached(store: Store, order: Order) -> None:
    truth = gold_store(store, 200)
    give_slice(store, truth, 10)
    session = PlaceSession(store, "sam", order=order)
    left = session.upcoming(len(truth))
    first = next(each for each in left if each not in texts_of_slice(store))
    waits = next_of_slice(store, session.portion, ())
    assert waits is not None
    draw_text(store, waits)
    review = session.next()
    given: set[int] = set()
    while review is not None and len(given) < 30:
        given.add(review.item.example.id)
        review = settle(session, review)
    assert waits not in given
    assert first in given
    behind = max(map(left.index, given))
    assert {*left[:behind]}.isdisjoint(unreached_texts(store))


def test_what_is_begun_is_missing_until_it_is_answered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_hand, "TEXTS", 1)
    gold_store(store, 200)
    session = PlaceSession(store, "sam")
    review = opened(session.next())
    while len(review.differences) < 2:
        review = opened(settle(session, review))
    known = only(store).beside.texts(KNOWN)
    review = opened(settle(session, review))
    begun = review.item.example.id
    assert draft_count(store) == 1
    part = only(store)
    assert (part.beside.texts(KNOWN), part.beside.texts(PUT_OFF)) == (known, 1)
    assert part.rest.texts == 200 - known - 1
    while review.item.example.id == begun:
        review = opened(settle(session, review))
    assert only(store).beside.texts(KNOWN) == known + 1


def test_what_was_begun_is_on_no_list_that_is_made_later(store: Store) -> None:
    truth = gold_store(store, 200)
    session = PlaceSession(store, "sam", QueueFilter.parse("status:disagreeing order"), order=Order.SOURCE)
    assert session.next() is None  # a filter without results makes no list
    session.set_queue(QueueFilter.parse("kind:label"), Order.SOURCE)
    review = opened(session.next())
    while len(review.differences) < 2:
        review = opened(settle(session, review))
    settle(session, review)
    assert draft_count(store) == 1
    assert not slice_texts(store)
    with store.transaction():
        store.set_setting("slice share", "1")
    begin_slice(store)
    listed = {each.example_id for each in slice_texts(store)}
    assert review.item.example.id not in listed
    assert len(listed) > len(truth) / 2

"""Slice texts in a sitting: those that are given out, and those that an order has reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest
from review_steps import answer, opened

from tiebreak.core.records import Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import Order, QueueFilter
from tiebreak.core.store.answers import accept_agreed, answer_of
from tiebreak.core.store.connection import Store
from tiebreak.core.store.sharing import assign, set_overlap
from tiebreak.core.store.slices import begin_slice, next_of_slice, set_slice_share, slice_text, slice_texts, unreached
from tiebreak.core.store.teaching import TeachingAnswers

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")
TEXTS = 200  # texts; predictors differ on every other


@pytest.fixture
def compared(store: Store, predict: Predict) -> Store:
    texts = [f"text {number}" for number in range(TEXTS)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [A] * (number % 2) for number, text in enumerate(texts)})
    return store


def given_out(session: ReviewSession, count: int) -> list[int]:
    """Answer the next `count` examples; return their ids."""
    review, ids = session.next(), []
    for _ in range(count):
        ids.append(opened(review).item.example.id)
        review = answer(session, review)
    return ids


def drawn(store: Store) -> set[int]:
    return {each.example_id for each in slice_texts(store) if each.is_drawn}


def test_one_in_twelve_is_of_the_slice(compared: Store) -> None:
    ids = given_out(ReviewSession(compared, "sam"), 60)
    listed = {each.example_id for each in slice_texts(compared)}
    of_slice = [each in drawn(compared) for each in ids]
    assert sum(of_slice) == 5
    assert of_slice.index(True) == 11
    assert drawn(compared) <= listed
    for example_id, is_sliced in zip(ids, of_slice, strict=True):
        kept = answer_of(compared, example_id, "sam")
        assert kept is not None
        assert kept.screen is not None
        assert (kept.view == "slice") == (kept.screen["selected_by"] == "slice") == is_sliced


def test_what_the_order_reaches_first_leaves_the_list(compared: Store) -> None:
    begin_slice(compared)
    listed = {each.example_id for each in slice_texts(compared)}
    ids = given_out(ReviewSession(compared, "sam"), 60)
    left = {each.example_id for each in slice_texts(compared)}
    assert not left & ({*ids} - drawn(compared))
    assert len((listed - left) - {*ids}) <= 1  # the example on screen


def test_what_ranks_before_what_is_given_out_is_reached(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    left = session.upcoming(TEXTS)
    for _ in range(45):
        review = opened(session.next())
        given = review.item.example.id
        answer(session, review)
        if review.sliced is None:
            before = {*left[: left.index(given)]}
            assert not before & {*unreached(compared)}


@pytest.mark.parametrize("order", [Order.RANDOM, Order.SOURCE, Order.SHORTEST, Order.RECENT, Order.VALUE])
def test_a_listed_order_reaches_them_too(compared: Store, order: Order) -> None:
    session = ReviewSession(compared, "sam", order=order)
    left = session.upcoming(TEXTS)
    ids = given_out(session, 50)
    behind = max(left.index(each) for each in ids if each not in drawn(compared))
    assert {each for each in left[:behind] if each in drawn(compared)}.isdisjoint(unreached(compared))


def test_a_filter_reaches_them_and_gives_none_out(compared: Store) -> None:
    given_out(ReviewSession(compared, "sam"), 40)
    before, waiting = drawn(compared), {*unreached(compared)}
    filtered = ReviewSession(compared, "sam", QueueFilter.parse("kind:missing"))
    review = filtered.next()
    while review is not None:
        assert review.sliced is None
        review = answer(filtered, review)
    assert drawn(compared) == before
    assert {*unreached(compared)} == {each for each in waiting if each % 2 == 0}  # the texts on which all agree


def test_what_was_answered_outside_never_enters(compared: Store) -> None:
    begin_slice(compared)
    listed = [each.example_id for each in slice_texts(compared)]
    filtered = ReviewSession(compared, "sam", QueueFilter.parse("kind:missing"))
    for _ in range(60):
        answer(filtered, filtered.next())
    session = ReviewSession(compared, "sam")
    given_out(session, 40)
    answered = [each for each in listed if (kept := answer_of(compared, each, "sam")) and kept.view != "slice"]
    assert answered
    assert not {*answered} & drawn(compared)


def test_the_rest_of_the_slice_comes_once_nothing_else_is_left(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    ids = given_out(session, 0)
    review = session.next()
    while review is not None:
        ids.append(review.item.example.id)
        review = answer(session, review)
    assert {each.example_id for each in slice_texts(compared)} == drawn(compared)
    assert {each for each in ids if each % 2 == 1} == {each for each in range(1, TEXTS + 1) if each % 2 == 1}


def test_nothing_is_learned_from_them(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    ids = given_out(session, 40)
    taught = TeachingAnswers(compared).ids()
    assert len(taught) == len({*ids} - drawn(compared))


def test_auto_answers_none_and_what_it_answered_before_still_comes(compared: Store) -> None:
    assert accept_agreed(compared, "auto") == TEXTS // 2
    session = ReviewSession(compared, "sam")
    ids = given_out(session, 100)
    assert any(each % 2 == 0 for each in ids)  # accepted by auto, and in the slice
    set_slice_share(compared, 0.5)
    assert accept_agreed(compared, "again") == 0


def test_it_can_be_turned_off_and_made_longer(compared: Store) -> None:
    set_slice_share(compared, 0)
    assert not {*given_out(ReviewSession(compared, "sam"), 20)} & drawn(compared)
    assert not slice_texts(compared)
    set_slice_share(compared, 0.25)
    begin_slice(compared)
    assert len(slice_texts(compared)) == round(0.25 * (TEXTS - 20))
    set_slice_share(compared, 0.5)
    assert len(slice_texts(compared)) == round(0.5 * (TEXTS - 20))


def test_a_store_that_is_too_small_for_an_estimate_has_none(store: Store, predict: Predict) -> None:
    for name, spans in (("left", [A]), ("right", [])):
        predict(store, name, {f"text {number}": spans for number in range(39)})
    given_out(ReviewSession(store, "sam"), 20)
    assert not slice_texts(store)


def test_a_skipped_text_comes_back_as_of_the_slice(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    review = opened(session.next())
    while review.sliced is None:
        review = opened(answer(session, review))
    example_id = review.item.example.id
    session.skip(review)
    again = session.open(example_id)
    assert again.sliced is not None
    assert compared.execute("SELECT example_id FROM skips").fetchall() == [(example_id,)]


def test_an_answer_taken_back_is_given_again_in_the_same_way(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    review = opened(session.next())
    while review.sliced is None:
        review = opened(answer(session, review))
    answer(session, review)
    undone = opened(session.undo())
    assert (undone.item.example.id, undone.sliced) == (review.item.example.id, review.sliced)
    assert undone.selected_by == "slice"


def test_what_is_opened_from_the_list_is_an_ordinary_text_for_good(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    waiting = slice_texts(compared)[0].example_id
    assert session.open(waiting).sliced is None
    assert slice_text(compared, waiting) is None


def test_two_annotators_never_get_the_same(compared: Store) -> None:
    sam, kim = ReviewSession(compared, "sam"), ReviewSession(compared, "kim", order=Order.RECENT)
    reviews = {sam: sam.next(), kim: kim.next()}
    seen: list[int] = []
    for _ in range(40):
        for session, review in reviews.items():
            seen.append(opened(review).item.example.id)
            reviews[session] = answer(session, review)
    assert len(seen) == len({*seen})


def test_each_share_has_its_own(compared: Store) -> None:
    assign(compared, {"sam": [(0, 100)]})
    sam, kim = ReviewSession(compared, "sam"), ReviewSession(compared, "kim")
    mine, theirs = given_out(sam, 40), given_out(kim, 40)
    assert max(mine) <= 100 < min(theirs)
    assert {*mine} & drawn(compared)
    assert {*theirs} & drawn(compared)


def test_the_overlap_goes_to_each(compared: Store) -> None:
    set_overlap(compared, 1.0)
    sam, kim = ReviewSession(compared, "sam"), ReviewSession(compared, "kim")
    given_out(sam, 40)
    first = next_of_slice(compared, kim.share, [])
    assert first in drawn(compared)
    review = opened(kim.open(first or 0))
    assert review.sliced is not None


def test_adjudication_gives_none_out(compared: Store) -> None:
    given_out(ReviewSession(compared, "sam"), 30)
    before = drawn(compared)
    lead = ReviewSession(compared, "lead", options=SessionOptions(adjudicate=True))
    assert lead.next() is None
    assert drawn(compared) == before


def test_one_that_was_drawn_and_not_answered_is_the_next_to_be_drawn(compared: Store) -> None:
    session = ReviewSession(compared, "sam")
    review = opened(session.next())
    while review.sliced is None:
        review = opened(answer(session, review))
    example_id = review.item.example.id  # then the process is killed
    later = ReviewSession(compared, "sam")
    assert example_id in given_out(later, 13)
    kept = answer_of(compared, example_id, "sam")
    assert kept is not None
    assert kept.view == "slice"


def test_a_load_that_comes_later_gets_texts_of_its_own(compared: Store, predict: Predict) -> None:
    given_out(ReviewSession(compared, "sam"), 20)
    more = [f"more {number}" for number in range(100)]
    for name, spans in (("left", [A]), ("right", [])):
        predict(compared, name, dict.fromkeys(more, spans))
    given_out(ReviewSession(compared, "sam"), 20)
    loads = compared.execute("SELECT first_id, last_id, candidates, chosen FROM slice_loads").fetchall()
    assert loads == [(1, TEXTS, TEXTS, 20), (TEXTS + 1, TEXTS + 100, 100, 10)]
    given_out(ReviewSession(compared, "sam"), 100)
    assert {each > TEXTS for each in drawn(compared)} == {True, False}

"""Texts that fewer than two predictors have read: with one model, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest
from review_steps import answer, opened

from tiebreak.core.insight.estimates import make_estimates
from tiebreak.core.insight.report import make_report
from tiebreak.core.queue.nothing_left import Why
from tiebreak.core.records import Record, Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.selection.filter import DISAGREEING, OPEN, Order, QueueFilter
from tiebreak.core.store.answers import accept_agreed, answer_of, answers_to
from tiebreak.core.store.comparisons import compare_examples
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels_in_order, label_names
from tiebreak.core.store.slices import begin_slice, slice_texts
from tiebreak.core.store.status import store_status
from tiebreak.core.store.words import index_words

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(5, 8, "B")
TEXTS = [f"text {number:03}" for number in range(60)]


def opened_spans(session: ReviewSession) -> SpanReview:
    review = session.next()
    assert isinstance(review, SpanReview)
    return review


@pytest.fixture
def bare(store: Store) -> Store:
    """Texts that no predictor has read, and two labels."""
    add_examples(store, [Record(text) for text in TEXTS], "test")
    add_labels_in_order(store, ["B", "A"])
    return store


@pytest.fixture
def one(bare: Store, predict: Predict) -> Store:
    """The same texts, read by one predictor."""
    predict(bare, "only", {text: [A, B] for text in TEXTS})
    return bare


def test_labels_keep_the_order_in_which_they_were_named(bare: Store) -> None:
    add_labels_in_order(bare, ["C", "A"])
    assert label_names(bare) == ["B", "A", "C"]


def test_texts_that_nobody_read_are_given_out_each_once(bare: Store) -> None:
    session = ReviewSession(bare, "sam")
    assert session.queue == OPEN
    assert session.order is Order.RANDOM
    review, seen = session.next(), set[int]()
    while review is not None:
        assert review.differences == ()
        assert review.marks == ()
        seen.add(review.item.example.id)
        review = answer(session, review)
    assert len(seen) == len(TEXTS)
    status = store_status(bare)
    assert (status.open, status.answered, status.agreed, status.disagreeing) == (len(TEXTS), len(TEXTS), 0, 0)


def test_a_filter_finds_open_texts_too(bare: Store) -> None:
    index_words(bare)
    session = ReviewSession(bare, "sam", QueueFilter.parse("001"))
    assert opened(session.next()).item.example.text == "text 001"


def test_each_mark_of_the_only_predictor_is_a_question(one: Store) -> None:
    session = ReviewSession(one, "sam")
    review = opened_spans(session)
    assert [place[:3] for place in review.differences] == [(0, 4, "agreed"), (5, 8, "agreed")]
    assert review.marks == (A, B)
    assert review.unconfirmed == 2
    review.choose_neither()
    review.move(1)
    review.relabel("A")
    answer(session, review)
    kept = answer_of(one, review.item.example.id, "sam")
    assert kept is not None
    assert kept.spans == (Span(5, 8, "A"),)
    assert kept.choices == ()
    assert [each.confirmed for each in kept.offered] == [True, True]


def test_an_answer_opens_again_as_it_was(one: Store) -> None:
    session = ReviewSession(one, "sam")
    review = opened_spans(session)
    review.choose_neither()
    example_id = review.item.example.id
    answer(session, review)
    again = opened(session.open(example_id))
    assert again.marks == (B,)
    assert [choice.confirmed for choice in again.choices] == [True, False]


def test_a_second_predictor_keeps_the_answers_and_makes_no_agreement_of_them(one: Store, predict: Predict) -> None:
    session = ReviewSession(one, "sam")
    review = opened_spans(session)
    review.choose_neither()
    example_id = review.item.example.id
    answer(session, review)
    predict(one, "second", {text: [A, B] for text in TEXTS})
    status = store_status(one)
    assert (status.open, status.agreed, status.disagreeing, status.answered) == (0, len(TEXTS), 0, 1)
    kept = answer_of(one, example_id, "sam")
    assert kept is not None
    assert kept.spans == (B,)
    accept_agreed(one, "later")
    assert [given.annotator for given, _ in answers_to(one, example_id)] == ["sam"]
    again = opened(ReviewSession(one, "sam").open(example_id))
    assert again.marks == (B,)


def test_what_auto_accepted_waits_again_once_a_predictor_has_nothing_to_say(one: Store, predict: Predict) -> None:
    predict(one, "second", {text: [A, B] for text in TEXTS})
    accept_agreed(one, "now")
    assert store_status(one).answered == len(TEXTS)
    one.execute("UPDATE predictions SET status = 'failed' WHERE run_id = 2 AND example_id = 1")
    compare_examples(one, [1])
    assert [opened(ReviewSession(one, "sam", OPEN).next()).item.example.id] == [1]


def test_auto_accepts_no_open_text(one: Store) -> None:
    assert accept_agreed(one, "now") == 0


def test_with_one_predictor_there_is_a_slice_and_with_none_there_is_none(bare: Store, predict: Predict) -> None:
    session = ReviewSession(bare, "sam")
    review = session.next()
    for _ in range(13):
        review = answer(session, opened(review))
    assert not slice_texts(bare)
    predict(bare, "only", {text: [A] for text in TEXTS})
    session = ReviewSession(bare, "sam")
    review, sliced = session.next(), 0
    for _ in range(13):
        sliced += opened(review).sliced is not None
        review = answer(session, opened(review))
    assert sliced == 1
    begin_slice(bare)
    assert any(each.is_drawn for each in slice_texts(bare))


def test_a_sitting_that_waits_goes_on_with_what_a_single_predictor_says(store: Store, predict: Predict) -> None:
    add_examples(store, [Record(text) for text in TEXTS], "test")
    session = ReviewSession(store, "sam", options=SessionOptions(expected=1))
    assert session.next() is None
    assert session.nothing_left.why is Why.NOT_COMPARED
    predict(store, "only", {text: [A] for text in TEXTS})
    session.keep_up()
    assert opened(session.next()).marks == (A,)


def test_open_texts_come_by_value_and_those_first_that_a_predictor_has_read(bare: Store, predict: Predict) -> None:
    predict(bare, "only", {TEXTS[7]: [A]})
    session = ReviewSession(bare, "sam")
    assert session.order is Order.VALUE
    assert opened(session.next()).item.example.text == TEXTS[7]


def test_once_a_second_predictor_has_read_texts_the_sitting_goes_on_with_what_differs(
    one: Store, predict: Predict
) -> None:
    session = ReviewSession(one, "sam")
    on_screen = opened(session.next())
    predict(one, "second", {TEXTS[7]: [A]})
    session.keep_up()
    assert session.queue == session.whole == DISAGREEING
    assert session.order is session.order_by_itself is Order.DISAGREEMENT
    review = answer(session, on_screen)
    assert opened(review).item.example.text == TEXTS[7]
    assert answer(session, review) is None


def test_what_was_asked_for_stays_when_a_second_predictor_comes(one: Store, predict: Predict) -> None:
    index_words(one)
    wanted = QueueFilter.parse("001")
    session = ReviewSession(one, "sam", wanted, order=Order.SOURCE)
    queue = session.queue
    predict(one, "second", {text: [A] for text in TEXTS})
    session.keep_up()
    assert (session.queue, session.order) == (queue, Order.SOURCE)


def test_a_second_predictor_that_has_compared_nothing_yet_takes_no_text_away(one: Store, predict: Predict) -> None:
    session = ReviewSession(one, "sam")
    predict(one, "second", {TEXTS[7]: [A, B]})
    session.keep_up()
    assert session.queue == OPEN
    predict(one, "second", {text: [A, B] for text in TEXTS})
    session.keep_up()
    assert session.queue == DISAGREEING
    assert session.upcoming(5) == []


def test_the_order_is_by_value_once_a_first_predictor_has_read_texts(bare: Store, predict: Predict) -> None:
    session = ReviewSession(bare, "sam")
    predict(bare, "only", {TEXTS[7]: [A]})
    session.keep_up()
    assert session.order is session.order_by_itself is Order.VALUE
    assert opened(session.next()).item.example.text == TEXTS[7]


def test_where_no_predictor_has_read_anything_nothing_is_measured(bare: Store, predict: Predict) -> None:
    session = ReviewSession(bare, "sam")
    answer(session, session.next())
    assert make_estimates(bare).texts == 0
    assert make_report(bare).left == len(TEXTS) - 1
    predict(bare, "only", {text: [A] for text in TEXTS[:9]})
    assert make_estimates(bare).texts == 9
    assert make_report(bare).left == len(TEXTS) - 1

"""Each choice on an example can be undone, one step at a time, and no step is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_steps import learned_place, opened

from tiebreak.core.compare.cats import decided, find_category_differences
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import CurrentPrediction, Example, Learned, Prediction, QueueItem, Record, Span, Task
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run

TEXT = "Ada met Bob in Rome, Italy"
LEFT = (Span(0, 3, "PERSON"), Span(15, 19, "GPE"))
RIGHT = (Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), Span(15, 26, "GPE"))
ROME_ITALY = learned_place(((Span(15, 26, "GPE"),), 0.6), ((Span(15, 26, "ORG"),), 0.2), ((), 0.1))
LEARNED = Learned(9, (learned_place(((), 0.5), ((Span(8, 11, "PERSON"),), 0.3)), ROME_ITALY))
Change = Callable[[AnyReview], object]
CHANGES: list[Change] = [
    lambda review: review.choose(0),
    lambda review: review.choose(1),
    lambda review: review.choose_all("right"),
    lambda review: review.choose_neither(),
    lambda review: review.confirm(),
    lambda review: review.confirm_all(),
    lambda review: review.relabel("ORG"),
    lambda review: review.move(1),
]
OF_SPANS: list[Callable[[SpanReview], object]] = [
    lambda review: review.choose_both(),
    lambda review: review.move_end(1),
    lambda review: review.move_start(-1),
    lambda review: review.mix(),
    lambda review: review.replace_spans([Span(4, 7, "ORG"), Span(8, 11, "PERSON")]),
]


R = TypeVar("R", SpanReview, CategoryReview)


def of_spans(task: Task, learned: Learned | None = None) -> SpanReview:
    readings = {"left": LEFT, "right": RIGHT}
    predictions = {name: CurrentPrediction(name, spans) for name, spans in readings.items()}
    item = QueueItem(Example(1, TEXT, 0), 1.0, find_differences(readings), predictions)
    return SpanReview(item, task, learned=learned)


def of_categories(task: Task) -> CategoryReview:
    said = {"left": {"PERSON": 0.9, "GPE": 0.2}, "right": {"PERSON": 0.1, "GPE": 0.7}}
    predictions = {name: CurrentPrediction(name, decided(cats, task), cats=cats) for name, cats in said.items()}
    differences = find_category_differences({name: decided(cats, task) for name, cats in said.items()})
    return CategoryReview(QueueItem(Example(1, TEXT, 0), 1.0, differences, predictions), task, ("PERSON", "GPE", "ORG"))


def stands(review: AnyReview) -> object:
    return review.marks, review.base, review.choices, review.decision()


@given(
    st.sampled_from([of_spans(task, learned) for task in (Task.NER, Task.SPANCAT) for learned in (None, LEARNED)]),
    st.lists(st.sampled_from([*CHANGES, *OF_SPANS]), max_size=12),
)
def test_each_step_is_taken_back_to_what_stood_before(
    review: SpanReview, changes: list[Callable[[SpanReview], object]]
) -> None:
    assert_taken_back(review, changes)


@given(st.sampled_from([Task.TEXTCAT, Task.TEXTCAT_MULTILABEL]), st.lists(st.sampled_from(CHANGES), max_size=12))
def test_each_step_on_categories_is_taken_back(task: Task, changes: list[Change]) -> None:
    assert_taken_back(of_categories(task), changes)


def assert_taken_back(review: R, changes: Sequence[Callable[[R], object]]) -> None:
    while review.take_back():  # left by an earlier case
        pass
    stood = [stands(review)]
    for change in changes:
        with review.one_step():
            change(review)
        if stands(review) != stood[-1]:
            stood.append(stands(review))
    assert len(review.steps) == len(stood) - 1
    while stood:
        assert stands(review) == stood.pop()
        assert review.take_back() == bool(stood)
    assert not review.is_touched


def test_what_is_given_up_comes_back_as_a_step() -> None:
    review = of_spans(Task.NER)
    with review.one_step():
        review.choose(1)
    chosen, edited = review.marks, (Span(4, 7, "ORG"),)
    with review.given_up():
        review.replace_spans(edited)
    assert review.marks == chosen
    assert review.take_back()
    assert review.marks == edited
    assert review.take_back()
    assert review.marks == chosen
    with review.given_up():
        review.replace_spans(review.marks)
    assert len(review.steps) == 1


@pytest.fixture
def session(store: Store) -> ReviewSession:
    """A sitting over three texts in which only the right model sees Bob."""
    ids, _ = add_examples(store, [Record(f"{TEXT} {number}") for number in range(3)], "test")
    for name, spans in (("left", LEFT), ("right", RIGHT)):
        run = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(store, run, [Prediction(id, spans) for id in ids])
    return ReviewSession(store, "sam")


def choose_right(review: AnyReview) -> None:
    with review.one_step():
        review.choose(1)


def test_steps_outlast_going_to_another_example_and_back(session: ReviewSession) -> None:
    first = opened(session.next())
    choose_right(first)
    session.skip(first)
    again = session.open(first.item.example.id)
    assert again.marks == first.marks
    assert again.take_back()
    assert not again.is_touched


def test_what_was_chosen_before_a_restart_is_one_step(session: ReviewSession) -> None:
    first = opened(session.next())
    choose_right(first)
    first.move(1)
    choose_right(first)
    session.leave(first)
    again = opened(ReviewSession(session.store, "sam").resume())
    assert again.marks == first.marks
    assert again.take_back()
    assert again.marks == again.shown
    assert not again.take_back()


def test_undoing_an_answer_keeps_what_was_chosen_elsewhere(session: ReviewSession) -> None:
    first = opened(session.next())
    second = opened(session.answer(first, "accept", seconds=1.0, keys=1))
    choose_right(second)
    session.put_aside(second)  # as the screen does
    undone = opened(session.undo())
    assert undone.item.example.id == first.item.example.id
    assert session.open(second.item.example.id).marks == second.marks


def test_undoing_the_answer_of_the_example_on_screen_keeps_what_was_chosen_since(session: ReviewSession) -> None:
    first = opened(session.next())
    session.answer(first, "accept", seconds=1.0, keys=1)
    again = session.open(first.item.example.id)
    choose_right(again)
    session.put_aside(again)
    undone = opened(session.undo())
    assert undone.marks == again.marks
    assert undone.take_back()
    assert undone.marks == first.marks

"""A sitting shows what was learned if it may, and its answers keep their first readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from review_steps import answer, learned_place, opened

from tiebreak.core.records import Answer, Learned, LearnedPlace, Span
from tiebreak.core.review.first import LEAST_ANSWERS, First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import WITH_AGREED, Order, QueueFilter
from tiebreak.core.store import sharing
from tiebreak.core.store.answers import answer_of
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.words import index_words

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")
TEXTS = [f"text {number}" for number in range(6)]
B_HOLDS = learned_place(((B,), 0.7), ((A,), 0.2), ((), 0.05), held=7, seen=9)


@pytest.fixture
def ids(store: Store, predict: Predict) -> dict[str, int]:
    """The ids of six texts on which two predictors differ in the label; the learner finds the right label."""
    predict(store, "left", {text: [A] for text in TEXTS})
    ids = predict(store, "right", {text: [B] for text in TEXTS})
    learn(store, ids.values())
    return ids


def learn(store: Store, ids: Iterable[int], place: LearnedPlace = B_HOLDS, answers: int = 12) -> None:
    rows = [LearnedRow(id, basis_of(queue_item(store, id).differences), Learned(answers, (place,))) for id in ids]
    save_learned(store, rows)


def sitting(store: Store, queue: QueueFilter = WITH_AGREED, **options: Any) -> ReviewSession:
    return ReviewSession(store, "sam", queue, SessionOptions(**options))


def kept(store: Store, example_id: int, *, adjudicated: bool = False) -> Answer:
    found = answer_of(store, example_id, "sam", adjudicated=adjudicated)
    assert found is not None
    return found


def screen(store: Store, example_id: int) -> dict[str, Any]:
    found = kept(store, example_id).screen
    assert found is not None
    return found


def test_an_answer_keeps_what_it_started_with_and_what_that_rested_on(store: Store, ids: dict[str, int]) -> None:
    session = sitting(store)
    review = session.open(ids["text 1"])
    assert review.marks == review.shown == (B,)
    review.choose(0)
    answer(session, review)
    found = kept(store, ids["text 1"])
    [settled] = found.choices
    assert (settled.marks, settled.first, settled.probability) == ((A,), (B,), 0.7)
    assert found.shown == (B,)
    assert screen(store, ids["text 1"]) == {
        "predictors": ["left", "right"],
        "blind": False,
        "first": "learned",
        "answers": 12,
        "selected_by": "list",
    }


def test_the_example_after_an_answer_starts_with_what_was_learned(store: Store, ids: dict[str, int]) -> None:
    session = sitting(store)
    following = answer(session, session.next())
    assert opened(following).marks == (B,)


@pytest.mark.parametrize(
    "options", [{"first": First.LEFT}, {"blind": True}, {"adjudicate": True}], ids=["left", "blind", "adjudicate"]
)
def test_some_sittings_show_nothing_learned(store: Store, ids: dict[str, int], options: dict[str, Any]) -> None:
    if "adjudicate" in options:
        sharing.set_overlap(store, 1.0)
        learn(store, ids.values())
        for name, choice in (("kim", 0), ("lee", 1)):
            session = ReviewSession(store, name)
            review = session.open(ids["text 0"])
            review.choose(choice)
            answer(session, review)
    session = sitting(store, **options)
    review = opened(session.next())
    assert review.marks == review.readings[0][0].marks
    assert list(review.learned) == [None]
    answer(session, review)
    found = kept(store, review.item.example.id, adjudicated="adjudicate" in options)
    assert found.choices[0].probability is None
    assert found.screen is not None
    assert (found.screen["first"], found.screen["answers"]) == ("left", 0)


def test_what_all_annotators_answer_starts_with_the_left_reading(store: Store, ids: dict[str, int]) -> None:
    sharing.set_overlap(store, 1.0)
    learn(store, ids.values())  # such as a row that was there before
    assert opened(sitting(store).next()).marks == (A,)


def test_what_was_learned_of_another_comparison_or_of_little_is_not_shown(store: Store, ids: dict[str, int]) -> None:
    learn(store, [ids["text 0"]], answers=LEAST_ANSWERS - 1)
    item = queue_item(store, ids["text 1"])
    save_learned(store, [LearnedRow(item.example.id, basis_of(item.differences * 2), Learned(12, (B_HOLDS,)))])
    session = sitting(store)
    assert [session.open(ids[text]).marks for text in TEXTS[:3]] == [(A,), (A,), (B,)]


def test_an_answer_opened_again_keeps_what_it_started_with(store: Store, ids: dict[str, int]) -> None:
    session = sitting(store)
    review = session.open(ids["text 0"])
    review.choose(0)
    answer(session, review)
    learn(store, ids.values(), learned_place(((), 0.9)), answers=40)
    for again in (session.open(ids["text 0"]), opened(session.undo())):
        assert again.marks == again.shown == (A,)
        answer(session, again)
        [settled] = kept(store, ids["text 0"]).choices
        assert (settled.first, settled.probability) == ((B,), 0.7)
        assert screen(store, ids["text 0"])["answers"] == 12
        assert screen(store, ids["text 0"])["selected_by"] == "hand"


@pytest.mark.parametrize("leaves", [False, True])
def test_what_was_left_is_found_as_it_was_shown_whatever_was_learned_since(
    store: Store, predict: Predict, leaves: bool
) -> None:
    text = "text text"
    other = Span(5, 9, "A")
    predict(store, "left", {text: [A, other]})
    [example_id] = predict(store, "right", {text: [B]}).values()
    differences = queue_item(store, example_id).differences
    save_learned(
        store, [LearnedRow(example_id, basis_of(differences), Learned(12, (B_HOLDS, learned_place(((), 0.8)))))]
    )
    session = sitting(store)
    review = session.open(example_id)
    assert review.marks == (B,)
    with review.one_step():
        review.choose(0)
    learned = Learned(40, (learned_place(((), 0.9)), learned_place(((other,), 0.9))))
    if leaves:
        session.leave(review)
        save_learned(store, [LearnedRow(example_id, basis_of(differences), learned)])
        again = opened(sitting(store, WITH_AGREED).resume())
    else:
        session.put_aside(review)
        save_learned(store, [LearnedRow(example_id, basis_of(differences), learned)])
        again = session.open(example_id)
    assert again.marks == (A,)
    assert again.take_back()
    assert again.marks == again.shown == (B,)
    assert [each.probability for each in again.settled()] == [0.7, 0.8]


def test_an_answer_says_how_its_example_came_to_be_reviewed(store: Store, ids: dict[str, int]) -> None:
    index_words(store)
    for queue, order, selected_by in (
        (WITH_AGREED, Order.DISAGREEMENT, "disagreement"),
        (QueueFilter(), Order.RANDOM, "random"),
        (QueueFilter.parse("text"), Order.DISAGREEMENT, "filter"),
        (QueueFilter.parse("status:answered"), Order.DISAGREEMENT, "filter"),
    ):
        session = ReviewSession(store, "sam", queue, order=order)
        review = opened(session.next())
        answer(session, review)
        assert screen(store, review.item.example.id)["selected_by"] == selected_by
    session = sitting(store)
    review = session.open(ids["text 5"], "pattern")
    answer(session, review)
    assert screen(store, ids["text 5"])["selected_by"] == "pattern"


def test_what_was_left_comes_to_be_reviewed_as_the_queue_would_have_it(store: Store, ids: dict[str, int]) -> None:
    session = sitting(store)
    session.leave(session.next())
    session = sitting(store)
    review = opened(session.resume())
    answer(session, review)
    assert screen(store, review.item.example.id)["selected_by"] == "disagreement"

"""What examples are worth, in the queue: what shows of it, what keeps it, and what takes it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest
from files import change, rows
from review_steps import answer, opened

from tiebreak.core.records import Span, Value
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.finding import example_rows, matching_ids
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.sharing import set_overlap
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.valued import save_values, value_of

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TEXTS = [f"Ulm lies at {number} km" for number in range(6)]
LEARNED = Value(1.8, 24.0)


@pytest.fixture
def some(store: Store, predict: Predict) -> Store:
    """Six texts on which two predictors differ."""
    predict(store, "left", dict.fromkeys(TEXTS, (Span(0, 3, "LOC"),)))
    predict(store, "right", dict.fromkeys(TEXTS, ()))
    return store


def learn(store: Store, value: Value = LEARNED, example_ids: Sequence[int] = range(1, 7)) -> None:
    save_values(store, dict.fromkeys(example_ids, value), ShortWrites(store), answers=22)


def shown(store: Store, example_id: int) -> set[Value | None]:
    """What lists, the queue and the page about an example say that it is worth."""
    return {
        value_of(store, example_id),
        queue_item(store, example_id).value,
        inspect_example(store, example_id).value,
        *(row.value for row in example_rows(store, [example_id])),
    }


def test_a_value_is_shown_once_it_was_learned(some: Store) -> None:
    assert shown(some, 3) == {None}
    learn(some)
    assert shown(some, 3) == {LEARNED}
    assert inspect_example(some, 3).taught == 22


def test_no_value_is_shown_of_what_is_answered_or_answered_by_all(some: Store) -> None:
    learn(some)
    session = ReviewSession(some, "sam")
    review = opened(session.next())
    answer(session, review)
    assert shown(some, review.item.example.id) == {None}
    set_overlap(some, 1.0)
    assert [shown(some, each) for each in range(1, 7)] == [{None}] * 6


def test_an_example_that_is_not_compared_has_no_value(some: Store, predict: Predict) -> None:
    [example_id] = predict(some, "left", {"Bonn": []}).values()
    assert shown(some, example_id) == {None}


STRANGE = ["'many'", "x'00ff'", "9e999", "-9e999", "-3.5", "NULL", "''", "1e308", "'9'", "9223372036854775807"]


@pytest.mark.parametrize("column", ["value", "errors", "seconds"])
@pytest.mark.parametrize("strange", STRANGE)
def test_values_that_no_learner_writes_cost_no_answer_and_freeze_no_order(
    some: Store, column: str, strange: str
) -> None:
    learn(some)
    if (column, strange) == ("value", "NULL"):
        strange = "0"  # which the table refuses
    change(some.path, f"UPDATE queue SET {column} = {strange} WHERE example_id % 2")
    for example_id in range(1, 7):
        shown(some, example_id)
    assert sorted(matching_ids(some, DISAGREEING, Order.VALUE)) == [1, 2, 3, 4, 5, 6]
    session = ReviewSession(some, "sam", order=Order.VALUE)
    review, given = session.next(), []
    while review is not None:
        given.append(review.item.example.id)
        review = answer(session, review)
    assert sorted(given) == [1, 2, 3, 4, 5, 6]
    assert rows(some.path, "SELECT count(*) FROM answers") == [(6,)]

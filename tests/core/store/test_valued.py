"""The values of examples in the queue: where they show, what keeps them, and what takes them away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from files import change, rows
from review_steps import answer, opened

from tiebreak.core.records import Span, Value
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.droppable import forget_learned, kept_tables
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.replacing import restore
from tiebreak.core.store.scoring import set_scorer
from tiebreak.core.store.searching import example_rows, matching_ids
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.teaching import learned_stamp
from tiebreak.core.store.team import set_overlap
from tiebreak.core.store.valued import answers_behind_values, save_values, value_of

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TEXTS = [f"Ulm lies at {number} km" for number in range(6)]
LEARNED = Value(1.8, 24.0)
FIRST = "SELECT example_id, value, errors, seconds FROM queue ORDER BY 1"


@pytest.fixture
def some(store: Store, predict: Predict) -> Store:
    """Six texts on which two predictors differ."""
    predict(store, "left", dict.fromkeys(TEXTS, (Span(0, 3, "LOC"),)))
    predict(store, "right", dict.fromkeys(TEXTS, ()))
    return store


def learn(store: Store, value: Value = LEARNED, example_ids: Sequence[int] = range(1, 7)) -> None:
    save_values(store, dict.fromkeys(example_ids, value), ShortWrites(store), answers=22)


def shown(store: Store, example_id: int) -> set[Value | None]:
    """Return the value of an example in lists, in the queue and on its page."""
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


# As the code of schema 6 put an example into the queue.
EARLIER_COMPARISON = """
    INSERT INTO queue (example_id, score, differences, tie, answered, overlap)
    SELECT id, 1.0, 1, text_digest, 0, 0 FROM examples WHERE id = 3
"""


def test_what_a_process_of_schema_6_compares_waits_behind_what_has_a_value(some: Store) -> None:
    """The process may have had the store open while another brought it up to date."""
    learn(some)
    change(some.path, "DELETE FROM queue WHERE example_id = 3", EARLIER_COMPARISON)
    assert shown(some, 3) == {None}
    assert matching_ids(some, DISAGREEING, Order.VALUE)[-1] == 3
    learn(some)
    assert shown(some, 3) == {LEARNED}


STRANGE = ["'many'", "x'00ff'", "9e999", "-9e999", "-3.5", "NULL", "''", "1e308", "'9'", "9223372036854775807"]


@pytest.mark.parametrize("column", ["value", "errors", "seconds"])
@pytest.mark.parametrize("strange", STRANGE)
def test_values_that_no_learner_writes_cost_no_answer_and_freeze_no_order(
    some: Store, column: str, strange: str
) -> None:
    learn(some)
    if (column, strange) == ("value", "NULL"):
        strange = "0"  # the table refuses it
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


def test_what_is_compared_again_has_its_first_value_again(some: Store, predict: Predict) -> None:
    first = rows(some.path, FIRST)
    learn(some)
    assert rows(some.path, FIRST) != first
    set_scorer(some, "count")
    assert rows(some.path, FIRST) == first
    assert shown(some, 3) == {None}
    learn(some)
    predict(some, "third", {TEXTS[2]: ()})
    assert (shown(some, 3), shown(some, 4)) == ({None}, {LEARNED})


def test_the_learner_sees_that_all_is_compared_again(some: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """This may happen at any moment: a learner that saves values meanwhile finds them taken away later."""
    seen = [learned_stamp(some)]

    def compare_run(*of: Any) -> None:
        seen.append(learned_stamp(some))

    monkeypatch.setattr("tiebreak.core.store.predictions.compare_run", compare_run)
    set_scorer(some, "count")
    seen.append(learned_stamp(some))
    assert len(set(seen)) == len(seen) == 4


def test_what_is_taken_away_is_missed(some: Store) -> None:
    assert "queue" not in kept_tables(some)
    learn(some, example_ids=[2, 5])
    assert "queue" in kept_tables(some)
    change(some.path, "UPDATE queue SET errors = NULL, seconds = NULL")
    assert "queue" not in kept_tables(some)
    assert shown(some, 2) == {None}


def test_what_was_learned_is_forgotten_as_a_whole(some: Store) -> None:
    first = rows(some.path, FIRST)
    learn(some)
    forget_learned(some)
    assert rows(some.path, FIRST) == first
    assert answers_behind_values(some) == 0
    assert check_store(some) == []


@pytest.mark.parametrize("taught", ["many", "", "-3", "1.5"])
def test_a_number_of_answers_that_no_learner_writes_is_none(some: Store, taught: str) -> None:
    learn(some)
    change(some.path, f"UPDATE settings SET value = '{taught}' WHERE name = 'answers behind the values'")
    assert answers_behind_values(some) == 0
    learn(some)
    assert answers_behind_values(some) == 22


def test_going_back_forgets_values_that_rest_on_later_answers(some: Store, tmp_path: Path) -> None:
    first = rows(some.path, FIRST)
    learn(some)
    copy = tmp_path / "earlier.db"
    restore(some.path, copy, time.time())
    assert rows(copy, FIRST) == first
    restore(some.path, tmp_path / "now.db")
    assert rows(tmp_path / "now.db", FIRST) == rows(some.path, FIRST)

"""The texts that are known, sampled for the rest, or missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from sliced_stores import SAM, Truth, give_slice, gold_store
from teaching_steps import hold, say

from tiebreak.core.insight.beside import KNOWN, PUT_OFF, REJECTED
from tiebreak.core.insight.given_out import GivenOutText, traits_of
from tiebreak.core.insight.sampling import Sampled, sampled_groups
from tiebreak.core.records import AnswerValue, Task
from tiebreak.core.store.answers import accept_agreed, undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.slices import (
    begin_slice,
    give_out,
    mark_reached,
    next_of_slice,
    save_skip,
    slice_texts,
    texts_of_slice,
)
from tiebreak.core.store.team import assign, portion_of


@pytest.fixture
def truth(store: Store) -> Truth:
    return gold_store(store, 200)


def only(store: Store) -> Sampled:
    [part] = sampled_groups(store)
    return part


def ids(texts: Iterable[GivenOutText]) -> set[int]:
    return {each.id for each in texts}


def listed(store: Store) -> list[int]:
    begin_slice(store)
    return [each.example_id for each in slice_texts(store)]


def test_the_answered_beginning_of_the_list_is_the_sample(store: Store, truth: Truth) -> None:
    order = listed(store)
    give_slice(store, truth, 5)
    ordinary = next(each for each in truth if each not in order)
    hold(store, ordinary, truth[ordinary])
    part = only(store)
    assert ids(part.sample) == {*order[:5]}
    assert (ids(part.known), part.beside.texts(KNOWN)) == (set(), 1)
    assert (part.rest.texts, part.listed) == (194, 15)


def test_what_an_order_has_reached_is_known_alone(store: Store, truth: Truth) -> None:
    order = listed(store)
    give_slice(store, truth, 5)
    mark_reached(store, order[1:3])
    part = only(store)
    assert ids(part.sample) == {order[0], order[3], order[4]}
    assert ids(part.known) == {*order[1:3]}


def test_an_answer_behind_a_text_that_waits_is_known_alone(store: Store, truth: Truth) -> None:
    order = listed(store)
    give_slice(store, truth, 2)
    give_out(store, order[4])
    hold(store, order[4], truth[order[4]], view="slice")
    part = only(store)
    assert ids(part.sample) == {*order[:2]}
    assert ids(part.known) == {order[4]}


def test_a_text_on_screen_is_of_the_rest_until_one_behind_it_was_given_out(store: Store, truth: Truth) -> None:
    order = listed(store)
    give_slice(store, truth, 2)
    give_out(store, order[2])
    assert (only(store).rest.texts, only(store).missing_sample) == (198, [])
    give_out(store, order[3])
    hold(store, order[3], truth[order[3]], view="slice", annotator="kim")
    part = only(store)
    assert ids(part.sample) == {order[0], order[1], order[3]}
    assert ids(part.missing_sample) == {order[2]}


@pytest.mark.parametrize("value", ["reject", "ignore"])
def test_without_a_usable_answer_a_text_is_missing(store: Store, truth: Truth, value: AnswerValue) -> None:
    order = listed(store)
    give_slice(store, truth, 1, value=value)
    others = [each for each in truth if each not in order]
    hold(store, others[0], truth[others[0]], value=value)
    part = only(store)
    assert (ids(part.missing_sample), part.beside.texts(REJECTED)) == ({order[0]}, 1)
    assert part.rest.texts == 198


def test_what_was_put_off_is_missing_until_it_is_answered(store: Store, truth: Truth) -> None:
    order = listed(store)
    give_out(store, order[0])
    other = next(each for each in truth if each not in order)
    save_skip(store, order[0])
    save_skip(store, other)
    give_slice(store, truth, 0)
    part = only(store)
    assert (ids(part.missing_sample), part.beside.texts(PUT_OFF)) == ({order[0]}, 1)
    assert all(each.is_put_off for each in part.missing_sample)
    hold(store, other, truth[other])
    beside = only(store).beside
    assert (beside.texts(KNOWN), beside.texts()) == (1, 1)


def test_the_adjudication_counts_else_the_first_person(store: Store, truth: Truth) -> None:
    first, second = list(truth)[:2]
    for example_id in (first, second):
        hold(store, example_id, truth[example_id], annotator="sam")
        hold(store, example_id, [], annotator="kim")
    hold(store, second, [], annotator="ada", view="adjudicate")
    beside = only(store).beside
    assert (beside.texts(KNOWN), beside.sum([KNOWN], "gold")) == (2, len({*truth[first]}))


def test_what_auto_accepted_is_of_the_rest(store: Store, truth: Truth) -> None:
    listed(store)
    assert accept_agreed(store, "s")
    part = only(store)
    assert (part.rest.texts, part.is_auto_accepted) == (200, True)


def test_an_answer_that_was_taken_back_is_none(store: Store, truth: Truth) -> None:
    give_slice(store, truth, 3)
    undo_last_answer(store, "sam", "s")
    assert (len(only(store).sample), only(store).rest.texts) == (2, 198)


def test_another_text_whose_answer_was_taken_back_is_no_part_of_the_rest(store: Store, truth: Truth) -> None:
    give_slice(store, truth, 3)
    [first, *_] = [each for each in truth if each not in texts_of_slice(store)]
    hold(store, first, truth[first], annotator="sam")
    undo_last_answer(store, "sam", "s")
    part = only(store)
    assert (len(part.sample), part.rest.texts, part.beside.texts(PUT_OFF)) == (3, 196, 1)
    hold(store, first, truth[first], annotator="sam")
    assert not only(store).beside.texts(PUT_OFF)


def test_the_traits_of_the_rest_are_those_of_all_texts_without_what_was_given_out(store: Store, truth: Truth) -> None:
    before = only(store).rest.traits
    give_slice(store, truth, 10)
    part = only(store)
    own = [traits_of(each) for each in part.sample]
    for name in ("left", "right"):
        assert part.rest.traits.marks[name] + sum(each.marks[name] for each in own) == before.marks[name]
        at_differences = sum(each.at_differences[name] for each in own)
        assert part.rest.traits.at_differences[name] + at_differences == before.at_differences[name]
    assert part.rest.traits.differences + sum(each.differences for each in own) == before.differences


def test_each_load_and_each_share_is_a_part(store: Store) -> None:
    truth = gold_store(store, 100)
    begin_slice(store)
    truth |= gold_store(store, 100, seed=1, again=1)
    begin_slice(store)
    assign(store, {"kim": [(50, 150)]})
    parts = sampled_groups(store)
    assert [(*each.group[:4],) for each in parts] == [
        ((), 0, 1, 50),
        ((), 1, 151, 200),
        (("kim",), 0, 51, 100),
        (("kim",), 1, 101, 150),
    ]
    assert sum(each.rest.texts for each in parts) == 200
    give_slice(store, truth, 4, portion_of(store, "kim"))
    assert [len(each.sample) for each in sampled_groups(store)][:2] == [0, 0]
    assert sum(len(each.sample) for each in sampled_groups(store)) == 4


def test_categories_are_marks(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT)
    texts = [f"text {number}" for number in range(50)]
    say(store, "left", {text: {"a": 0.9, "b": 0.1} for text in texts})
    ids_by_text = say(
        store, "right", {text: {"a": number % 2, "b": 1 - number % 2} for number, text in enumerate(texts)}
    )
    hold(store, ids_by_text["text 0"], ["b"])
    part = only(store)
    assert part.sums.marks == {"left": 50, "right": 50}
    assert part.sums.at_differences == {"left": 25, "right": 25}
    beside = part.beside
    assert (beside.texts(KNOWN), beside.sum([KNOWN], "gold", label="b")) == (1, 1)
    assert (beside.sum([KNOWN], "agreed "), beside.sum([KNOWN], "differences")) == (0, 2)
    assert next_of_slice(store, SAM, ()) is None

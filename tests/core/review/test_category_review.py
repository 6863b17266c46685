"""Settling categories: the effect of each choice on its own label, and on the others."""

from __future__ import annotations

import pytest

from tiebreak.core.compare.cats import decided, find_category_differences
from tiebreak.core.records import CurrentPrediction, Example, QueueItem, Task
from tiebreak.core.review.categories import CategoryReview

MULTI = {"left": {"A": 0.9, "B": 0.2, "C": 0.8}, "right": {"A": 0.1, "B": 0.7, "C": 0.9, "D": 0.0}}
ONE = {"left": {"A": 0.9, "B": 0.1}, "right": {"A": 0.2, "B": 0.8}}
THREE = {"left": {"A": 1.0}, "middle": {"B": 1.0}, "right": {"C": 1.0}}


def review_of(said: dict[str, dict[str, float]], task: Task) -> CategoryReview:
    predictions = {name: CurrentPrediction(name, decided(cats, task), cats=cats) for name, cats in said.items()}
    differences = find_category_differences({name: decided(cats, task) for name, cats in said.items()})
    return CategoryReview(QueueItem(Example(1, "text", 1), 0.5, differences, predictions), task, "ABCDE")


def state(review: CategoryReview) -> tuple[str, str]:
    """Return the labels that hold, and the disputed labels that are confirmed."""
    pairs = zip(review.differences, review.choices, strict=True)
    return "".join(sorted(review.chosen)), "".join(each.label for each, choice in pairs if choice.confirmed)


def test_the_answer_starts_as_what_all_say_and_the_left_reading_of_each_label() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    assert state(review) == ("AC", "")
    assert review.decision()[1] == {"A": 1.0, "B": 0.0, "C": 1.0, "D": 0.0, "E": 0.0}
    assert review.unconfirmed == 2


def test_where_any_may_hold_each_label_is_settled_for_itself() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    review.step(1)
    assert state(review) == ("C", "A")
    review.move_unconfirmed(1)
    review.confirm()
    assert state(review) == ("C", "AB")
    review.choose_all("right")
    assert state(review) == ("BC", "AB")
    review.choose_neither()
    assert state(review) == ("C", "AB")


def test_a_label_toggles_also_one_that_no_model_proposed() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    for label, expected in (("E", "ACE"), ("B", "ABCE"), ("C", "ABE"), ("E", "AB"), ("B", "A")):
        review.relabel(label)
        assert state(review)[0] == expected
    assert review.focus == 1
    assert state(review)[1] == "B"


def test_where_one_may_hold_a_choice_settles_the_other_labels_with_it() -> None:
    review = review_of(ONE, Task.TEXTCAT)
    assert state(review) == ("A", "")
    review.step(1)
    assert state(review) == ("B", "AB")
    review.step(-1)
    assert state(review) == ("A", "AB")
    review.relabel("E")
    assert state(review) == ("E", "AB")
    review.choose_all("right")
    assert state(review) == ("B", "AB")
    review.move(1)
    review.choose_neither()
    assert state(review) == ("", "AB")


def test_confirming_the_label_that_holds_confirms_that_the_others_do_not() -> None:
    review = review_of(ONE, Task.TEXTCAT)
    review.confirm()
    assert state(review) == ("A", "AB")


def test_among_three_decisions_a_pick_steps_and_settles_all() -> None:
    review = review_of({**THREE, "last": {"B": 0.8}}, Task.TEXTCAT)
    assert [(each.predictors, each.marks[0].label) for each in review.decisions] == [
        (("left",), "A"),
        (("middle", "last"), "B"),
        (("right",), "C"),
    ]
    assert (review.row_count, review.unconfirmed, review.reading_count) == (1, 1, 3)
    for step, label in ((1, "B"), (1, "C"), (1, "C"), (-1, "B")):
        review.step(step)
        assert state(review) == (label, "ABC")
        assert (review.unconfirmed, review.move_unconfirmed(1)) == (0, False)


@pytest.mark.parametrize("task", [Task.TEXTCAT, Task.TEXTCAT_MULTILABEL])
def test_never_two_where_one_may_hold(task: Task) -> None:
    review = review_of(THREE, task)
    for number in range(60):
        if number % 3:
            [review.step, review.move][number % 2](1 - 2 * (number % 2))
        else:
            review.relabel("ABCDE"[number % 5])
        assert task is Task.TEXTCAT_MULTILABEL or len(review.marks) <= 1


@pytest.mark.parametrize("task", [Task.TEXTCAT, Task.TEXTCAT_MULTILABEL])
def test_an_answer_comes_back_as_it_was(task: Task) -> None:
    said = ONE if task is Task.TEXTCAT else MULTI
    review = review_of(said, task)
    review.step(1)
    review.relabel("E")
    again = review_of(said, task)
    again.restore(review.settled(), review.marks)
    assert (again.marks, again.settled(), again.decision()) == (
        review.marks,
        review.settled(),
        review.decision(),
    )


def test_a_record_of_a_choice_says_which_label_and_whose_reading() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    review.step(1)
    record = review.settled()[0]
    assert (record.difference.label, record.choice, record.predictors, record.marks) == ("A", "right", ("right",), ())


def test_one_decision_has_one_row_which_no_step_leaves_unconfirmed() -> None:
    review = review_of(ONE, Task.TEXTCAT)
    review.move(1)
    assert (review.row, review.move_unconfirmed(1), state(review)) == (0, True, ("A", ""))
    review.confirm()
    assert state(review) == ("A", "AB")


def test_who_decides_for_none_is_a_reading_of_the_decision() -> None:
    review = review_of({"left": {"A": 0.9}, "right": {"A": 0.1}}, Task.TEXTCAT)
    assert [each.marks for each in review.decisions][1] == ()
    review.step(1)
    assert state(review) == ("", "A")


def test_where_any_may_hold_confirming_settles_the_focused_label_alone() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    review.confirm()
    assert state(review) == ("AC", "A")
    review.confirm_all()
    assert state(review) == ("AC", "AB")
    assert review.unconfirmed == 0


def test_a_label_that_is_no_difference_has_the_focus_until_another_gets_it() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    assert review.focused_label == ""
    review.relabel("E")
    assert (review.focused_label, review.focus) == ("E", 0)
    assert review.is_touched
    review.relabel("B")
    assert (review.focused_label, review.focus) == ("", 1)
    review.relabel("E")
    review.move(1)
    assert (review.focused_label, review.focus) == ("", 0)


def test_a_reading_can_be_taken_at_another_label_than_the_focused_one() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    review.choose(1, at=1)
    assert (state(review), review.focus) == (("ABC", "B"), 0)


def test_what_each_predictor_proposes_and_where_a_label_is_in_dispute() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    assert [label for label in "ABCDE" if review.proposes("right", label)] == ["B", "C"]
    assert [review.place_of(label) for label in "ABC"] == [0, 1, None]


def test_labels_that_were_only_spoken_of_are_known_too() -> None:
    review = review_of(MULTI, Task.TEXTCAT_MULTILABEL)
    assert review.labels == ("A", "B", "C", "D", "E")
    said = {"left": {"Z": 1.0}, "right": {"A": 1.0}}
    assert review_of(said, Task.TEXTCAT).labels == ("A", "B", "C", "D", "E", "Z")

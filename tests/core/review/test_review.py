"""A review: the choice at each difference, and the answer that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import review_of

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import CurrentPrediction, Example, QueueItem, SettledDifference, Span, Spans, Task
from tiebreak.core.review.choices import distinct_readings
from tiebreak.core.review.spans import SpanReview

TEXT = "Ada met Bob in Rome, Italy"
ADA, BOB, ROME = Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), Span(15, 19, "GPE")
ROME_ITALY = Span(15, 26, "GPE")


@pytest.fixture
def review() -> SpanReview:
    """Ada is agreed; only the right predictor has Bob; Rome ends in two places."""
    return review_of(TEXT, {"left": (ADA, ROME), "right": (ADA, BOB, ROME_ITALY)})


def test_the_answer_starts_as_the_agreed_spans_and_the_left_readings_unconfirmed(review: SpanReview) -> None:
    assert review.marks == review.shown == (ADA, ROME)
    assert review.agreed == (ADA,)
    assert [(choice.name, choice.confirmed) for choice in review.choices] == [("left", False), ("left", False)]
    assert (review.unconfirmed, review.focus) == (2, 0)


def test_choosing_takes_a_reading_and_confirms_it(review: SpanReview) -> None:
    review.choose(1)
    assert review.marks == (ADA, BOB, ROME)
    assert [choice.confirmed for choice in review.choices] == [True, False]
    review.move(1)
    review.choose(1)
    assert review.marks == (ADA, BOB, ROME_ITALY)
    assert review.unconfirmed == 0
    review.choose(0)
    assert review.marks == (ADA, BOB, ROME)
    assert review.shown == (ADA, ROME)


def test_moving_goes_round_the_differences_in_text_order(review: SpanReview) -> None:
    seen = []
    for _ in range(3):
        seen.append(review.differences[review.focus].start)
        review.move(1)
    assert seen == [8, 15, 8]
    review.move(-1)
    review.move(-1)
    assert review.focus == 1


def test_left_and_right_are_two_steps_between_two_readings(review: SpanReview) -> None:
    review.step(1)
    review.step(1)
    assert review.choices[0].name == "right"
    review.step(-1)
    review.step(-1)
    assert (review.choices[0].name, review.choices[0].confirmed) == ("left", True)


def test_with_more_readings_left_and_right_step_through_the_distinct_ones() -> None:
    place = {name: (Span(0, 3, label),) for name, label in zip("abcd", ("X", "Y", "X", "Z"), strict=True)}
    review = review_of(TEXT, place)
    assert [reading.predictors for reading in distinct_readings(review.differences[0])] == [("a", "c"), ("b",), ("d",)]
    names = []
    for step in (1, 1, 1, -1, -1, -1):
        review.step(step)
        names.append((review.choices[0].name, review.marks[0].label))
    assert names == [("reading", "Y"), ("right", "Z"), ("right", "Z"), ("reading", "Y"), ("left", "X"), ("left", "X")]
    review.choose_neither()
    review.step(1)
    assert review.marks[0].label == "Z"


def test_one_predictor_can_be_taken_for_all_differences(review: SpanReview) -> None:
    review.choose_all("right")
    assert list(review.marks) == [ADA, BOB, ROME_ITALY]
    assert review.unconfirmed == 0
    review.choose_all("left")
    assert list(review.marks) == [ADA, ROME]
    assert review.unconfirmed == 0


def test_neither_leaves_no_span_at_the_difference(review: SpanReview) -> None:
    review.move(1)
    review.choose_neither()
    assert review.marks == (ADA,)
    assert (review.choices[1].name, review.choices[1].confirmed) == ("neither", True)


def test_both_is_for_readings_that_do_not_overlap_or_tasks_that_let_them(review: SpanReview) -> None:
    assert review.choose_both()
    assert (review.marks, review.choices[0].name) == ((ADA, BOB, ROME), "both")
    review.move(1)
    assert not review.choose_both()
    assert (review.marks, review.choices[1].confirmed) == ((ADA, BOB, ROME), False)
    nested = review_of(TEXT, {"left": (ROME,), "right": (ROME_ITALY,)}, Task.SPANCAT)
    assert nested.choose_both()
    assert nested.marks == (ROME, ROME_ITALY)


def test_a_new_label_goes_on_what_is_chosen_or_on_what_was_proposed(review: SpanReview) -> None:
    review.relabel("ORG")
    assert review.marks == (ADA, Span(8, 11, "ORG"), ROME)
    assert (review.choices[0].name, review.choices[0].confirmed) == ("edited", True)
    review.relabel("PERSON")
    assert (review.choices[0].name, review.marks) == ("right", (ADA, BOB, ROME))
    review.move(1)
    review.choose_neither()
    review.relabel("LOC")
    assert review.marks == (ADA, BOB, Span(15, 19, "LOC"))


def test_edited_spans_go_to_the_difference_they_lie_in_and_the_rest_stands_beside(review: SpanReview) -> None:
    met = Span(4, 7, "VERB")
    review.replace_spans([met, BOB, Span(15, 20, "GPE")])
    assert review.marks == (met, BOB, Span(15, 20, "GPE"))
    assert review.base == (met,)
    assert [(choice.name, choice.confirmed) for choice in review.choices] == [("right", True), ("edited", True)]
    review.replace_spans(review.marks)
    assert [choice.name for choice in review.choices] == ["right", "edited"]


def test_an_edit_that_leaves_a_difference_as_it_was_does_not_confirm_it(review: SpanReview) -> None:
    review.replace_spans([*review.marks, Span(4, 7, "VERB")])
    assert [(choice.name, choice.confirmed) for choice in review.choices] == [("left", False), ("left", False)]


def test_what_overlaps_a_choice_elsewhere_gives_way_and_is_open_again(review: SpanReview) -> None:
    across = Span(8, 19, "EVENT")
    review.replace_spans([ADA, across])
    assert [choice.name for choice in review.choices] == ["edited", "neither"]
    review.move(1)
    review.choose(0)
    assert review.marks == (ADA, ROME)
    assert (review.choices[0].marks, review.choices[0].confirmed) == ((), False)


def test_the_choices_are_kept_with_who_proposed_what_was_chosen(review: SpanReview) -> None:
    review.choose(1)
    bob, rome = review.differences
    assert review.settled() == (
        SettledDifference(bob, "right", (BOB,), confirmed=True, predictors=("right",), first=()),
        SettledDifference(rome, "left", (ROME,), confirmed=False, predictors=("left",), first=(ROME,)),
    )


def test_a_failed_prediction_has_no_part_in_what_is_agreed() -> None:
    readings = {"left": (ADA,), "right": (ADA, BOB)}
    predictions = {name: CurrentPrediction(name, spans) for name, spans in readings.items()}
    predictions["third"] = CurrentPrediction("third", (), "HTTP 500")
    review = SpanReview(QueueItem(Example(1, TEXT, 0), 0.5, find_differences(readings), predictions), Task.NER)
    assert review.agreed == (ADA,)


def test_an_agreed_example_has_its_agreed_spans_for_an_answer() -> None:
    review = review_of(TEXT, {"left": (ADA,), "right": (ADA,)})
    review.move(1)
    assert (review.marks, review.settled(), review.unconfirmed) == ((ADA,), (), 0)


def test_an_earlier_answer_whose_differences_have_changed_still_shows_its_spans(review: SpanReview) -> None:
    review.choose(1)
    records, spans = review.settled(), review.marks
    later = review_of(TEXT, {"left": (ADA, BOB, ROME), "right": (ADA, BOB, ROME_ITALY)})
    later.restore(records, spans)
    assert later.marks == spans


def test_a_choice_that_had_to_give_way_is_restored_as_such() -> None:
    readings = {"left": (Span(1, 2, "X"),), "right": (Span(0, 1, "X"),)}
    review = review_of(TEXT, readings)
    review.replace_spans([Span(0, 2, "X")])
    review.move(1)
    review.choose(0)
    assert_restores(readings, review)


def test_a_choice_that_became_equal_to_an_agreed_span_is_restored_as_such() -> None:
    readings = {"left": (Span(0, 5, "X"), Span(0, 5, "Y")), "right": (Span(0, 5, "X"),)}
    review = review_of(TEXT, readings, Task.SPANCAT)
    review.relabel("X")
    assert review.marks == (Span(0, 5, "X"),)
    assert_restores(readings, review)


A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 16),
    st.integers(1, 5),
    st.sampled_from("XY"),
)


def flat(spans: Any) -> Spans:
    kept: list[Span] = []
    for span in spans:
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return tuple(sorted(kept))


NESTED = st.lists(A_SPAN, max_size=5).map(lambda spans: tuple(sorted(set(spans))))
FLAT = NESTED.map(flat)
Operation = Callable[[SpanReview], object]


def operations(edited: st.SearchStrategy[Spans]) -> st.SearchStrategy[list[Operation]]:
    """Return a strategy for any keys that an annotator may press on the review screen, one after the other."""
    one = st.one_of(
        st.integers(-1, 1).map(lambda step: lambda review: review.move(step)),
        st.integers(0, 3).map(lambda index: lambda review: review.choose(index)),
        st.sampled_from([1, -1]).map(lambda step: lambda review: review.step(step)),
        st.just(lambda review: review.choose_neither()),
        st.just(lambda review: review.choose_both()),
        st.sampled_from("XYZ").map(lambda label: lambda review: review.relabel(label)),
        st.sampled_from("ab").map(lambda name: lambda review: review.choose_all(name)),
        edited.map(lambda spans: lambda review: review.replace_spans(spans)),
    )
    return st.lists(one, max_size=8)


def readings_of(spans: st.SearchStrategy[Spans]) -> st.SearchStrategy[dict[str, Spans]]:
    said = st.lists(spans, min_size=2, max_size=3).map(lambda each: dict(zip("abc", each, strict=False)))
    return said.filter(lambda readings: bool(find_differences(readings)))


def assert_sound(review: SpanReview) -> None:
    assert list(review.marks) == sorted(set(review.marks))
    if not review.task.allows_overlap:
        assert not any(one.overlaps(other) for one, other in combinations(review.marks, 2))
    held = {span for choice in review.choices for span in choice.marks} | set(review.base)
    assert held == set(review.marks)


def assert_restores(readings: Mapping[str, Spans], review: SpanReview) -> None:
    records, spans = review.settled(), review.marks
    again = review_of(TEXT, readings, review.task)
    again.restore(records, spans)
    assert again.marks == spans
    assert again.settled() == records


@settings(max_examples=200)
@given(readings_of(FLAT), operations(FLAT))
def test_whatever_is_pressed_ner_spans_never_overlap(readings: dict[str, Spans], keys: list[Operation]) -> None:
    review = review_of(TEXT, readings)
    assert set(agreed_marks(readings)) <= set(review.marks)
    for press in keys:
        press(review)
        assert_sound(review)


@settings(max_examples=200)
@given(readings_of(NESTED), operations(NESTED))
def test_whatever_is_pressed_the_answer_is_what_the_choices_and_the_rest_hold(
    readings: dict[str, Spans], keys: list[Operation]
) -> None:
    review = review_of(TEXT, readings, Task.SPANCAT)
    for press in keys:
        press(review)
        assert_sound(review)


@settings(max_examples=200)
@given(readings_of(FLAT), operations(FLAT))
def test_whatever_was_pressed_an_answer_is_restored_as_it_was(
    readings: dict[str, Spans], keys: list[Operation]
) -> None:
    review = review_of(TEXT, readings)
    for press in keys:
        press(review)
    assert_restores(readings, review)


@settings(max_examples=200)
@given(readings_of(NESTED), operations(NESTED))
def test_whatever_was_pressed_an_answer_with_nested_spans_is_restored_as_it_was(
    readings: dict[str, Spans], keys: list[Operation]
) -> None:
    review = review_of(TEXT, readings, Task.SPANCAT)
    for press in keys:
        press(review)
    assert_restores(readings, review)


def test_the_next_unconfirmed_difference_is_another_one_if_there_is_another(review: SpanReview) -> None:
    assert review.move_unconfirmed(1)
    assert review.focus == 1
    assert review.move_unconfirmed(-1)
    assert review.focus == 0
    review.move(1)
    review.confirm()
    assert review.move_unconfirmed(-1)
    assert review.focus == 0
    assert review.move_unconfirmed(1)
    assert review.focus == 0
    review.confirm()
    assert not review.move_unconfirmed(1)
    assert review.focus == 0


def test_all_differences_are_confirmed_as_they_stand(review: SpanReview) -> None:
    review.confirm_all()
    assert [(choice.name, choice.confirmed) for choice in review.choices] == [("left", True), ("left", True)]
    assert (review.marks, review.unconfirmed, review.is_touched) == ((ADA, ROME), 0, True)


def test_what_failed_is_no_proposal() -> None:
    predictions = {"left": CurrentPrediction("left", (ADA,)), "right": CurrentPrediction("right", (), "HTTP 500")}
    review = SpanReview(QueueItem(Example(1, TEXT, 0), 0.0, (), predictions), Task.NER)
    assert review.proposals == {"left": (ADA,)}


def test_moving_steps_in_text_order_forth_and_back() -> None:
    spans = [Span(start, end, "X") for start, end in ((0, 3), (4, 7), (8, 11))]
    review = review_of(TEXT, {"left": tuple(spans), "right": ()})
    seen = []
    for step in (1, 1, 1, -1):
        review.move(step)
        seen.append(review.focus)
    assert seen == [1, 2, 0, 2]


def test_a_predictor_that_has_no_reading_settles_nothing(review: SpanReview) -> None:
    review.choose_all("third")
    assert (review.marks, review.unconfirmed) == ((ADA, ROME), 2)


def test_the_known_labels_are_there_to_choose(review: SpanReview) -> None:
    assert SpanReview(review.item, Task.NER, ["PERSON", "GPE"]).labels == ("PERSON", "GPE")


def test_a_difference_that_the_earlier_answer_did_not_know_is_open(review: SpanReview) -> None:
    met = Span(4, 7, "VERB")
    review.choose(1)
    review.move(1)
    review.confirm()
    later = review_of(TEXT, {"left": (ADA, met, ROME), "right": (ADA, BOB, ROME_ITALY)})
    later.restore(review.settled(), review.marks)
    assert later.marks == (ADA, BOB, ROME)
    assert [(choice.name, choice.confirmed) for choice in later.choices] == [
        ("right", False),
        ("right", True),
        ("left", True),
    ]


def test_a_reading_that_nobody_has_any_more_is_restored_as_an_edit(review: SpanReview) -> None:
    review.choose(1)
    later = review_of(TEXT, {"left": (ADA, ROME), "right": (ADA, Span(8, 11, "ORG"), ROME_ITALY)})
    later.restore(review.settled(), review.marks)
    assert later.marks == (ADA, BOB, ROME)
    bob, rome = later.settled()
    assert (bob.choice, bob.confirmed, bob.predictors) == ("edited", True, ())
    assert (rome.choice, rome.confirmed, rome.predictors) == ("left", False, ("left",))

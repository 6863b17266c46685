"""The first readings of an answer, once earlier answers have taught which are probable."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import learned_place, review_of

from tiebreak.core.compare.cats import decided, find_category_differences
from tiebreak.core.compare.mixes import mixes
from tiebreak.core.compare.spans import find_differences, first_overlap
from tiebreak.core.records import (
    Category,
    CurrentPrediction,
    Difference,
    Example,
    Learned,
    LearnedPlace,
    Marks,
    QueueItem,
    Span,
    Spans,
    Task,
)
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.choices import distinct_readings
from tiebreak.core.review.first_reading import LEAST_ANSWERS
from tiebreak.core.review.opening import open_review
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview

TEXT = "Ada met Bob in Rome, Italy"
ADA, BOB, ROME = Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), Span(15, 19, "GPE")
ROME_ITALY, ITALY = Span(15, 26, "GPE"), Span(21, 26, "GPE")
READINGS = {"left": (ADA, ROME), "right": (ADA, BOB, ROME_ITALY)}
NOTHING = LearnedPlace((), 1.0)
BOB_HOLDS = learned_place(((BOB,), 0.8), ((), 0.15))
BOTH_PLACES = learned_place(((ROME_ITALY,), 0.5), ((ROME, ITALY), 0.3), ((ROME,), 0.1), ((), 0.05))


def learned_review(*places: LearnedPlace, task: Task = Task.NER) -> SpanReview:
    return review_of(TEXT, READINGS, task, Learned(40, places))


def test_the_answer_starts_with_the_most_probable_candidates_unconfirmed() -> None:
    review = learned_review(BOB_HOLDS, BOTH_PLACES)
    assert review.marks == review.shown == (ADA, BOB, ROME_ITALY)
    assert [(choice.name, choice.confirmed) for choice in review.choices] == [("right", False), ("right", False)]
    assert [(each.first, each.probability) for each in review.settled()] == [((BOB,), 0.8), ((ROME_ITALY,), 0.5)]
    assert (review.rests_on, review.is_touched) == (40, False)


def test_without_candidates_a_place_starts_with_the_left_reading() -> None:
    review = learned_review(NOTHING, BOTH_PLACES)
    assert review.marks == (ADA, ROME_ITALY)
    assert [each.probability for each in review.settled()] == [None, 0.5]


def test_equal_probabilities_fall_to_the_left_reading() -> None:
    even = learned_place(((ROME_ITALY,), 0.4), ((ROME,), 0.4))
    review = learned_review(NOTHING, even)
    assert review.marks == (ADA, ROME)
    review.move(1)
    assert review.mix() == (2, 2)
    assert review.marks == (ADA, ROME_ITALY)


@pytest.mark.parametrize(
    ("marks", "name"),
    [((), "neither"), ((ROME, ITALY), "edited"), ((Span(15, 19, "ORG"),), "edited"), ((ROME, ROME_ITALY), "both")],
)
def test_a_candidate_that_no_predictor_proposed_may_be_first(marks: Spans, name: str) -> None:
    review = learned_review(NOTHING, learned_place((marks, 0.9)), task=Task.SPANCAT)
    assert review.choices[1].marks == marks
    assert (review.choices[1].name, review.choices[1].confirmed) == (name, False)
    review.confirm_all()
    assert review.settled()[1].marks == review.settled()[1].first == marks


@pytest.mark.parametrize(("answers", "first"), [(LEAST_ANSWERS - 1, ()), (LEAST_ANSWERS, (BOB,))])
def test_what_rests_on_few_answers_is_no_evidence(answers: int, first: Spans) -> None:
    review = open_review(review_of(TEXT, READINGS).item, Task.NER, (), Learned(answers, (BOB_HOLDS, NOTHING)))
    assert review.settled()[0].first == first
    assert review.rests_on == (answers if first else 0)


def test_m_steps_through_what_may_hold_then_the_mixes_and_round() -> None:
    org, org_italy = Span(15, 19, "ORG"), Span(15, 26, "ORG")
    likely: list[Spans] = [(org_italy,), (), (ROME,), (org,)]
    place = learned_place(*zip(likely, (0.5, 0.3, 0.1, 0.05), strict=True))
    review = review_of(TEXT, {"left": (ROME,), "right": (org_italy,)}, learned=Learned(9, (place,)))
    mixed = mixes([(ROME,), (org_italy,)], Task.NER)
    assert (org,) in mixed
    wanted = [*likely[1:], *(mix for mix in mixed if mix != (org,)), likely[0]]
    assert len(wanted) > len(likely)
    for number, marks in enumerate(wanted[:-1], start=2):
        assert review.mix() == (number, len(wanted))
        assert review.choices[0].marks == marks
    assert review.mix() == (1, len(wanted))
    assert review.choices[0].marks == likely[0]
    review.mix(-1)
    assert review.choices[0].marks == wanted[-2]


def test_what_stands_has_the_probability_that_was_learned() -> None:
    review = learned_review(NOTHING, BOTH_PLACES)
    assert [review.probability(at) for at in (0, 1)] == [None, 0.5]
    assert not review.has_candidates
    review.move(1)
    assert review.has_candidates
    review.choose(0)
    assert review.probability(1) == 0.1
    review.relabel("ORG")
    assert review.probability(1) is None


def test_an_answer_shown_again_keeps_what_was_shown_first() -> None:
    review = learned_review(BOB_HOLDS, BOTH_PLACES)
    review.choose(0)
    later = review_of(TEXT, READINGS)
    later.begin_as(review.settled(), review.rests_on)
    assert (later.marks, later.shown, later.rests_on) == (review.shown, review.shown, 40)
    later.restore(review.settled(), review.marks)
    assert later.settled() == review.settled()


def test_of_other_differences_nothing_was_shown_first() -> None:
    review = learned_review(BOB_HOLDS, BOTH_PLACES)
    later = review_of(TEXT, {"left": (ROME,), "right": (BOB, ROME_ITALY)})
    later.begin_as(review.settled()[:1], 40)
    assert (later.marks, later.rests_on) == ((ROME,), 0)


def of_categories(task: Task, *places: LearnedPlace) -> CategoryReview:
    said = {"left": {"SPORT": 0.9, "NEWS": 0.2}, "right": {"SPORT": 0.1, "NEWS": 0.7}}
    predictions = {name: CurrentPrediction(name, decided(cats, task), cats=cats) for name, cats in said.items()}
    differences = find_category_differences({name: decided(cats, task) for name, cats in said.items()})
    item = QueueItem(Example(1, TEXT, 0), 1.0, differences, predictions)
    return CategoryReview(item, task, ("SPORT", "NEWS"), Learned(40, places) if places else None)


def yes(label: str, probability: float) -> LearnedPlace:
    """Return what was learned of a disputed label that holds with this probability."""
    candidates: list[tuple[Marks, float]] = [((Category(label),), probability), ((), 1.0 - probability)]
    return learned_place(*sorted(candidates, key=lambda each: -each[1]))


def test_categories_start_with_what_is_most_probable_and_m_steps_on() -> None:
    review = of_categories(Task.TEXTCAT_MULTILABEL, yes("NEWS", 0.9), yes("SPORT", 0.6))
    assert [each.label for each in review.differences] == ["NEWS", "SPORT"]
    assert review.chosen == {"NEWS", "SPORT"}
    assert review.mix() == (2, 2)
    assert review.chosen == {"SPORT"}
    assert [choice.confirmed for choice in review.choices] == [True, False]
    assert review.mix() == (1, 2)
    assert review.chosen == {"NEWS", "SPORT"}


def test_of_categories_nothing_was_learned_of_m_takes_none() -> None:
    review = of_categories(Task.TEXTCAT)
    assert review.mix() == (0, 0)
    assert review.chosen == {"SPORT"}
    assert not review.is_touched


def test_of_labels_that_exclude_each_other_m_puts_one_in_the_place_of_the_other() -> None:
    review = of_categories(Task.TEXTCAT, yes("NEWS", 0.7), yes("SPORT", 0.3))
    assert review.chosen == {"NEWS"}
    assert review.mix() == (2, 2)
    assert review.chosen == {"SPORT"}
    assert review.unconfirmed == 0


def test_labels_that_exclude_each_other_never_start_together() -> None:
    review = of_categories(Task.TEXTCAT, yes("NEWS", 0.7), yes("SPORT", 0.6))
    assert review.chosen == {"SPORT"}
    assert [each.probability for each in review.settled()] == [None, None]


A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 16),
    st.integers(1, 5),
    st.sampled_from("XY"),
)


def flat(spans: list[Span]) -> Spans:
    kept: list[Span] = []
    for span in spans:
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return tuple(sorted(kept))


def candidates_of(difference: Difference, task: Task) -> list[Spans]:
    """Return all candidates of a difference: readings, neither, both, mixes, and another label."""
    readings: list[Spans] = [reading.marks for reading in distinct_readings(difference)]
    both = tuple(sorted({span for reading in readings for span in reading}))
    others = [tuple(span._replace(label="Z") for span in reading) for reading in readings]
    fits = task.allows_overlap or not first_overlap(both)
    return list(dict.fromkeys([*readings, (), *([both] if fits else []), *mixes(readings, task), *others]))


@st.composite
def learned_reviews(draw: st.DrawFn, task: Task) -> SpanReview:
    said = st.lists(A_SPAN, max_size=5)
    readings = {
        name: flat(draw(said)) if task is Task.NER else tuple(sorted(set(draw(said)))) for name in ("a", "b", "c")
    }
    places = []
    for difference in find_differences(readings):
        candidates = draw(st.permutations(candidates_of(difference, task)))
        probable = draw(st.lists(st.sampled_from([0.1, 0.2, 0.4]), min_size=len(candidates), max_size=len(candidates)))
        kept = draw(st.integers(0, len(candidates)))
        places.append(learned_place(*zip(candidates[:kept], sorted(probable, reverse=True), strict=False)))
    return review_of(TEXT, readings, task, Learned(9, tuple(places)))


def assert_a_law_of_first_readings(review: SpanReview) -> None:
    left = [readings[0].marks for readings in review.readings]
    assert review.marks == review.shown
    assert set(review.marks) == {*review.agreed, *(span for each in review.settled() for span in each.first or ())}
    assert not review.is_touched
    for place, first, mine in zip(review.learned, review.settled(), left, strict=True):
        assert place is not None
        assert first.marks == first.first
        if not place.candidates:
            assert (first.first, first.probability) == (mine, None)
            continue
        assert first.probability == max(each.probability for each in place.candidates)
        assert (first.first, first.probability) in place.candidates
        if (mine, first.probability) in place.candidates:
            assert first.first == mine


@settings(max_examples=200)
@given(learned_reviews(Task.NER))
def test_first_readings_never_overlap_in_ner_and_an_answer_given_without_touching_is_what_was_shown(
    review: SpanReview,
) -> None:
    assert_a_law_of_first_readings(review)
    assert not any(one.overlaps(other) for one, other in combinations(review.marks, 2))


@settings(max_examples=200)
@given(learned_reviews(Task.SPANCAT))
def test_where_spans_may_overlap_an_answer_given_without_touching_is_what_was_shown(review: SpanReview) -> None:
    assert_a_law_of_first_readings(review)


@settings(max_examples=100)
@given(learned_reviews(Task.NER) | learned_reviews(Task.SPANCAT), st.data())
def test_an_answer_given_with_learning_is_restored_without_it(review: SpanReview, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 3)) if review.differences else 0):
        review.move(data.draw(st.integers(0, 3)))
        for _ in range(data.draw(st.integers(0, 9))):
            review.mix()
    later: AnyReview = SpanReview(review.item, review.task)
    later.begin_as(review.settled(), review.rests_on)
    assert later.marks == review.shown
    later.restore(review.settled(), review.marks)
    assert later.marks == review.marks
    assert later.settled() == review.settled()


@settings(max_examples=100)
@given(st.data(), st.sampled_from([Task.TEXTCAT, Task.TEXTCAT_MULTILABEL]))
def test_categories_start_as_the_task_allows_and_stay_so_whatever_m_takes(data: st.DataObject, task: Task) -> None:
    score = st.sampled_from([0.1, 0.3, 0.6])
    said = {name: {label: data.draw(score) for label in "ABC"} for name in ("left", "middle", "right")}
    readings = {name: decided(cats, task) for name, cats in said.items()}
    predictions = {name: CurrentPrediction(name, readings[name], cats=cats) for name, cats in said.items()}
    differences = find_category_differences(readings)
    places = tuple(yes(each.label, data.draw(st.sampled_from([0.2, 0.5, 0.7]))) for each in differences)
    item = QueueItem(Example(1, TEXT, 0), 1.0, differences, predictions)
    review = CategoryReview(item, task, "ABC", Learned(9, places))
    assert review.marks == review.shown
    assert not review.is_touched
    for step in data.draw(st.lists(st.integers(0, 2), max_size=5)) if differences else ():
        review.move(step)
        review.mix()
        assert len(review.chosen) <= (1 if task is Task.TEXTCAT else 3)
    later = CategoryReview(item, task, "ABC")
    later.begin_as(review.settled(), review.rests_on)
    assert later.marks == review.shown
    later.restore(review.settled(), review.marks)
    assert later.settled() == review.settled()

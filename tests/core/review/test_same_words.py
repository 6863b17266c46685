"""The same words: the choice at one place of a text, made at all others with the same words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import learned_place, offer_of, review_of

from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import Learned, LearnedPlace, Span, Spans, Task
from tiebreak.core.review.choices import Choice
from tiebreak.core.review.draft import Draft
from tiebreak.core.review.opening import open_review
from tiebreak.core.review.same_words import SameWords
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.review.spans import SpanReview


def spans(text: str, *mentions: tuple[str, int, str]) -> Spans:
    """Return spans by their words, the number of the occurrence in `text`, and the label."""
    found = []
    for words, number, label in mentions:
        start = [match.start() for match in re.finditer(re.escape(words), text)][number]
        found.append(Span(start, start + len(words), label))
    return tuple(sorted(found))


def counts(found: SameWords | None) -> tuple[int, int, int]:
    assert found is not None
    return found.done, found.in_the_way, found.without_row


def settled(review: SpanReview) -> list[tuple[Spans, str, bool]]:
    return [(choice.marks, choice.name, choice.confirmed) for choice in review.choices]


def on_a_slice(review: SpanReview, *, is_unmarked: bool = False) -> SpanReview:
    sliced = open_review(review.item, review.task, sliced=Sliced(is_unmarked))
    assert isinstance(sliced, SpanReview)
    return sliced


APPLE = "Apple sued. Apple won. Apple lost, Apple paid."
LEFT = spans(APPLE, ("Apple", 0, "PER"), ("Apple", 1, "LOC"), ("Apple", 2, "LOC"))
RIGHT = spans(APPLE, ("Apple", 0, "ORG"), ("Apple", 2, "LOC"))


def test_a_row_is_settled_what_all_say_relabelled_and_the_rest_marked() -> None:
    review = review_of(APPLE, {"left": LEFT, "right": RIGHT})
    with review.one_step():
        review.choose(1)
    with review.one_step():
        found = review.decide_same()
    everywhere = spans(APPLE, *(("Apple", number, "ORG") for number in range(4)))
    assert counts(found) == (3, 0, 0)
    assert review.marks == everywhere
    assert settled(review) == [((everywhere[0],), "right", True), ((everywhere[1],), "edited", True)]
    assert review.take_back()
    assert (review.marks, review.choices[1].confirmed) == ((RIGHT[0], LEFT[1], LEFT[2]), False)


def test_neither_holds_at_the_same_words_either() -> None:
    review = review_of(APPLE, {"left": LEFT, "right": RIGHT})
    review.choose_neither()
    assert counts(review.decide_same()) == (2, 0, 0)
    assert review.marks == ()
    assert settled(review)[1] == ((), "right", True)  # the right model's reading there


def test_what_a_person_added_is_dropped_with_the_rest() -> None:
    review = review_of(APPLE, {"left": LEFT, "right": RIGHT})
    review.replace_spans(spans(APPLE, ("Apple", 3, "LOC"), ("Apple paid", 0, "X")))
    review.choose_neither()
    assert counts(review.decide_same()) == (1, 0, 0)  # the row that was not confirmed; edited rows are
    review = review_of(APPLE, {"left": LEFT[:1], "right": RIGHT[:1]})
    review.replace_spans(spans(APPLE, ("Apple", 1, "LOC"), ("Apple paid", 0, "X")))
    review.choose_neither()
    assert counts(review.decide_same()) == (1, 0, 0)
    assert review.marks == spans(APPLE, ("Apple paid", 0, "X"))


def test_what_stands_is_confirmed_where_it_is_and_elsewhere() -> None:
    review = review_of(APPLE, {"left": LEFT[:2], "right": RIGHT[:1]})
    assert not any(choice.confirmed for choice in review.choices)
    review.decide_same()
    assert all(choice.confirmed for choice in review.choices)


HOUSE = "The White House says. At the White House, a White House aide, White House Down, a Whitehouse."
HOUSE_LEFT = spans(HOUSE, ("The White House", 0, "ORG"), ("the White House", 0, "ORG"), ("White House Down", 0, "ART"))
HOUSE_RIGHT = spans(HOUSE, ("White House", 0, "ORG"), ("White House", 1, "ORG"))


def test_one_of_the_readings_of_a_boundary_is_taken_and_other_bounds_are_left_alone() -> None:
    review = review_of(HOUSE, {"left": HOUSE_LEFT, "right": HOUSE_RIGHT})
    review.choose(1)
    assert counts(review.decide_same()) == (2, 1, 0)
    house = spans(HOUSE, *(("White House", number, "ORG") for number in range(3)))
    assert review.marks == (*house, *spans(HOUSE, ("White House Down", 0, "ART")))
    assert settled(review)[1] == ((house[1],), "right", True)
    assert not review.choices[2].confirmed


def test_bounds_that_were_chosen_already_are_left_alone() -> None:
    review = review_of(HOUSE, {"left": HOUSE_LEFT, "right": HOUSE_RIGHT})
    review.choose(0, at=1)
    review.choose(1)
    assert counts(review.decide_same()) == (1, 2, 0)
    assert settled(review)[1] == ((HOUSE_LEFT[1],), "left", True)


def test_no_span_at_some_words_says_nothing_of_longer_ones() -> None:
    text = "Acme sued. The Acme won, my Acme Corp lost, an Acme paid."
    left = spans(text, ("Acme", 0, "ORG"), ("Acme", 1, "ORG"), ("Acme Corp", 0, "ORG"), ("Acme", 3, "ORG"))
    right = spans(text, ("The Acme", 0, "ORG"), ("my Acme Corp", 0, "ORG"), ("an Acme", 0, "ORG"))
    review = review_of(text, {"left": left, "right": right})
    review.choose(1, at=1)
    review.choose_neither()
    assert counts(review.decide_same()) == (0, 2, 0)  # at the second place, the annotator chose something else
    assert settled(review)[1:] == [((right[0],), "right", True), *(((span,), "left", False) for span in left[2:])]


def test_what_was_extended_over_the_words_is_in_the_way() -> None:
    text = "Acme sued. Acme Corp won."
    left = spans(text, ("Acme", 0, "ORG"), ("Acme", 1, "X"), ("Corp", 0, "ORG"))
    review = review_of(text, {"left": left, "right": ()})
    review.move(2)
    review.move_start(-1)
    review.move(1)
    assert counts(review.decide_same()) == (0, 1, 0)
    assert review.marks == spans(text, ("Acme", 0, "ORG"), ("Acme Corp", 0, "ORG"))
    review.choose_neither()
    assert counts(review.decide_same()) == (1, 0, 0)  # an empty choice has nothing in its way
    assert review.marks == spans(text, ("Acme Corp", 0, "ORG"))


def test_a_row_with_the_words_twice_is_settled_by_the_first() -> None:
    text = "Ada. Ada Ada"
    ada = spans(text, *(("Ada", number, "PER") for number in range(3)))
    readings = {"left": ada[:2], "middle": (ada[2],), "right": spans(text, ("Ada Ada", 0, "PER"))}
    review = review_of(text, readings)
    assert counts(review.decide_same()) == (1, 1, 0)
    assert review.marks == ada[:2]


def test_what_gave_way_before_does_not_take_the_place_of_what_was_marked_since() -> None:
    text = "Ada. B of Ada"
    all_say = spans(text, ("of Ada", 0, "X"))
    left = spans(text, ("Ada", 0, "PER"), ("B", 0, "PER"))
    review = review_of(text, {"left": (*left, *all_say), "right": all_say})
    review.move(1)
    review.move_end(1)
    assert review.marks == spans(text, ("Ada", 0, "PER"), ("B of", 0, "PER"))
    review.move(-1)
    assert counts(review.decide_same()) == (1, 0, 0)
    review.choose(0, at=1)
    assert review.marks == spans(text, ("Ada", 0, "PER"), ("B", 0, "PER"), ("Ada", 1, "PER"))


def test_a_label_that_was_chosen_already_is_not() -> None:
    review = review_of(APPLE, {"left": LEFT[:2], "right": RIGHT[:1]})
    review.choose(0, at=1)
    review.choose(1)
    assert counts(review.decide_same()) == (3, 0, 0)
    assert {span.label for span in review.marks} == {"ORG"}


@pytest.mark.parametrize(("task", "done"), [(Task.NER, (1, 1, 0)), (Task.SPANCAT, (2, 0, 0))])
def test_a_span_with_other_bounds_that_all_have_is_in_the_way_unless_spans_may_overlap(
    task: Task, done: tuple[int, int, int]
) -> None:
    text = "Ada went. Ada Lovelace stayed with Ada."
    all_say = spans(text, ("Ada Lovelace", 0, "PER"))
    readings = {"left": (*spans(text, ("Ada", 0, "PER")), *all_say), "right": all_say}
    review = review_of(text, readings, task)
    assert counts(review.decide_same()) == done
    assert set(all_say) < set(review.marks)


def test_labels_that_are_not_in_question_stay_where_spans_may_overlap() -> None:
    text = "Ada wrote. Ada read. Ada slept."
    other = spans(text, ("Ada", 0, "POET"), ("Ada", 1, "POET"))
    readings = {"left": (*spans(text, ("Ada", 0, "A"), ("Ada", 2, "B")), *other), "right": other}
    review = review_of(text, readings, Task.SPANCAT)
    assert counts(review.decide_same()) == (2, 0, 0)
    assert review.marks == tuple(sorted((*readings["left"], *spans(text, ("Ada", 1, "A"), ("Ada", 2, "A")))))
    assert [choice.confirmed for choice in review.choices] == [True, False]  # whether it is a B is another question
    review.replace_spans((*review.marks, *spans(text, ("slept", 0, "A"))))
    assert [choice.confirmed for choice in review.choices] == [True, False]
    review.choose_neither()
    assert counts(review.decide_same()) == (2, 0, 0)
    review.replace_spans(set(review.marks).difference(spans(text, ("slept", 0, "A"))))
    assert review.marks == (*other, *spans(text, ("Ada", 2, "B")))


def test_spans_together_stand_together_elsewhere_whatever_white_space_parts_them() -> None:
    text = "Ada Lovelace, and Ada\n  Lovelace."
    review = review_of(text, {"left": spans(text, ("Ada", 0, "FIRST")), "right": spans(text, ("Lovelace", 0, "LAST"))})
    assert len(review.choices) == 2
    review = review_of(text, {"left": spans(text, ("Ada Lovelace", 0, "PER")), "right": ()})
    review.replace_spans(spans(text, ("Ada", 0, "FIRST"), ("Lovelace", 0, "LAST")))
    assert counts(review.decide_same()) == (1, 0, 0)
    both = [("Ada", number, "FIRST") for number in (0, 1)] + [("Lovelace", number, "LAST") for number in (0, 1)]
    assert review.marks == spans(text, *both)


def test_an_offer_is_settled_as_a_difference_is() -> None:
    readings = {"left": spans(APPLE, ("Apple", 0, "ORG"), ("Apple", 1, "LOC")), "right": ()}
    readings["right"] = readings["left"][1:]
    instead = spans(APPLE, ("Apple", 2, "ORG"))
    offers = (
        offer_of(readings, readings["right"], ((), 0.7), (readings["right"], 0.3)),
        offer_of(readings, (), (instead, 0.6), ((), 0.4)),
    )
    learned = Learned(9, tuple(LearnedPlace((), 1.0) for _ in find_differences(readings)), offers)
    review = review_of(APPLE, readings, learned=learned)
    assert [place.kind for place in review.differences] == ["missing", "agreed", "unmarked"]
    review.choose_neither()
    assert counts(review.decide_same()) == (2, 0, 0)
    assert settled(review)[1:] == [((), "neither", True), ((), "left", True)]
    assert review.marks == ()


def test_a_slice_text_gets_nothing_that_has_no_row() -> None:
    review = on_a_slice(review_of(APPLE, {"left": LEFT, "right": RIGHT}))
    assert review.decide_same() is None  # no choice yet
    assert not review.is_touched
    review.choose(1)
    assert counts(review.decide_same()) == (2, 0, 1)
    assert review.marks == spans(APPLE, *(("Apple", number, "ORG") for number in range(3)))
    assert not review.is_undecided


def test_what_is_hidden_on_a_slice_text_stays_so() -> None:
    review = on_a_slice(review_of(APPLE, {"left": LEFT, "right": RIGHT}), is_unmarked=True)
    review.choose_neither()
    assert counts(review.decide_same()) == (1, 0, 0)
    review.choose(1)
    assert counts(review.decide_same()) == (1, 0, 2)
    assert review.marks == spans(APPLE, *(("Apple", number, "ORG") for number in range(2)))


def test_the_questions_of_the_only_model_are_settled_as_differences_are() -> None:
    review = review_of(APPLE, {"only": spans(APPLE, ("Apple", 0, "ORG"), ("Apple", 1, "LOC"))})
    assert [place.kind for place in review.differences] == ["agreed"] * len(review.differences)
    assert counts(review.decide_same()) == (3, 0, 0)
    assert all(choice.confirmed for choice in review.choices)


WORDS = "Ada B Ada Ada B ada Ada  B C Ada C B Ada B"
BOUNDS = [match.start() for match in re.finditer(r"\S+", WORDS)]
ENDS = [match.end() for match in re.finditer(r"\S+", WORDS)]
LABELS = ("X", "Y")


@st.composite
def readings_of(draw: st.DrawFn, *, overlapping: bool) -> Spans:
    """Draw a model's reading of WORDS: spans of one to three tokens."""
    said: list[Span] = []
    for first in draw(st.lists(st.integers(0, len(BOUNDS) - 1), max_size=8)):
        last = min(first + draw(st.integers(0, 2)), len(BOUNDS) - 1)
        span = Span(BOUNDS[first], ENDS[last], draw(st.sampled_from(LABELS)))
        if overlapping or not any(span.overlaps(other) for other in said):
            said.append(span)
    return tuple(sorted(set(said)))


@st.composite
def reviews(draw: st.DrawFn) -> SpanReview:
    task = draw(st.sampled_from([Task.NER, Task.SPANCAT]))
    one = readings_of(overlapping=task.allows_overlap)
    readings = {name: draw(one) for name in draw(st.sampled_from(["a", "ab", "abc"]))}
    likely = [
        learned_place(((Span(place.start, place.end, "Y"),), 0.5), ((), 0.3)) for place in find_differences(readings)
    ]
    learned = Learned(9, tuple(likely)) if draw(st.booleans()) else None
    review = review_of(WORDS, readings, task, learned)
    return on_a_slice(review, is_unmarked=draw(st.booleans())) if draw(st.booleans()) else review


CHANGES: list[Callable[[SpanReview], object]] = [
    lambda review: review.choose(0),
    lambda review: review.choose(1),
    lambda review: review.choose_neither(),
    lambda review: review.choose_both(),
    lambda review: review.relabel("Y"),
    lambda review: review.move_end(1),
    lambda review: review.move_start(-1),
    lambda review: review.mix(),
    lambda review: review.move(1),
    lambda review: review.decide_same(),
    lambda review: review.replace_spans([Span(BOUNDS[2], ENDS[2], "X"), Span(BOUNDS[6], ENDS[7], "Y")]),
]


def stands(review: SpanReview) -> tuple[Spans, Spans, tuple[Choice[Span], ...], int]:
    return review.marks, review.base, review.choices, review.focus


def kept(review: SpanReview) -> tuple[Spans, list[tuple[Spans, bool]]]:
    return review.marks, [(choice.marks, choice.confirmed) for choice in review.choices]


def reopened(review: SpanReview) -> tuple[Spans, list[tuple[Spans, bool]]]:
    """Return the marks and choices after the review is put aside and opened again."""
    of_differences = tuple(place.learned for place in review.places if place.learned is not None)
    learned = Learned(9, of_differences) if review.taught else None
    later = open_review(review.item, review.task, learned=learned, sliced=review.sliced)
    assert isinstance(later, SpanReview)
    Draft.of(review).restore(later)
    return kept(later)


@settings(max_examples=300)
@given(reviews(), st.lists(st.sampled_from(CHANGES), max_size=8))
def test_twice_is_as_good_as_once_and_one_step_back_restores_all(
    review: SpanReview, changes: Sequence[Callable[[SpanReview], object]]
) -> None:
    if not review.differences:
        return
    for change in changes:
        change(review)
    before, steps, was_open = stands(review), len(review.steps), review.is_open(review.focus)
    with review.one_step():
        found = review.decide_same()
    after = stands(review)
    assert review.choices[review.focus].marks == before[2][review.focus].marks
    with review.one_step():
        again = review.decide_same()
    assert stands(review) == after
    if found is None or again is None:
        assert found is again
        assert was_open
        assert after == before
    else:
        assert not was_open
        assert again.done == 0
        assert again.without_row == found.without_row
        assert again.in_the_way == found.in_the_way or not found.marks  # otherwise a span that gave way may be back
    assert reopened(review) == kept(review)
    assert len(review.steps) - steps == (after != before)
    if after != before:
        review.take_back()
    assert stands(review) == before

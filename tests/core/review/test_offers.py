"""Offers: places at which the predictors agree, and the learner finds something else probable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import learned_place, offer_of, review_of

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.cats import decided, find_category_differences
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import (
    Category,
    CurrentPrediction,
    Difference,
    Example,
    Learned,
    LearnedPlace,
    Offer,
    QueueItem,
    Span,
    Spans,
    Task,
)
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.draft import Draft
from tiebreak.core.review.spans import SpanReview

TEXT = "Ada met Bob in Rome, Italy"
ADA, BOB, ROME = Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), Span(15, 19, "GPE")
ROME_ITALY, ITALY = Span(15, 26, "GPE"), Span(21, 26, "GPE")
READINGS = {"left": (ADA, ROME), "right": (ADA, ROME_ITALY)}
ROME_HOLDS = learned_place(((ROME,), 0.8), ((ROME_ITALY,), 0.1))
NO_ADA = offer_of(READINGS, (ADA,), ((), 0.7), ((ADA,), 0.3))
ADDED_BOB = offer_of(READINGS, (), ((BOB,), 0.6), ((), 0.4))


def review_with(*offers: Offer, readings: Mapping[str, Spans] = READINGS, task: Task = Task.NER) -> SpanReview:
    places = tuple(LearnedPlace((), 1.0) for _ in find_differences(readings))
    return review_of(TEXT, readings, task, Learned(40, places, offers))


def shown(review: SpanReview) -> list[tuple[str, Spans, bool]]:
    places = zip(review.differences, review.choices, strict=True)
    return [(place.kind, choice.marks, choice.confirmed) for place, choice in places]


def test_offers_stand_among_the_differences_at_what_is_most_probable_unconfirmed() -> None:
    review = review_with(NO_ADA, ADDED_BOB)
    assert shown(review) == [("agreed", (), False), ("unmarked", (BOB,), False), ("boundary", (ROME,), False)]
    assert review.marks == review.shown == (BOB, ROME)
    assert [review.probability(at) for at in (0, 1)] == [0.7, 0.6]
    assert (review.unconfirmed, review.is_touched, len(review.item.differences)) == (3, False, 1)


def test_an_offer_has_the_reading_of_all_predictors_and_that_of_none() -> None:
    review = review_with(NO_ADA)
    assert [tuple(reading) for reading in review.readings[0]] == [(("left", "right"), (ADA,)), ((), ())]
    review.step(-1)
    assert shown(review)[0] == ("agreed", (ADA,), True)
    assert (review.marks, review.settled()[0].predictors) == ((ADA, ROME), ("left", "right"))
    review.step(1)
    assert (review.marks, review.settled()[0].choice, review.settled()[0].predictors) == ((ROME,), "neither", ())


@pytest.mark.parametrize(("settle", "marks"), [("confirm", ()), ("choose_neither", ())])
def test_one_key_settles_an_offer(settle: str, marks: Spans) -> None:
    review = review_with(NO_ADA)
    getattr(review, settle)()
    assert shown(review)[0] == ("agreed", marks, True)
    assert review.choices[0].reading == 1


def test_an_offer_takes_another_label_other_bounds_and_further_candidates() -> None:
    other = Span(0, 3, "ORG")
    review = review_with(offer_of(READINGS, (ADA,), ((), 0.5), ((ADA,), 0.3), ((other,), 0.1)))
    assert [review.mix() for _ in range(3)] == [(2, 3), (3, 3), (1, 3)]
    review.relabel("ORG")
    assert (review.choices[0].marks, review.choices[0].name) == ((other,), "edited")
    review.move_end(1)
    assert review.marks == (Span(0, 7, "ORG"), ROME)
    review = review_with(ADDED_BOB)
    review.choose_neither()
    review.relabel("ORG")  # the label of the offered span
    assert Span(8, 11, "ORG") in review.marks


def test_what_takes_the_place_of_an_offer_gives_it_back() -> None:
    review = review_with(ADDED_BOB)
    review.move(1)
    for _ in range(2):
        review.move_start(-1)  # over Bob
    assert (review.marks, review.choices[0].confirmed) == ((ADA, Span(8, 19, "GPE")), False)
    review.move_start(1)
    assert review.marks == (ADA, BOB, Span(12, 19, "GPE"))
    review.move(-1)
    review.confirm()
    assert BOB in review.marks


def test_all_of_one_model_leaves_what_is_offered() -> None:
    review = review_with(NO_ADA, ADDED_BOB)
    review.choose_all("right")
    assert review.marks == (BOB, ROME_ITALY)
    assert [choice.confirmed for choice in review.choices] == [False, False, True]
    review.confirm_all()
    assert review.unconfirmed == 0


def test_edit_mode_settles_what_it_changes_at_an_offer() -> None:
    review = review_with(NO_ADA, ADDED_BOB)
    review.replace_spans((ADA, BOB, ROME))
    assert shown(review)[:2] == [("agreed", (ADA,), True), ("unmarked", (BOB,), False)]
    assert review.base == ()
    review.replace_spans((ROME,))
    assert shown(review)[:2] == [("agreed", (), True), ("unmarked", (), True)]


def test_each_step_at_an_offer_is_taken_back() -> None:
    review = review_with(NO_ADA)
    with review.one_step():
        review.step(-1)
    review.take_back()
    assert (review.marks, review.is_touched) == ((ROME,), False)


@pytest.mark.parametrize(
    "offer",
    [
        offer_of(READINGS, (BOB,), ((), 0.7), ((BOB,), 0.3)),  # no predictor says so
        offer_of(READINGS, (ROME,), ((), 0.7), ((ROME,), 0.3)),  # one predictor says so
        offer_of({"left": ()}, (ADA,), ((), 0.7), ((ADA,), 0.3)),  # the other model came later
        offer_of(READINGS, (), ((Span(12, 19, "GPE"),), 0.6), ((), 0.4)),  # a predictor has a span there
        offer_of(READINGS, (), ((Span(24, 30, "GPE"),), 0.6), ((), 0.4)),  # outside the text
        offer_of(READINGS, (ADA,), ((ADA,), 0.9)),  # nothing is offered
        Offer(Difference(8, 11, "missing", dict.fromkeys(READINGS, ())), ADDED_BOB.learned),
        Offer(Difference(8, 11, "agreed", dict.fromkeys(READINGS, ())), ADDED_BOB.learned),
        Offer(Difference(8, 10, "unmarked", dict.fromkeys(READINGS, ())), ADDED_BOB.learned),
    ],
)
def test_an_offer_that_does_not_fit_is_left_out(offer: Offer) -> None:
    review = review_with(offer)
    assert review.differences == review.item.differences
    assert review.marks == (ADA, ROME)


def test_of_two_offers_at_one_place_the_first_stands() -> None:
    longer = offer_of(READINGS, (), ((Span(4, 11, "PERSON"),), 0.6), ((), 0.4))
    assert [each.kind for each in review_with(ADDED_BOB, longer, NO_ADA, NO_ADA).differences] == [
        "agreed",
        "unmarked",
        "boundary",
    ]


def test_a_text_without_differences_may_have_offers() -> None:
    readings = {"left": (ADA,), "right": (ADA,)}
    review = review_with(offer_of(readings, (ADA,), ((), 0.7), ((ADA,), 0.3)), readings=readings)
    assert (review.marks, review.unconfirmed, review.item.status) == ((), 1, "agreed")
    review.confirm()
    assert review.unconfirmed == 0


def test_a_draft_and_an_answer_bring_the_offers_back_without_what_was_learned() -> None:
    review = review_with(NO_ADA, ADDED_BOB)
    review.step(-1)
    draft = Draft.of(review)
    later = SpanReview(review.item, review.task, settled=review.settled())
    draft.restore(later)
    assert (later.settled(), later.marks, later.shown) == (review.settled(), review.marks, review.shown)
    blind = SpanReview(review.item, review.task, settled=())
    blind.restore(review.settled(), review.marks)
    assert (blind.marks, len(blind.differences)) == (review.marks, 1)


def of_categories(task: Task, said: Mapping[str, Mapping[str, float]], *offers: Offer) -> CategoryReview:
    predictions = {name: CurrentPrediction(name, decided(cats, task), cats=cats) for name, cats in said.items()}
    differences = find_category_differences({name: decided(cats, task) for name, cats in said.items()})
    item = QueueItem(Example(1, TEXT, 0), 1.0, differences, predictions)
    places = tuple(LearnedPlace((), 1.0) for _ in differences)
    return CategoryReview(item, task, ("ART", "NEWS", "SPORT"), Learned(9, places, offers))


ART, NEWS, SPORT = Category("ART"), Category("NEWS"), Category("SPORT")
BOTH = {"left": (), "right": ()}


def test_an_agreed_label_may_be_dropped_and_an_unmarked_one_added() -> None:
    said = {"left": {"SPORT": 0.9, "NEWS": 0.9}, "right": {"SPORT": 0.9, "NEWS": 0.1}}
    offers = offer_of(BOTH, (SPORT,), ((), 0.6), ((SPORT,), 0.4)), offer_of(BOTH, (), ((), 0.5), ((ART,), 0.5))
    review = of_categories(Task.TEXTCAT_MULTILABEL, said, *offers)
    assert [review.label_at(at) for at in range(3)] == ["ART", "NEWS", "SPORT"]
    assert [place.kind for place in review.differences] == ["unmarked", "missing", "agreed"]
    assert review.chosen == {"NEWS"}
    review.step(1)
    assert review.chosen == {"ART", "NEWS"}
    assert review.unconfirmed == 2
    review.relabel("SPORT")
    assert review.chosen == {"ART", "NEWS", "SPORT"}
    assert (review.focus, review.unconfirmed) == (2, 1)
    later = CategoryReview(review.item, review.task, review.labels, settled=review.settled())
    later.begin_as(review.settled(), 9)
    later.restore(review.settled(), review.marks)
    assert (later.settled(), later.marks, later.shown) == (review.settled(), review.marks, review.shown)


def test_of_labels_that_exclude_each_other_offers_move_together() -> None:
    said = {"left": {"SPORT": 0.9, "NEWS": 0.1}, "right": {"SPORT": 0.8, "NEWS": 0.2}}
    offers = offer_of(BOTH, (SPORT,), ((), 0.6), ((SPORT,), 0.4)), offer_of(BOTH, (), ((NEWS,), 0.6), ((), 0.4))
    review = of_categories(Task.TEXTCAT, said, *offers)
    assert (review.marks, review.unconfirmed) == ((NEWS,), 2)
    review.step(-1)  # not news
    assert (review.marks, review.unconfirmed) == ((SPORT,), 0)
    review.move(1)
    review.step(1)  # not sport
    assert (review.marks, review.unconfirmed) == ((NEWS,), 0)
    review.choose_neither()
    assert review.marks == (NEWS,)
    review.relabel("ART")
    assert review.marks == (ART,)


A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 11),
    st.integers(1, 4),
    st.sampled_from("XY"),
)


def flat(spans: list[Span]) -> Spans:
    kept: list[Span] = []
    for span in sorted(set(spans)):
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return tuple(kept)


@st.composite
def offered_reviews(draw: st.DrawFn) -> tuple[SpanReview, SpanReview]:
    """Draw a review with offers that may not fit, and the same review without offers."""
    task = draw(st.sampled_from([Task.NER, Task.SPANCAT]))
    some = st.lists(A_SPAN, max_size=4)
    all_say = draw(some)
    said = {name: [*all_say, *draw(some)] for name in ("a", "b")}
    readings = {name: flat(spans) if task is Task.NER else tuple(sorted(set(spans))) for name, spans in said.items()}
    offers = []
    for span in (*agreed_marks(readings), *draw(some)):
        if not draw(st.booleans()):
            continue
        stands = (span,) if span in agreed_marks(readings) else ()
        chance = draw(st.sampled_from([0.3, 0.7]))
        there = sorted([((span,), chance), ((), 1.0 - chance)], key=lambda each: -each[1])
        offers.append(offer_of(readings, stands, *there))
    nothing = tuple(LearnedPlace((), 1.0) for _ in find_differences(readings))
    offered = review_of(TEXT, readings, task, Learned(9, nothing, tuple(offers)))
    return offered, review_of(TEXT, readings, task, Learned(9, nothing))


def press(review: SpanReview, at: int, key: str) -> None:
    review.move(at - review.focus)
    pressed: Mapping[str, Callable[[], object]] = {
        "left": lambda: review.step(-1),
        "right": lambda: review.step(1),
        "0": review.choose_neither,
        "b": review.choose_both,
        "enter": review.confirm,
        "m": review.mix,
        "1": lambda: review.relabel("Z"),
        ".": lambda: review.move_end(1),
        "<": lambda: review.move_start(-1),
    }
    pressed[key]()


KEYS = st.sampled_from(["left", "right", "0", "b", "enter", "m", "1", ".", "<"])


@settings(max_examples=300)
@given(offered_reviews(), st.lists(st.tuples(st.integers(0, 20), KEYS), max_size=6))
def test_with_all_offers_confirmed_as_it_stands_the_answer_is_that_without_offers(
    reviews: tuple[SpanReview, SpanReview], keys: list[tuple[int, str]]
) -> None:
    offered, without = reviews
    for at, place in enumerate(offered.differences):
        if place.is_offer:
            offered.choose(0, at=at)
    differences = [at for at, place in enumerate(offered.differences) if not place.is_offer]
    for number, key in keys if differences else ():
        press(offered, differences[number % len(differences)], key)
        press(without, number % len(differences), key)
    assert offered.marks == without.marks
    assert [each for each in offered.settled() if not each.difference.is_offer] == list(without.settled())


@settings(max_examples=300)
@given(offered_reviews(), st.lists(st.tuples(st.integers(0, 20), KEYS), max_size=6), st.lists(A_SPAN, max_size=4))
def test_whatever_was_chosen_marks_hold_once_and_come_back(
    reviews: tuple[SpanReview, SpanReview], keys: list[tuple[int, str]], edited: list[Span]
) -> None:
    review, _ = reviews
    assert review.marks == review.shown
    for at, key in keys if review.differences else ():
        press(review, at % len(review.differences), key)
    if edited:
        review.replace_spans(flat([*edited, *review.marks]))
    assert len(set(review.marks)) == len(review.marks)
    if not review.task.allows_overlap:
        assert not any(one.overlaps(other) for one, other in combinations(review.marks, 2))
    later = SpanReview(review.item, review.task, settled=review.settled())
    assert later.differences == review.differences
    later.begin_as(review.settled(), review.rests_on)
    later.restore(review.settled(), review.marks)
    assert (later.settled(), later.marks, later.shown) == (review.settled(), review.marks, review.shown)

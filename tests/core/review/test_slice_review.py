"""A slice text under review: no mark stands before it is chosen, and agreed marks are rows to confirm, or hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.cats import decided, find_category_differences
from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import Category, CurrentPrediction, Example, QueueItem, Span, Spans, Task
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.draft import Draft
from tiebreak.core.review.opening import open_review
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.review.spans import SpanReview

TEXT = "Ada met Bob in Rome, Italy"
ADA, BOB, ROME, ROME_ITALY = Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), Span(15, 19, "GPE"), Span(15, 26, "GPE")
READINGS = {"left": (ADA, ROME), "right": (ADA, BOB, ROME_ITALY)}
ART, NEWS, SPORT = Category("ART"), Category("NEWS"), Category("SPORT")
LABELS = ("ART", "NEWS", "SPORT")
Key = Callable[[AnyReview], object]


def item_of(readings: Mapping[str, Spans]) -> QueueItem:
    predictions = {name: CurrentPrediction(name, spans) for name, spans in readings.items()}
    return QueueItem(Example(1, TEXT, 0), span_f1(readings), find_differences(readings), predictions)


def of_spans(
    *, is_unmarked: bool = False, readings: Mapping[str, Spans] = READINGS, task: Task = Task.NER
) -> SpanReview:
    review = open_review(item_of(readings), task, ("PERSON", "GPE"), sliced=Sliced(is_unmarked))
    assert isinstance(review, SpanReview)
    return review


def of_categories(task: Task, said: Mapping[str, Mapping[str, float]], *, is_unmarked: bool = False) -> CategoryReview:
    predictions = {name: CurrentPrediction(name, decided(cats, task), cats=cats) for name, cats in said.items()}
    differences = find_category_differences({name: decided(cats, task) for name, cats in said.items()})
    item = QueueItem(Example(1, TEXT, 0), 1.0, differences, predictions)
    review = open_review(item, task, LABELS, sliced=Sliced(is_unmarked))
    assert isinstance(review, CategoryReview)
    return review


def again(review: AnyReview) -> AnyReview:
    """Return the review opened again from its answer."""
    settled = review.settled()
    later = open_review(review.item, review.task, review.labels, settled=settled, sliced=review.sliced)
    later.begin_as(settled, review.rests_on)
    later.restore(settled, review.marks)
    return later


def test_nothing_stands_and_what_all_say_is_a_row_in_text_order() -> None:
    review = of_spans()
    assert [(place.kind, place.start) for place in review.differences] == [
        ("agreed", 0),
        ("missing", 8),
        ("boundary", 15),
    ]
    assert review.marks == review.shown == review.agreed == ()
    assert (review.unconfirmed, review.is_undecided, review.is_touched) == (3, True, False)


def test_one_key_confirms_what_all_say_and_none_a_difference() -> None:
    review = of_spans()
    review.confirm()
    assert (review.marks, review.unconfirmed) == ((ADA,), 2)
    assert not review.asks_for_choice
    assert review.move_unconfirmed(1)
    assert (review.focus, review.asks_for_choice) == (1, True)
    review.confirm()
    assert (review.marks, review.unconfirmed) == ((ADA,), 2)
    review.confirm_all()
    assert review.unconfirmed == 2


def test_what_all_say_is_dropped_relabelled_and_resized_as_a_difference_is() -> None:
    review = of_spans()
    review.choose_neither()
    assert (review.marks, review.unconfirmed) == ((), 2)
    review.relabel("ORG")
    review.move_end(1)
    assert review.marks == (Span(0, 7, "ORG"),)


def test_what_is_left_of_a_choice_is_not_open_and_can_be_confirmed() -> None:
    met, wide = Span(4, 7, "X"), Span(4, 11, "X")
    review = of_spans(readings={"left": (wide,), "right": (met, BOB, ROME)})
    review.step(1)
    assert review.marks == (met, BOB)
    review.move(1)
    review.choose(1)
    for _ in range(2):
        review.move_start(-1)  # over Bob
    assert review.marks == (met, Span(8, 19, "GPE"))
    review.move(-1)
    assert (review.unconfirmed, review.is_unchosen(0), review.is_undecided) == (1, False, True)
    review.confirm()
    assert review.unconfirmed == 0
    assert review.marks == (met, Span(8, 19, "GPE"))


def test_on_an_unmarked_text_only_the_differences_show() -> None:
    review = of_spans(is_unmarked=True)
    assert [place.kind for place in review.differences] == ["missing", "boundary"]
    assert review.lanes == {"left": (ROME,), "right": (BOB, ROME_ITALY)}
    for _ in range(2):
        review.step(1)
        review.move(1)
    assert review.marks == (BOB, ROME_ITALY)
    review.replace_spans((ADA, BOB, ROME_ITALY))
    assert (set(review.marks), review.unconfirmed) == ({ADA, BOB, ROME_ITALY}, 0)
    assert review.base == (ADA,)
    assert again(review).marks == review.marks


def test_with_nothing_to_settle_it_is_decided() -> None:
    for readings in ({"left": (ADA,), "right": (ADA,)}, {"left": (), "right": ()}):
        review = of_spans(is_unmarked=True, readings=readings)
        assert (review.differences, review.is_undecided) == ((), False)


def test_half_the_rows_come_back_as_a_draft() -> None:
    review = of_spans()
    with review.one_step():
        review.confirm()
    review.move(2)
    with review.one_step():
        review.step(1)
    later = of_spans()
    Draft.of(review).restore(later)
    assert (later.settled(), later.marks, later.unconfirmed) == (review.settled(), review.marks, 1)
    assert later.take_back()
    assert (later.marks, later.unconfirmed) == ((ADA,), 2)


def test_a_model_that_came_later_leaves_its_differences_open() -> None:
    review = of_spans()
    for _ in review.differences:
        review.step(-1)
        review.move(1)
    item = item_of({**READINGS, "third": (Span(0, 3, "ORG"), ROME)})
    later = open_review(item, Task.NER, review.labels, settled=review.settled(), sliced=Sliced(False))
    later.restore(review.settled(), review.marks)
    assert later.marks == review.marks
    at = [place.start for place in later.differences].index(0)
    assert not later.choices[at].confirmed
    later.move(at - later.focus)
    assert not later.asks_for_choice  # the answer stands there
    later.confirm()
    assert later.choices[at].confirmed


BOTH_SAY = {"left": {"SPORT": 0.9, "NEWS": 0.9}, "right": {"SPORT": 0.9, "NEWS": 0.1}}


def test_a_category_that_all_say_is_a_row_and_does_not_hold_yet() -> None:
    review = of_categories(Task.TEXTCAT_MULTILABEL, BOTH_SAY)
    assert [(place.difference.kind, place.label) for place in review.places] == [
        ("missing", "NEWS"),
        ("agreed", "SPORT"),
    ]
    assert (review.marks, review.asks_for_choice) == ((), True)
    review.move(1)
    assert not review.asks_for_choice
    review.confirm()
    assert (review.marks, review.unconfirmed) == ((SPORT,), 1)
    hidden = of_categories(Task.TEXTCAT_MULTILABEL, BOTH_SAY, is_unmarked=True)
    assert [place.label for place in hidden.places] == ["NEWS"]
    assert SPORT not in hidden.lanes["left"]


def test_of_exclusive_categories_what_is_dropped_suggests_no_other() -> None:
    review = of_categories(Task.TEXTCAT, {"left": {"SPORT": 0.9, "NEWS": 0.1}, "right": {"SPORT": 0.1, "NEWS": 0.9}})
    assert (review.marks, review.unconfirmed) == ((), 2)
    review.relabel("SPORT")
    assert (review.marks, review.unconfirmed) == ((SPORT,), 0)
    review.step(1)
    assert review.marks == ()


@pytest.mark.parametrize("is_unmarked", [False, True])
def test_of_exclusive_categories_none_is_no_answer_before_it_was_chosen(is_unmarked: bool) -> None:
    said = {"left": {"SPORT": 0.9, "NEWS": 0.1}, "right": {"SPORT": 0.8, "NEWS": 0.2}}
    review = of_categories(Task.TEXTCAT, said, is_unmarked=is_unmarked)
    assert (review.marks, review.is_undecided, len(review.differences)) == ((), True, 1 - is_unmarked)
    review.relabel("SPORT")
    assert (review.marks, review.is_undecided) == ((SPORT,), False)


KEYS: list[Key] = [
    lambda review: review.step(-1),
    lambda review: review.step(1),
    lambda review: review.choose_neither(),
    lambda review: review.confirm(),
    lambda review: review.confirm_all(),
    lambda review: review.mix(),
    lambda review: review.relabel("PERSON"),
    lambda review: review.move(1),
    lambda review: review.move_unconfirmed(1),
    lambda review: review.take_back(),
]
OF_SPANS: list[Callable[[SpanReview], object]] = [
    lambda review: review.choose_both(),
    lambda review: review.move_end(1),
    lambda review: review.move_start(-1),
]
A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 20),
    st.integers(1, 5),
    st.sampled_from(["PERSON", "GPE"]),
)


def flat(spans: list[Span]) -> Spans:
    kept: list[Span] = []
    for span in sorted(set(spans)):
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return tuple(kept)


@st.composite
def span_reviews(draw: st.DrawFn) -> SpanReview:
    task = draw(st.sampled_from([Task.NER, Task.SPANCAT]))
    some = st.lists(A_SPAN, max_size=4)
    all_say = draw(some)
    said = {name: [*all_say, *draw(some)] for name in ("a", "b", "c")[: draw(st.integers(2, 3))]}
    readings = {name: flat(spans) if task is Task.NER else tuple(sorted(set(spans))) for name, spans in said.items()}
    return of_spans(is_unmarked=draw(st.booleans()), readings=readings, task=task)


@settings(max_examples=300)
@given(span_reviews(), st.lists(st.sampled_from([*KEYS, *OF_SPANS]), max_size=15))
def test_whatever_keys_are_pressed_nothing_stands_that_was_not_chosen(
    review: SpanReview, keys: list[Callable[[SpanReview], object]]
) -> None:
    rows = len(review.differences)
    assert (review.marks, review.unconfirmed) == ((), rows)
    for key in keys if rows else ():
        with review.one_step():
            key(review)
        is_open = [review.is_unchosen(at) for at in range(rows)]
        assert not any(choice.marks for choice, open_ in zip(review.choices, is_open, strict=True) if open_)
        assert review.is_undecided == (not all(choice.confirmed for choice in review.choices))
        assert set(review.marks) == {mark for choice in review.choices for mark in choice.marks}
    later = again(review)
    assert (later.settled(), later.marks, later.shown) == (review.settled(), review.marks, review.shown)
    assert [later.is_unchosen(at) for at in range(rows)] == [review.is_unchosen(at) for at in range(rows)]


@settings(max_examples=200)
@given(span_reviews())
def test_with_each_row_confirmed_the_answer_has_what_all_say(review: SpanReview) -> None:
    for _ in range(len(review.differences)):
        review.confirm()
        if review.asks_for_choice:
            review.choose_neither()
        review.move(1)
    assert not review.is_undecided
    assert set(review.marks) == (set() if review.hides_agreed else {*agreed_marks(review.proposals)})


@settings(max_examples=200)
@given(
    st.sampled_from([Task.TEXTCAT, Task.TEXTCAT_MULTILABEL]),
    st.booleans(),
    st.lists(st.dictionaries(st.sampled_from(LABELS), st.sampled_from([0.1, 0.6, 0.9])), min_size=2, max_size=3),
    st.lists(st.sampled_from(KEYS), max_size=12),
)
def test_categories_stand_once_they_are_chosen(
    task: Task, is_unmarked: bool, cats: list[dict[str, float]], keys: list[Key]
) -> None:
    review = of_categories(task, dict(zip("abc", cats, strict=False)), is_unmarked=is_unmarked)
    assert review.marks == ()
    for key in keys if review.differences else ():
        with review.one_step():
            key(review)
        assert all(choice.confirmed for choice in review.choices if choice.marks)
        assert not review.task.is_exclusive or len(review.marks) <= 1
    later = again(review)
    assert (later.settled(), later.marks) == (review.settled(), review.marks)

"""The draft of a text that is answered place by place: taking an answer back restores what was before it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from review_steps import review_of

from tiebreak.core.records import SettledDifference, Span
from tiebreak.core.review.place_draft import answered, begun, restore_draft
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.store.drafts import PlaceDraft, place_objects, read_places
from tiebreak.core.tasks.registry import rules_of

TEXT = "a b c d e f g h"
READINGS = {
    "left": (Span(0, 3, "A"), Span(6, 7, "A"), Span(10, 11, "B")),
    "right": (Span(2, 3, "A"), Span(6, 7, "B"), Span(12, 13, "B")),
}
WORDS = st.integers(0, 7)
DEEDS = st.one_of(
    st.tuples(st.just("choose"), st.integers(0, 1)),
    st.tuples(st.just("neither"), st.just(0)),
    st.tuples(st.just("longer"), st.just(0)),
    st.tuples(st.just("mark"), WORDS),
    st.tuples(st.just("unmark"), WORDS),
)


def do(review: SpanReview, deed: str, at: int) -> None:
    word = Span(2 * at, 2 * at + 1, "C")
    if deed == "choose":
        review.choose(at)
    elif deed == "neither":
        review.choose_neither()
    elif deed == "longer":
        review.move_end(1)
    else:
        rest = [span for span in review.marks if not span.overlaps(word)]
        review.replace_spans([*rest, word] if deed == "mark" else rest)


def stands(settled: SettledDifference) -> tuple[object, ...]:
    return settled.choice if settled.confirmed else "", settled.marks, settled.confirmed


def contents(draft: PlaceDraft) -> tuple[object, ...]:
    return [stands(each) for each in draft.settled], draft.marks, round(draft.seconds, 6), draft.keys


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(DEEDS, max_size=3)), max_size=6))
def test_each_answer_is_taken_back_to_what_was_before_it(places: list[tuple[int, list[tuple[str, int]]]]) -> None:
    review = review_of(TEXT, READINGS)
    draft = begun(review)
    before = []
    for focus, deeds in places:
        before.append(draft)
        review.focus = focus % len(review.differences)
        for deed in deeds:
            do(review, *deed)
        review.confirm()
        draft = answered(draft, review, seconds=1.5, keys=len(deeds) + 1)
        assert draft.marks == review.marks
        again = review_of(TEXT, READINGS)
        restore_draft(draft, again)
        assert again.marks == draft.marks
        assert [stands(each) for each in again.settled()] == [stands(each) for each in draft.settled]
    rules = rules_of(review.task)
    assert read_places(place_objects(draft.places, rules), len(draft.settled), rules) == draft.places
    for was in reversed(before):
        draft = draft.before_last()
        assert contents(draft) == contents(was)

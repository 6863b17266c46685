"""The steps of `m`, and the other operations on one difference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import review_of

from tiebreak.core.compare.mixes import mixes
from tiebreak.core.compare.spans import find_differences, first_overlap
from tiebreak.core.records import CurrentPrediction, Example, QueueItem, Span, Spans, Task
from tiebreak.core.review.blind import shuffled

TEXT = "Dr Ada Lovelace of Acme Corp met Bob"
WORDS = [(0, 2), (3, 6), (7, 15), (16, 18), (19, 23), (24, 28), (29, 32), (33, 36)]


def span(first: int, last: int, label: str) -> Span:
    """Return the span over the words `first` to `last`."""
    return Span(WORDS[first][0], WORDS[last][1], label)


def test_one_models_bounds_go_with_the_others_label() -> None:
    offered = mixes([(span(1, 1, "PERSON"),), (span(1, 2, "ORG"),)], Task.NER)
    assert set(offered) == {(span(1, 1, "ORG"),), (span(1, 2, "PERSON"),)}


def test_union_and_intersection_are_offered_with_each_label() -> None:
    offered = mixes([(span(0, 1, "A"),), (span(1, 2, "B"),)], Task.NER)
    assert {(span(1, 1, "A"),), (span(1, 1, "B"),), (span(0, 2, "A"),), (span(0, 2, "B"),)} <= set(offered)


def test_what_fits_beside_a_models_spans_comes_first() -> None:
    ours, theirs = (span(0, 1, "A"),), (span(1, 2, "B"), span(4, 5, "C"))
    assert mixes([ours, theirs], Task.NER)[0] == (span(0, 1, "A"), span(4, 5, "C"))


def test_single_spans_of_several_are_offered_where_the_other_says_nothing() -> None:
    first, second = span(0, 1, "A"), span(1, 2, "B")
    assert mixes([(), (first, second)], Task.SPANCAT)[:1] != ((first, second),)
    assert {(first,), (second,)} <= set(mixes([(), (first, second)], Task.SPANCAT))


tasks = st.sampled_from([Task.NER, Task.SPANCAT])
spans_of_words = st.builds(
    lambda first, length, label: span(first, min(first + length, 7), label),
    st.integers(0, 7),
    st.integers(0, 3),
    st.sampled_from("AB"),
)


def tidy(spans: list[Span], task: Task) -> Spans:
    kept: list[Span] = []
    for each in sorted(set(spans)):
        if task.allows_overlap or not first_overlap([*kept, each]):
            kept.append(each)
    return tuple(kept)


@given(
    st.lists(st.lists(spans_of_words, max_size=4), min_size=1, max_size=4), st.sampled_from([Task.NER, Task.SPANCAT])
)
def test_mixes_are_new_and_allowed(proposed: list[list[Span]], task: Task) -> None:
    readings = [tidy(spans, task) for spans in proposed]
    offered = mixes(readings, task)
    assert len(set(offered)) == len(offered)
    for spans in offered:
        assert spans
        assert spans not in readings
        assert task.allows_overlap or first_overlap(spans) is None
        assert list(spans) == sorted(set(spans))


def test_stepping_through_the_mixes_goes_round_and_says_where_one_is() -> None:
    review = review_of(TEXT, {"left": (span(1, 1, "PERSON"),), "right": (span(1, 2, "ORG"),)})
    assert review.mix() == (1, 2)
    assert (review.choices[0].name, review.choices[0].confirmed) == ("edited", True)
    first = review.marks
    assert review.mix() == (2, 2)
    assert review.marks != first
    assert review.mix() == (1, 2)
    assert review.marks == first


def test_where_nothing_can_be_mixed_nothing_changes() -> None:
    review = review_of(TEXT, {"left": (span(1, 1, "PERSON"),), "right": ()})
    assert review.mix() == (0, 0)
    assert review.unconfirmed == 1


def test_the_end_and_the_start_move_by_tokens() -> None:
    review = review_of(TEXT, {"left": (span(1, 1, "PERSON"),), "right": (span(1, 2, "PERSON"),)})
    assert review.move_end(1)
    assert [choice.name for choice in review.choices] == ["right"]
    assert review.move_start(-1)
    assert review.marks == (span(0, 2, "PERSON"),)
    assert [choice.name for choice in review.choices] == ["edited"]
    assert review.move_start(1)
    assert review.move_end(-1)
    assert [choice.name for choice in review.choices] == ["left"]


def test_of_three_readings_m_takes_each_before_it_mixes() -> None:
    said = {"a": (span(1, 1, "A"),), "b": (span(1, 2, "B"),), "c": ()}
    review = review_of(TEXT, said)
    taken = []
    for _ in range(3):
        review.mix()
        taken.append(review.marks)
    assert taken[:2] == [said["b"], said["c"]]
    assert taken[2] not in said.values()
    assert [review.mix() for _ in range(review.mix()[1])][-1][0] > 3


def test_bounds_stay_in_the_text_and_a_span_keeps_a_token() -> None:
    review = review_of(TEXT, {"left": (span(0, 0, "X"),), "right": ()})
    assert not review.move_start(-1)
    assert not review.move_end(-1)
    assert not review.move_start(1)
    assert review.marks == (span(0, 0, "X"),)


def test_bounds_snap_to_tokens_where_a_span_ends_within_one() -> None:
    review = review_of(TEXT, {"left": (Span(3, 5, "X"),), "right": ()})
    assert review.move_end(1)
    assert review.marks == (Span(3, 6, "X"),)


def test_where_nothing_is_chosen_the_proposed_span_is_taken_and_moved() -> None:
    review = review_of(TEXT, {"left": (), "right": (span(1, 1, "PERSON"),)})
    assert review.move_end(1)
    assert review.marks == (span(1, 2, "PERSON"),)


def test_spans_that_share_a_bound_move_together() -> None:
    pile = (span(1, 2, "A"), span(1, 2, "B"))
    review = review_of(TEXT, {"left": pile, "right": ()}, Task.SPANCAT)
    assert review.move_end(-1)
    assert review.marks == (span(1, 1, "A"), span(1, 1, "B"))


def test_what_gives_way_to_a_longer_span_comes_back_when_it_shrinks() -> None:
    agreed = span(4, 5, "ORG")
    review = review_of(TEXT, {"left": (span(1, 2, "PERSON"), agreed), "right": (agreed,)})
    assert review.move_end(1)
    assert review.move_end(1)
    assert list(review.marks) == [Span(3, 23, "PERSON")]
    assert review.move_end(-1)
    assert list(review.marks) == [Span(3, 18, "PERSON"), agreed]


operations = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["move", "move_unconfirmed", "step", "move_end", "move_start"]), st.sampled_from([1, -1])
        ),
        st.tuples(st.sampled_from(["choose_neither", "choose_both", "mix", "confirm", "confirm_all"])),
        st.tuples(st.just("relabel"), st.sampled_from("ABC")),
    ),
    max_size=30,
)


@pytest.mark.full
@settings(max_examples=300)
@given(st.lists(spans_of_words, max_size=5), st.lists(spans_of_words, max_size=5), tasks, operations)
def test_whatever_is_pressed_the_answer_is_one_that_the_task_allows(
    left: list[Span], right: list[Span], task: Task, pressed: list[tuple[Any, ...]]
) -> None:
    review = review_of(TEXT, {"left": tidy(left, task), "right": tidy(right, task)}, task)
    if not review.differences:
        return
    for name, *arguments in pressed:
        getattr(review, name)(*arguments)
        spans = review.marks
        assert list(spans) == sorted(set(spans))
        assert task.allows_overlap or first_overlap(spans) is None
        assert all(0 <= each.start < each.end <= len(TEXT) for each in spans)
    again = review_of(TEXT, {"left": tidy(left, task), "right": tidy(right, task)}, task)
    again.restore(review.settled(), review.marks)
    assert again.marks == review.marks
    assert again.settled() == review.settled()


@pytest.mark.parametrize("annotator", ["sam", "kim"])
def test_blind_sides_are_stable_for_an_annotator_and_differ_between_texts(annotator: str) -> None:
    orders = set()
    for number in range(20):
        readings: dict[str, Spans] = {"spacy": (span(1, 1, "A"),), "llm": ()}
        predictions = {name: CurrentPrediction(name, spans) for name, spans in readings.items()}
        item = QueueItem(Example(1, f"{TEXT} {number}", 0), 1.0, find_differences(readings), predictions)
        blind = shuffled(item, annotator)
        assert list(shuffled(item, annotator).predictions) == list(blind.predictions)
        assert list(blind.differences[0].readings) == list(blind.predictions)
        assert blind.predictions == item.predictions
        orders.add(tuple(blind.predictions))
    assert len(orders) == 2


def test_stepping_back_through_the_mixes_goes_round_the_other_way() -> None:
    review = review_of(TEXT, {"left": (span(0, 1, "A"),), "right": (span(1, 2, "B"),)})
    count = review.mix()[1]
    assert count > 2
    assert review.mix(-1) == (count, count)
    assert review.mix(-1) == (count - 1, count)
    assert review.mix(1) == (count, count)
    assert review.mix(1) == (1, count)


def test_all_subsets_are_offered_of_up_to_six_spans() -> None:
    three = tuple(span(at, at, "A") for at in range(3))
    offered = mixes([(), three], Task.SPANCAT)
    assert {three[:2], three[1:], (three[0], three[2])} <= set(offered)
    words = [span(at, at, "A") for at in range(7)]
    for count, expected in ((6, True), (7, False)):
        pile = tuple(words[:count])
        assert ((pile[0], pile[1]) in mixes([(), pile], Task.SPANCAT)) is expected


def test_no_more_mixes_are_offered_than_a_person_steps_through() -> None:
    assert len(mixes([(), tuple(span(at, at, "A") for at in range(6))], Task.SPANCAT)) == 24


def test_bounds_that_only_touch_have_no_intersection_to_offer() -> None:
    touching = Span(0, 3, "A"), Span(3, 6, "B")
    assert all(each.start < each.end for mix in mixes([touching, (Span(0, 6, "C"),)], Task.NER) for each in mix)


def test_a_bound_moves_to_the_very_first_and_the_very_last_token() -> None:
    review = review_of(TEXT, {"left": (span(1, 1, "X"),), "right": ()})
    assert review.move_start(-1)
    assert review.marks == (span(0, 1, "X"),)
    assert review.move_end(-1)
    assert review.marks == (span(0, 0, "X"),)
    last = review_of(TEXT, {"left": (span(6, 6, "X"),), "right": ()})
    assert last.move_end(1)
    assert last.move_start(1)
    assert last.marks == (span(7, 7, "X"),)
    assert not last.move_start(1)
    assert not last.move_end(1)


def test_spans_of_the_same_difference_give_way_to_one_that_grows_over_them_where_the_task_forbids_overlap() -> None:
    readings: dict[str, Spans] = {"left": (span(0, 0, "A"), span(1, 1, "B")), "right": (span(0, 1, "C"),)}
    review = review_of(TEXT, readings)
    assert review.move_start(1) is False
    assert review.move_end(1)
    assert review.marks == (span(0, 0, "A"), span(1, 2, "B"))
    assert review.move_start(1) is False  # A would be empty
    three: dict[str, Spans] = {"left": (span(0, 0, "A"), span(2, 2, "B")), "right": (span(0, 2, "C"),)}
    grown = review_of(TEXT, three)
    for _ in range(2):
        grown.move_end(-1)
    assert grown.marks == (span(0, 0, "A"), span(2, 2, "B"))
    nested = review_of(TEXT, {"left": (span(0, 1, "A"), span(1, 1, "B")), "right": ()}, Task.SPANCAT)
    assert nested.move_end(1)
    assert nested.marks == (span(0, 2, "A"), span(1, 2, "B"))


def test_what_is_left_of_a_choice_that_gave_way_in_part_is_open_again() -> None:
    first, second, far = span(0, 0, "A"), span(1, 1, "B"), span(3, 3, "X")
    review = review_of(TEXT, {"left": (first, second, far), "right": (span(0, 1, "C"),)})
    review.choose(0)
    review.move(1)
    for _ in range(2):
        assert review.move_start(-1)
    assert review.marks == (first, span(1, 3, "X"))
    given_way = review.choices[0]
    assert (given_way.marks, given_way.name, given_way.reading, given_way.confirmed) == (
        (first,),
        "edited",
        None,
        False,
    )
    after = review_of(TEXT, {"left": (span(0, 0, "X"), span(2, 2, "A"), span(3, 3, "B")), "right": (span(2, 3, "C"),)})
    for _ in range(2):
        assert after.move_end(1)
    assert after.marks == (span(0, 2, "X"), span(3, 3, "B"))
    assert [choice.confirmed for choice in after.choices] == [True, False]


def test_where_tokens_touch_a_span_never_becomes_empty() -> None:
    review = review_of("Paris-Berlin", {"left": (Span(5, 6, "X"),), "right": ()})
    assert not review.move_end(-1)
    assert not review.move_start(1)
    assert review.marks == (Span(5, 6, "X"),)


def test_a_choice_after_an_edit_goes_before_all_that_came_before_it() -> None:
    review = review_of(TEXT, {"left": (span(0, 0, "A"), span(3, 3, "X")), "right": ()})
    for index in (1, 0, 1, 0):
        review.choose(index)
    review.replace_spans([*review.marks, span(6, 6, "B")])
    review.move(1)
    for _ in range(3):
        assert review.move_start(-1)
    assert review.marks == (span(0, 3, "X"), span(6, 6, "B"))

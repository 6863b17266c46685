"""The queue and the log of answers: the next example, saving an answer, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_steps import answer, opened
from stores import create_store

from tiebreak.core.errors import TakenError
from tiebreak.core.queue.lookups import Lookups
from tiebreak.core.records import AnswerValue, Difference, Record, SettledDifference, Span, Task
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, WITH_AGREED, QueueFilter
from tiebreak.core.store.answers import AUTO, answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import iterate_queue, next_examples, queue_length, read_example
from tiebreak.core.text.hashes import text_digest

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
ALL = ("accept", "reject", "ignore")
A, B, C = Span(0, 1, "X"), Span(2, 3, "X"), Span(4, 5, "X")


@pytest.fixture
def three(store: Store, predict: Predict) -> Store:
    """On `worst` the predictors share nothing, on `half` a half, on `least` two thirds; they agree on a fourth text."""
    predict(store, "left", {"least": [A, B, C], "worst": [A], "half ": [A], "agreed": [A]})
    predict(store, "right", {"least": [A, B], "worst": [], "half ": [A, B], "agreed": [A]})
    return store


def texts(store: Store, queue: QueueFilter = DISAGREEING) -> list[str]:
    return [item.example.text for item in iterate_queue(store, queue)]


def text_of(review: AnyReview | None) -> str | None:
    return None if review is None else review.item.example.text


def in_force(store: Store) -> list[tuple[str, str, str]]:
    return [
        (each.annotator, read_example(store, each.example_id).text, each.answer)
        for each in answers_in_force(store, ALL)
    ]


def test_the_queue_gives_the_strongest_disagreement_first_and_leaves_out_what_is_agreed(three: Store) -> None:
    items = list(iterate_queue(three, DISAGREEING))
    assert [item.example.text for item in items] == ["worst", "half ", "least"]
    assert [item.score for item in items] == pytest.approx([1.0, 1 / 3, 1 / 5])
    assert [item.status for item in items] == ["disagreeing"] * 3
    assert [(each.start, each.end, each.kind) for each in items[2].differences] == [(4, 5, "missing")]
    assert queue_length(three, DISAGREEING) == 3
    assert [item.example.text for item in iterate_queue(three, DISAGREEING, limit=1)] == ["worst"]


def test_agreed_examples_come_last_where_they_are_asked_for(three: Store) -> None:
    items = list(iterate_queue(three, WITH_AGREED))
    assert [item.example.text for item in items] == ["worst", "half ", "least", "agreed"]
    assert (items[-1].score, items[-1].differences, items[-1].status) == (0.0, (), "agreed")


def test_among_equal_scores_more_differences_come_first(store: Store, predict: Predict) -> None:
    predict(store, "left", {"one": [A], "three": [A, B, C], "two": [A, B]})
    predict(store, "right", {"one": [], "three": [], "two": []})
    assert texts(store) == ["three", "two", "one"]


@settings(max_examples=15)
@given(st.permutations([f"text {number}" for number in range(8)]))
def test_ties_break_by_the_texts_digest_and_not_by_insertion(
    new_store: Callable[[Task], Store], predict: Predict, order: list[str]
) -> None:
    store = new_store(Task.NER)
    predict(store, "left", {text: [A] for text in order})
    predict(store, "right", {text: [] for text in order})
    assert texts(store) == sorted(order, key=text_digest)


def test_what_one_predictor_has_not_said_anything_of_is_not_compared(store: Store, predict: Predict) -> None:
    add_examples(store, [Record("unseen")], "test")
    predict(store, "left", {"only left": [A], "failed": [A], "both": [A]})
    predict(store, "right", {"failed": "HTTP 500", "both": []})
    assert texts(store, DISAGREEING.with_statuses("disagreeing", "agreed", "answered")) == ["both"]


def test_the_session_goes_through_the_queue_and_ends(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = session.next()
    seen = []
    while review is not None:
        seen.append(text_of(review))
        review = answer(session, review)
    assert seen == ["worst", "half ", "least"]
    assert session.done == 3
    assert queue_length(three, DISAGREEING) == 0


def test_an_answer_keeps_what_it_takes_to_learn_from_it(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    review.choose_neither()
    session.answer(review, "accept", seconds=2.3456, keys=4)
    [saved] = answers_in_force(three, ALL)
    assert (saved.annotator, saved.session, saved.answer, saved.view) == ("sam", session.id, "accept", "review")
    assert (saved.spans, saved.shown, saved.seconds, saved.keys) == ((), (A,), 2.346, 4)
    difference = Difference(0, 1, "missing", {"left": (A,), "right": ()})
    assert saved.choices == (SettledDifference(difference, "neither", (), confirmed=True, first=(A,)),)
    assert saved.screen == {
        "predictors": ["left", "right"],
        "blind": False,
        "first": "left",
        "answers": 0,
        "selected_by": "disagreement",
    }


def test_what_is_answered_leaves_the_queue_whatever_the_answer(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = answer(session, session.next(), "reject")
    answer(session, review, "ignore")
    assert texts(three) == ["least"]
    assert texts(three, DISAGREEING.with_statuses("disagreeing", "answered")) == ["worst", "half ", "least"]
    assert in_force(three) == [("sam", "worst", "reject"), ("sam", "half ", "ignore")]
    assert [each.answer for each in answers_in_force(three, ["ignore"])] == ["ignore"]
    assert list(answers_in_force(three, [])) == []


def test_what_is_skipped_comes_back_once_nothing_else_is_left(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = session.skip(opened(session.next()))
    assert text_of(review) == "half "
    review = answer(session, session.skip(opened(review)))
    assert text_of(review) == "worst"
    review = answer(session, review)
    assert text_of(review) == "half "
    assert answer(session, review) is None
    assert [text for _, text, _ in in_force(three)] == ["least", "worst", "half "]


def test_skipping_on_and_on_goes_round_the_queue(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = session.next()
    seen = []
    for _ in range(7):
        seen.append(text_of(review))
        review = session.skip(opened(review))
    assert seen == ["worst", "half ", "least", "worst", "half ", "least", "worst"]


def test_what_is_skipped_is_next_again_in_another_session(three: Store) -> None:
    session = ReviewSession(three, "sam")
    session.skip(opened(session.next()))
    assert text_of(ReviewSession(three, "sam").next()) == "worst"


def test_undo_goes_back_answer_by_answer_to_what_it_was_and_then_has_no_more(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    review.choose(1)
    review = opened(answer(session, review))
    review.choose_neither()
    answer(session, review, "reject")
    undone = opened(session.undo())
    assert (text_of(undone), undone.marks, undone.choices[0].name) == ("half ", (A,), "neither")
    assert in_force(three) == [("sam", "worst", "accept")]
    undone = opened(session.undo())
    assert (text_of(undone), undone.marks, undone.choices[0].name) == ("worst", (), "right")
    assert undone.choices[0].confirmed
    assert session.undo() is None
    assert (in_force(three), session.done, texts(three)) == ([], 0, ["worst", "half ", "least"])


def test_undo_goes_on_across_restarts(tmp_path: Path, predict: Predict) -> None:
    path = tmp_path / "again.db"
    said = {f"text {number}": [A] for number in range(4)}
    with create_store(path) as store:
        predict(store, "left", said)
        predict(store, "right", {text: [] for text in said})
    answered = []
    for _ in said:
        with open_store(path) as store:
            session = ReviewSession(store, "sam")
            review = session.next()
            answered.append(text_of(review))
            answer(session, review)
    for text in reversed(answered):
        with open_store(path) as store:
            assert text_of(ReviewSession(store, "sam").undo()) == text
            assert text in texts(store)
    with open_store(path) as store:
        assert ReviewSession(store, "sam").undo() is None
        assert sorted(texts(store)) == sorted(said)


def test_undoing_a_second_answer_puts_the_first_in_force_again(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    answer(session, review, "accept")
    answer(session, review, "reject")
    assert in_force(three) == [("sam", "worst", "reject")]
    session.undo()
    assert in_force(three) == [("sam", "worst", "accept")]
    assert "worst" not in texts(three)
    session.undo()
    assert in_force(three) == []
    assert "worst" in texts(three)


def test_nothing_that_was_answered_is_ever_lost_from_the_log(three: Store) -> None:
    session = ReviewSession(three, "sam")
    answer(session, session.next())
    session.undo()
    answer(session, session.next(), "reject")
    log = three.execute("SELECT answer FROM answers ORDER BY id").fetchall()
    assert log == [("accept",), ("reject",)]


def test_two_annotators_have_answers_and_undos_of_their_own(three: Store) -> None:
    sam, kim = ReviewSession(three, "sam"), ReviewSession(three, "kim")
    review = opened(sam.next())
    answer(sam, review, "accept")  # this puts "half " on sam's screen
    assert text_of(kim.next()) == "least"
    answer(kim, kim.open(review.item.example.id), "reject")
    assert in_force(three) == [("sam", "worst", "accept"), ("kim", "worst", "reject")]
    assert text_of(sam.undo()) == "worst"
    assert in_force(three) == [("kim", "worst", "reject")]
    assert "worst" not in texts(three)
    assert sam.undo() is None
    with pytest.raises(
        TakenError, match="sam has the example of your last answer on screen now, so your answer stands"
    ):
        kim.undo()
    assert in_force(three) == [("kim", "worst", "reject")]
    sam.leave(None)
    assert text_of(kim.undo()) == "worst"
    assert texts(three)[0] == "worst"


def test_a_second_session_sees_what_the_first_answered_meanwhile(three: Store) -> None:
    with open_store(three.path) as other:
        sam, kim = ReviewSession(three, "sam"), ReviewSession(other, "kim")
        sam.leave(answer(sam, sam.next()))
        assert text_of(kim.next()) == "half "


def test_agreed_examples_are_accepted_by_auto_with_the_agreed_spans(three: Store) -> None:
    session = ReviewSession(three, "sam")
    assert session.accept_agreed() == 1
    [saved] = answers_in_force(three, ALL)
    assert (saved.annotator, saved.view, saved.answer, saved.spans, saved.choices) == (
        AUTO,
        "auto-accept",
        "accept",
        (A,),
        (),
    )
    assert session.accept_agreed() == 0
    assert session.undo() is None
    assert texts(three, WITH_AGREED) == ["worst", "half ", "least"]


def test_auto_leaves_what_a_person_has_answered_and_what_failed_alone(store: Store, predict: Predict) -> None:
    predict(store, "left", {"same": [A], "answered": [A], "failed": [A]})
    predict(store, "right", {"same": [A], "answered": [A], "failed": "HTTP 500"})
    session = ReviewSession(store, "sam", WITH_AGREED)
    review = session.next()
    while text_of(review) != "answered":
        review = session.skip(opened(review))
    answer(session, review, "reject")
    assert session.accept_agreed() == 1
    assert sorted(in_force(store)) == [(AUTO, "same", "accept"), ("sam", "answered", "reject")]


def test_the_next_example_is_none_of_those_skipped(three: Store) -> None:
    [worst] = next_examples(three, DISAGREEING)
    [half] = next_examples(three, DISAGREEING, [worst])
    assert [read_example(three, each).text for each in (worst, half)] == ["worst", "half "]
    assert next_examples(three, DISAGREEING, range(1000)) == []


def test_progress_counts_the_queue_and_each_current_run(three: Store, predict: Predict) -> None:
    predict(three, "third", {"worst": "HTTP 500", "half ": [A, B]})
    progress = Lookups(three.path).progress(DISAGREEING)
    assert progress.remaining == 3
    assert progress.runs == (("left", 4, 0), ("right", 4, 0), ("third", 1, 1))


def test_pace_is_in_answers_a_minute(three: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("tiebreak.core.review.session.time.monotonic", lambda: clock[0])
    session = ReviewSession(three, "sam")
    assert session.pace.rate() == 0.0
    review = session.next()
    for _ in range(3):
        clock[0] += 20.0
        review = answer(session, review)
    assert session.pace.rate() == pytest.approx(3.0)
    for _ in range(6):
        clock[0] += 51.0
        session.pressed()
    assert session.pace.rate() == 0.0


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["sam", "kim"]), st.sampled_from(["accept", "reject", "ignore", "undo", "restart"])),
    max_size=14,
)


@pytest.mark.full
@settings(max_examples=25)
@given(OPERATIONS)
def test_the_log_is_a_stack_for_each_annotator_and_the_queue_follows_it(
    new_store: Callable[[Task], Store],
    predict: Predict,
    operations: list[tuple[str, Literal[AnswerValue, "undo", "restart"]]],
) -> None:
    store = new_store(Task.NER)
    everything = {f"text {number}": [A] for number in range(4)}
    predict(store, "left", everything)
    predict(store, "right", {text: [] for text in everything})
    sessions = {name: ReviewSession(store, name) for name in ("sam", "kim")}
    stacks: dict[str, list[tuple[str | None, str]]] = {"sam": [], "kim": []}
    for name, operation in operations:
        if operation == "undo":
            undone = text_of(sessions[name].undo())
            assert undone == (stacks[name].pop()[0] if stacks[name] else None)
        elif operation == "restart":
            sessions[name] = ReviewSession(store, name)
        elif (review := sessions[name].next()) is not None:
            stacks[name].append((text_of(review), operation))
            answer(sessions[name], review, operation)
    answered = {text for stack in stacks.values() for text, _ in stack}
    assert set(texts(store)) == set(everything) - answered
    expected = {(name, text, value) for name, stack in stacks.items() for text, value in stack}
    assert set(in_force(store)) == expected


def test_leaving_an_answered_example_that_was_opened_again_comes_back_to_it_as_it_was_left(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    answered = review.item.example.id
    session.answer(review, "accept", seconds=1, keys=1)
    again = session.open(answered)
    again.choose_neither()
    session.leave(again)
    back = opened(ReviewSession(three, "sam").resume())
    assert (back.item.example.id, back.choices[0].name) == (answered, "neither")


def test_what_was_answered_just_before_leaving_does_not_come_back(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    session.answer(review, "accept", seconds=1, keys=1)
    session.leave(review)
    assert text_of(ReviewSession(three, "sam").resume()) == "half "


def test_a_difference_that_nobody_has_seen_comes_back_unconfirmed(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    review.choose_neither()
    review.restore([], review.marks)
    assert [choice.confirmed for choice in review.choices] == [False]


def test_a_filter_that_is_asked_for_goes_before_where_one_was(three: Store) -> None:
    session = ReviewSession(three, "sam")
    session.leave(session.skip(opened(session.next())))
    assert text_of(ReviewSession(three, "sam").resume()) == "half "
    assert text_of(ReviewSession(three, "sam", QueueFilter.parse("kind:missing")).resume()) == "worst"


def test_what_another_annotator_has_answered_since_does_not_come_back_untouched(three: Store) -> None:
    session = ReviewSession(three, "sam")
    review = opened(session.next())
    session.leave(review)
    kim = ReviewSession(three, "kim")
    kim.leave(kim.answer(opened(kim.next()), "accept", seconds=1, keys=1))
    assert text_of(ReviewSession(three, "sam").resume()) == "half "
    review.choose_neither()
    session.leave(review)
    assert text_of(ReviewSession(three, "sam").resume()) == "worst"

"""A sitting: the examples it gives out, what it keeps, its pace and its end."""

from __future__ import annotations

import re
import sqlite3
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager

import pytest
from review_steps import answer, opened

from tiebreak.core.errors import TakenError
from tiebreak.core.queue.nothing_left import NothingLeft, Why
from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.selection.filter import DISAGREEING, EVERYTHING, Order, QueueFilter
from tiebreak.core.store import sharing
from tiebreak.core.store.answers import answer_of, answers_in_force
from tiebreak.core.store.comparisons import SCORER
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import is_answered
from tiebreak.core.store.remarks import remark_of
from tiebreak.core.store.words import index_words

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")
TEXTS = [f"text {number}" for number in range(6)]


@pytest.fixture
def ids(store: Store, predict: Predict) -> dict[str, int]:
    """The ids of six texts on which two predictors differ, and of an agreed text."""
    predict(store, "left", {text: [A] for text in [*TEXTS, "agreed"]})
    return predict(store, "right", {**{text: [] for text in TEXTS}, "agreed": [A]})


@pytest.fixture
def session(store: Store, ids: dict[str, int]) -> ReviewSession:
    """A sitting over the texts as loaded."""
    return ReviewSession(store, "sam", order=Order.SOURCE)


def text_of(session: ReviewSession) -> str:
    return opened(session.next()).item.example.text


def test_an_answer_keeps_how_it_came_about(store: Store, ids: dict[str, int]) -> None:
    session = ReviewSession(store, "sam", order=Order.SOURCE, options=SessionOptions(blind=True))
    review = opened(session.next())
    review.choose(1)
    session.answer(review, "reject", seconds=1.23456, keys=7)
    kept = answer_of(store, ids["text 0"], "sam")
    assert kept is not None
    assert (kept.answer, kept.session, kept.seconds, kept.keys, kept.view) == ("reject", session.id, 1.235, 7, "review")
    assert kept.screen == {
        "predictors": list(review.item.predictions),
        "blind": True,
        "first": "left",
        "answers": 0,
        "selected_by": "source",
    }
    assert (kept.shown, kept.spans) == (review.shown, review.marks)
    assert kept.shown != kept.spans
    assert [choice.confirmed for choice in kept.choices] == [True]
    assert re.fullmatch(r"sam-\d{8}T\d{6}-[0-9a-f]{6}", session.id)
    assert session.done == session.settled == 1


def test_an_adjudication_is_kept_as_one(store: Store, ids: dict[str, int]) -> None:
    sharing.set_overlap(store, 1.0)
    for name, choice in (("sam", 0), ("kim", 1)):
        session = ReviewSession(store, name)
        review = session.open(ids["text 0"])
        review.choose(choice)
        answer(session, review)
    lead = ReviewSession(store, "lead", options=SessionOptions(adjudicate=True))
    answer(lead, lead.next())
    kept = answer_of(store, ids["text 0"], "lead", adjudicated=True)
    assert kept is not None
    assert kept.view == "adjudicate"
    assert kept.screen is not None
    assert kept.screen["predictors"] == ["kim", "sam"]
    assert (kept.screen["first"], kept.screen["selected_by"]) == ("left", "adjudicate")


def test_what_is_on_screen_comes_first_of_what_is_upcoming(session: ReviewSession, ids: dict[str, int]) -> None:
    first = opened(session.next())
    assert session.upcoming(3) == [ids["text 0"], ids["text 1"], ids["text 2"]]
    session.skip(first)
    assert session.upcoming(2) == [ids["text 1"], ids["text 2"]]


def test_what_others_have_on_screen_is_not_upcoming(store: Store, session: ReviewSession, ids: dict[str, int]) -> None:
    ReviewSession(store, "kim", order=Order.SOURCE).next()
    assert session.upcoming(2) == [ids["text 1"], ids["text 2"]]


def test_what_was_skipped_comes_back_once_nothing_else_is_left_in_its_order(session: ReviewSession) -> None:
    review = session.next()
    for _ in range(2):
        review = session.skip(opened(review))
    seen = []
    while review is not None:
        seen.append(review.item.example.text)
        review = answer(session, review)
    assert seen == ["text 2", "text 3", "text 4", "text 5", "text 0", "text 1"]


def test_another_order_begins_anew_with_what_was_skipped(session: ReviewSession) -> None:
    session.skip(opened(session.next()))
    session.set_queue(DISAGREEING, Order.SOURCE)
    assert text_of(session) == "text 0"
    assert session.order is Order.SOURCE


def test_another_filter_gives_what_it_finds(store: Store, session: ReviewSession) -> None:
    index_words(store)
    answer(session, session.next())
    wanted = QueueFilter.parse('"text 4"')
    session.set_queue(wanted, Order.SOURCE)
    assert (session.queue, session.settled) == (wanted, 0)
    assert text_of(session) == "text 4"


def test_ids_that_were_looked_up_are_taken_as_the_queue(session: ReviewSession, ids: dict[str, int]) -> None:
    session.set_queue(EVERYTHING, Order.RANDOM, array("q", [ids["text 3"], ids["text 1"]]))
    assert text_of(session) == "text 3"
    assert session.upcoming(9) == [ids["text 3"], ids["text 1"]]


def test_the_queue_of_an_adjudication_holds_what_is_disputed_whatever_is_asked_for(
    store: Store, ids: dict[str, int]
) -> None:
    lead = ReviewSession(store, "lead", EVERYTHING, SessionOptions(adjudicate=True))
    assert lead.queue.statuses == ("disputed",)
    lead.set_queue(QueueFilter.parse("text"), Order.SOURCE)
    assert lead.queue.statuses == ("disputed",)
    assert lead.next() is None
    assert lead.nothing_left == NothingLeft(Why.NONE_TO_ADJUDICATE)


def test_a_flag_and_a_note_are_kept_and_shown_when_the_example_comes_again(
    store: Store, session: ReviewSession, ids: dict[str, int]
) -> None:
    review = opened(session.next())
    assert review.remark is None
    session.remark(review, flagged=True, note="odd")
    assert review.remark == remark_of(store, ids["text 0"], "sam")
    again = session.open(ids["text 0"]).remark
    assert again is not None
    assert (again.flagged, again.note, again.session) == (True, "odd", session.id)
    assert ReviewSession(store, "kim").open(ids["text 1"]).remark is None


def test_what_all_agree_on_is_accepted_at_once_by_auto(store: Store, session: ReviewSession) -> None:
    assert session.accept_agreed() == 1
    (kept,) = answers_in_force(store, ("accept",))
    assert (kept.annotator, kept.session, kept.spans, kept.shown) == ("auto", session.id, (A,), (A,))
    assert session.accept_agreed() == 0


def test_an_answer_taken_back_is_counted_back_and_its_example_waits_again(session: ReviewSession) -> None:
    second = answer(session, session.next())
    answer(session, second, "reject")
    undone = opened(session.undo())
    assert undone.item.example.text == "text 1"
    assert session.undone is not None
    assert session.undone.answer == "reject"
    assert (session.done, session.settled) == (1, 1)
    seen = []
    review = session.next()
    while review is not None:
        seen.append(review.item.example.text)
        review = answer(session, review)
    assert sorted(seen) == TEXTS[1:]


def test_an_answer_of_an_earlier_sitting_is_taken_back_too(store: Store, session: ReviewSession) -> None:
    answer(session, session.next())
    session.leave(None)
    later = ReviewSession(store, "sam", order=Order.SOURCE)
    assert opened(later.undo()).item.example.text == "text 0"
    assert later.done == 0
    assert later.undo() is None


def test_a_skipped_example_whose_answer_is_taken_back_is_skipped_no_longer(store: Store, ids: dict[str, int]) -> None:
    session = ReviewSession(store, "sam")
    review = opened(session.next())
    answer(session, review)
    session.skip(session.open(review.item.example.id))
    session.undo()
    assert opened(session.next()).item.example.id == review.item.example.id


def test_only_what_was_answered_by_others_alone_names_them(store: Store, session: ReviewSession) -> None:
    review = opened(session.next())
    assert session.others_who_answered(review.item.example.id) == []
    answer(session, review)
    kim = ReviewSession(store, "kim")
    assert session.others_who_answered(review.item.example.id) == []
    assert kim.others_who_answered(review.item.example.id) == ["sam"]
    lead = ReviewSession(store, "lead", options=SessionOptions(adjudicate=True))
    assert lead.others_who_answered(review.item.example.id) == []
    sharing.set_overlap(store, 1.0)
    assert kim.others_who_answered(review.item.example.id) == []


def test_leaving_right_after_an_answer_keeps_no_place(store: Store, session: ReviewSession) -> None:
    review = opened(session.next())
    answer(session, review)
    session.leave(review)
    assert opened(ReviewSession(store, "sam").resume()).item.example.id != review.item.example.id


def test_a_place_that_somebody_else_has_on_screen_by_now_is_not_resumed(store: Store, session: ReviewSession) -> None:
    session.leave(session.next())
    ReviewSession(store, "kim").open(1)
    assert opened(ReviewSession(store, "sam", order=Order.DISAGREEMENT).resume()).item.example.id != 1


@pytest.mark.parametrize(
    ("queue", "order"), [(QueueFilter.parse('"text 2"'), Order.DISAGREEMENT), (DISAGREEING, Order.SOURCE)]
)
def test_a_filter_or_an_order_that_is_asked_for_comes_before_the_place(
    store: Store, session: ReviewSession, ids: dict[str, int], queue: QueueFilter, order: Order
) -> None:
    index_words(store)
    session.leave(session.open(ids["text 5"]))
    assert opened(ReviewSession(store, "sam").resume()).item.example.text == "text 5"
    resumed = opened(ReviewSession(store, "sam", queue, order=order).resume())
    assert resumed.item.example.text != "text 5"


def test_an_adjudication_neither_keeps_nor_takes_the_place_of_a_review(
    store: Store, session: ReviewSession, ids: dict[str, int]
) -> None:
    session.leave(session.open(ids["text 3"]))
    lead = ReviewSession(store, "sam", options=SessionOptions(adjudicate=True))
    assert lead.resume() is None
    lead.leave(None)
    assert opened(ReviewSession(store, "sam").resume()).item.example.text == "text 3"


def test_a_draft_is_kept_of_what_was_chosen_alone(session: ReviewSession, ids: dict[str, int]) -> None:
    untouched = opened(session.next())
    session.put_aside(untouched)
    answer(session, untouched)
    assert session.open(ids["text 0"]).choices[0].confirmed == untouched.choices[0].confirmed
    chosen = session.open(ids["text 1"])
    chosen.choose(1)
    session.put_aside(chosen)
    assert session.open(ids["text 1"]).choices[0].confirmed
    assert session.open(ids["text 1"]).marks == ()


def test_a_draft_is_restored_as_one_step_once_the_differences_are_others(
    store: Store, session: ReviewSession, predict: Predict
) -> None:
    review = opened(session.next())
    for choice in (0, 1):
        with review.one_step():
            review.choose(choice)
    assert len(review.steps) == 2
    session.put_aside(review)
    predict(store, "third", {"text 0": [A, Span(5, 6, "B")]})
    again = session.open(review.item.example.id)
    assert len(again.differences) == 2
    assert again.choices[0].confirmed
    assert len(again.steps) == 1
    assert again.take_back()
    assert again.marks == again.shown


def test_labels_that_come_in_while_one_reviews_are_there_to_choose(
    store: Store, session: ReviewSession, ids: dict[str, int], predict: Predict
) -> None:
    assert session.labels == ["A"]
    predict(store, "third", {"text 0": [B]})
    session.open(ids["text 0"])
    assert session.labels == ["A", "B"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A function that moves the clock forward by a number of seconds."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_seconds(seconds: float) -> None:
        now[0] += seconds

    return pass_seconds


def test_the_pace_is_that_of_the_last_five_minutes(
    clock: Callable[[float], None], store: Store, ids: dict[str, int]
) -> None:
    session = ReviewSession(store, "sam")
    assert (session.pace.rate(), session.pace.minutes_left(6)) == (0, None)
    clock(1)
    for _ in range(3):
        answer(session, session.next())
    assert session.pace.rate() == 18  # the window is ten seconds at least
    clock(59)
    assert (session.pace.rate(), session.pace.minutes_left(6)) == (3, 2)
    for _ in range(5):
        session.pressed()
        clock(48)
    answer(session, session.next())
    clock(2)
    assert session.pace.rate() == 60 * 1 / 300  # answers older than 300 seconds no longer count
    session.undo()
    assert (session.pace.rate(), session.pace.minutes_left(6)) == (0, None)


def test_a_pause_is_no_pace(clock: Callable[[float], None], store: Store, ids: dict[str, int]) -> None:
    session = ReviewSession(store, "sam")
    for _ in range(3):
        clock(20)
        answer(session, session.next())
    assert (session.pace.rate(), session.pace.minutes_left(120)) == (3, 40)
    for away in (600, 36_000):
        clock(away)
        assert session.pace.minutes_left(120) == 80  # one minute counts, since the annotator may have read
    session.pressed()
    clock(20)
    answer(session, session.next())
    assert session.pace.minutes_left(120) == pytest.approx(70)  # four answers in 140 seconds


def test_a_sitting_counts_its_time_from_when_it_is_begun(clock: Callable[[float], None], store: Store) -> None:
    session = ReviewSession(store, "sam", options=SessionOptions(seconds=60))
    clock(45)
    assert session.pace.seconds_to_go() == 15
    session.pace.begin()
    clock(61)
    assert session.pace.seconds_to_go() == -1
    assert ReviewSession(store, "kim").pace.seconds_to_go() is None


def test_why_nothing_is_left_of_the_whole_queue(store: Store, predict: Predict) -> None:
    def why() -> NothingLeft:
        session = ReviewSession(store, "sam", options=SessionOptions(expected=2))
        assert session.next() is None
        return session.nothing_left

    assert why() == NothingLeft(Why.NO_TEXTS)
    add_examples(store, [Record("text")], "test")
    assert why() == NothingLeft(Why.NOT_COMPARED, open=1)
    predict(store, "left", {"text": [A]})
    predict(store, "right", {"text": [A]})
    assert why() == NothingLeft(Why.ALL_AGREE, 2, 1)
    predict(store, "left", {"text 2": [A]})
    predict(store, "right", {"text 2": []})
    session = ReviewSession(store, "sam")
    assert answer(session, session.next()) is None
    assert session.nothing_left == NothingLeft(Why.ALL_ANSWERED, 2, 2)


def test_why_nothing_is_left_of_a_part(store: Store, ids: dict[str, int]) -> None:
    index_words(store)
    found = ReviewSession(store, "sam", QueueFilter.parse('"text 4"'))
    assert answer(found, found.next()) is None
    assert found.nothing_left == NothingLeft(Why.FILTER_DONE)
    again = ReviewSession(store, "sam", QueueFilter.parse('"text 4"'))
    assert again.next() is None
    assert again.nothing_left == NothingLeft(Why.FILTER_FINDS_NONE_WAITING)
    sharing.assign(store, {"sam": [(0, 0)]})
    mine = ReviewSession(store, "sam")
    assert mine.next() is None
    assert mine.nothing_left.why is Why.SHARE_DONE
    confined = ReviewSession(store, "sam", options=SessionOptions(confined=True))
    assert confined.next() is None
    assert confined.nothing_left == NothingLeft(Why.FOR_NOW)


@pytest.mark.parametrize(
    ("queue", "before", "after"),
    [
        ("", Why.ALL_AGREE, Why.ALL_ANSWERED),
        ("status:agreed", Why.AGREED_DONE, Why.AGREED_DONE),
        ("status:disagreeing,agreed", Why.COMPARED_DONE, Why.COMPARED_DONE),
        ("status:open", Why.NONE_OPEN, Why.NONE_OPEN),
        ("status:failed", Why.NONE_FAILED, Why.NONE_FAILED),
        ("status:answered", Why.NONE_ANSWERED, None),
        ("status:disputed", Why.NONE_DISPUTED, Why.NONE_DISPUTED),
        ("status:failed,disputed", Why.FILTER_FINDS_NOTHING, Why.FILTER_FINDS_NOTHING),
        ("status:open,disagreeing", Why.FILTER_FINDS_NONE_WAITING, Why.FILTER_FINDS_NONE_WAITING),
        ("is:flagged", Why.FILTER_FINDS_NOTHING, Why.FILTER_FINDS_NOTHING),
        ("label:A", Why.FILTER_FINDS_NONE_WAITING, Why.FILTER_FINDS_NONE_WAITING),
    ],
)
def test_why_nothing_of_a_status_is_left(
    store: Store, predict: Predict, queue: str, before: Why, after: Why | None
) -> None:
    """`before` on one agreed text; `after` once that and a disagreement are answered, or None if texts are left."""

    def why() -> Why | None:
        asked = ReviewSession(store, "sam", QueueFilter.parse(queue))
        return asked.nothing_left.why if asked.next() is None else None

    predict(store, "left", {"text": [A]})
    predict(store, "right", {"text": [A]})
    if "agreed" not in queue:
        assert why() is before
    predict(store, "left", {"text 2": [A]})
    predict(store, "right", {"text 2": []})
    everything = ReviewSession(store, "sam", QueueFilter.parse("status:disagreeing,agreed"))
    assert answer(everything, answer(everything, everything.next())) is None
    assert everything.nothing_left.why is Why.COMPARED_DONE
    assert why() is after


def test_what_failed_is_no_agreement(store: Store, predict: Predict) -> None:
    predict(store, "left", {"text": [A]})
    predict(store, "right", {"text": [A]})
    run = start_run(store, predictor="claude", kind="llm", fingerprint="x", model="claude")
    save_predictions(store, run, [Prediction(1, error="HTTP 500")])
    session = ReviewSession(store, "sam")
    assert session.next() is None
    assert session.nothing_left == NothingLeft(Why.ALL_AGREE, 2, 1, failed=1)
    failed = ReviewSession(store, "sam", QueueFilter.parse("status:failed"))
    assert answer(failed, failed.next()) is None
    assert failed.nothing_left.why is Why.FILTER_DONE


def test_where_the_models_differ_on_all_none_is_agreed(store: Store, predict: Predict) -> None:
    predict(store, "left", {"text": [A]})
    predict(store, "right", {"text": []})
    session = ReviewSession(store, "sam", QueueFilter.parse("status:agreed"))
    assert session.next() is None
    assert session.nothing_left == NothingLeft(Why.NONE_AGREED, 2, 1)


def test_an_answer_that_cannot_be_saved_leaves_the_sitting_as_it_was(
    store: Store, session: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = opened(session.next())
    store.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON answers BEGIN SELECT raise(ABORT, 'no room'); END"  # a full disk
    )
    with pytest.raises(Exception, match="no room"):
        answer(session, review)
    assert (session.done, session.settled) == (0, 0)
    assert not is_answered(store, review.item.example.id)
    store.execute("DROP TRIGGER refuse")
    assert opened(answer(session, review)).item.example.text == "text 1"


def test_an_example_that_was_answered_opens_as_it_was_answered(session: ReviewSession, ids: dict[str, int]) -> None:
    review = opened(session.next())
    review.choose(1)
    answer(session, review)
    kept = answer_of(session.store, ids["text 0"], "sam")
    assert kept is not None
    assert (kept.shown, kept.spans) == ((A,), ())
    again = session.open(ids["text 0"])
    assert again.marks == again.shown == ()
    assert again.choices[0].confirmed
    again.choose(0)
    session.put_aside(again)
    assert session.open(ids["text 0"]).marks == (A,)  # the draft, not the answer


def test_an_adjudication_opens_as_it_was_answered_and_a_review_does_not_show_it(
    store: Store, ids: dict[str, int]
) -> None:
    sharing.set_overlap(store, 1.0)
    for name, choice in (("sam", 0), ("kim", 1)):
        session = ReviewSession(store, name)
        review = session.open(ids["text 0"])
        review.choose(choice)
        answer(session, review)
    lead = ReviewSession(store, "sam", options=SessionOptions(adjudicate=True))
    review = opened(lead.next())
    review.choose_all("kim")
    answer(lead, review)
    assert lead.open(ids["text 0"]).marks == ()
    assert ReviewSession(store, "sam").open(ids["text 0"]).marks == (A,)


def test_an_answered_example_that_was_left_open_is_resumed(
    store: Store, session: ReviewSession, ids: dict[str, int]
) -> None:
    answer(session, session.next())
    session.leave(session.open(ids["text 0"]))
    resumed = opened(ReviewSession(store, "sam").resume())
    assert resumed.item.example.text == "text 0"
    resumed.choose(1)
    session.leave(resumed)
    again = opened(ReviewSession(store, "sam").resume())
    assert (again.item.example.text, again.marks) == ("text 0", ())


def test_who_else_has_the_example_of_an_answer_is_said_when_it_cannot_be_taken_back(
    store: Store, session: ReviewSession
) -> None:
    review = opened(session.next())
    answer(session, review)
    ReviewSession(store, "kim").open(review.item.example.id)
    with pytest.raises(
        TakenError, match="kim has the example of your last answer on screen now, so your answer stands"
    ):
        session.undo()
    assert is_answered(store, review.item.example.id)


def test_an_answer_taken_back_shows_what_it_said_as_where_one_starts(session: ReviewSession) -> None:
    review = opened(session.next())
    review.choose(1)
    answer(session, review)
    undone = opened(session.undo())
    assert (undone.shown, undone.marks, undone.steps) == ((), (), [])


def test_a_share_that_is_changed_keeps_what_was_answered(store: Store, ids: dict[str, int]) -> None:
    session = ReviewSession(store, "sam", EVERYTHING, order=Order.SOURCE)
    answer(session, session.next())
    sharing.set_filter(store, "sam", "text")
    assert session.keep_up()
    assert session.settled == 1
    assert session.upcoming(9) == [ids[text] for text in (*TEXTS[1:], "agreed")]
    assert not session.keep_up()


def test_another_queue_is_still_of_the_annotators_share(store: Store, ids: dict[str, int]) -> None:
    sharing.assign(store, {"sam": [(1, 3)]})
    session = ReviewSession(store, "sam")
    session.set_queue(DISAGREEING, Order.SOURCE)
    assert session.upcoming(9) == [ids["text 1"], ids["text 2"]]


def test_what_cannot_be_skipped_is_not_skipped(store: Store, ids: dict[str, int]) -> None:
    session = ReviewSession(store, "sam")
    first = opened(session.next())
    review = opened(session.skip(first))
    store.execute("CREATE TRIGGER refuse BEFORE INSERT ON on_screen BEGIN SELECT raise(ABORT, 'no room'); END")
    with pytest.raises(Exception, match="no room"):
        session.skip(review)
    store.execute("DROP TRIGGER refuse")
    assert opened(session.next()).item.example.id == review.item.example.id
    assert first.item.example.id not in session.upcoming(9)


def test_what_was_only_confirmed_or_only_edited_is_kept_when_it_is_left(
    session: ReviewSession, ids: dict[str, int]
) -> None:
    confirmed = session.open(ids["text 0"])
    confirmed.confirm()
    session.put_aside(confirmed)
    assert session.open(ids["text 0"]).choices[0].confirmed
    edited = session.open(ids["text 1"])
    assert isinstance(edited, SpanReview)
    edited.replace_spans([*edited.marks, Span(5, 6, "A")])
    session.put_aside(edited)
    assert session.open(ids["text 1"]).marks == (A, Span(5, 6, "A"))


def test_a_draft_comes_back_with_each_of_its_steps(session: ReviewSession, ids: dict[str, int]) -> None:
    review = session.open(ids["text 0"])
    for choice in (1, 0, 1):
        with review.one_step():
            review.choose(choice)
    session.put_aside(review)
    again = session.open(ids["text 0"])
    assert again.steps == review.steps
    assert again.take_back()
    assert again.marks == (A,)


def test_a_draft_ends_with_the_answer(session: ReviewSession, ids: dict[str, int]) -> None:
    review = session.open(ids["text 0"])
    review.choose(1)
    session.put_aside(review)
    review.choose(0)
    answer(session, review)
    assert session.open(ids["text 0"]).marks == (A,)


def test_an_answered_example_whose_new_answer_cannot_be_saved_stays_answered(store: Store, ids: dict[str, int]) -> None:
    session = ReviewSession(store, "sam", EVERYTHING, order=Order.SOURCE)
    answer(session, session.next())
    again = session.open(ids["text 0"])
    store.execute("CREATE TRIGGER refuse BEFORE INSERT ON answers BEGIN SELECT raise(ABORT, 'no room'); END")
    with pytest.raises(Exception, match="no room"):
        answer(session, again)
    assert session.settled == 1


def test_disputes_are_scored_by_the_scorer_of_the_store(store: Store, ids: dict[str, int]) -> None:
    sharing.set_overlap(store, 1.0)
    for name, choice in (("sam", 0), ("kim", 1)):
        session = ReviewSession(store, name)
        review = session.open(ids["text 0"])
        review.choose(choice)
        answer(session, review)
    lead = ReviewSession(store, "lead", options=SessionOptions(adjudicate=True))
    assert lead.open(ids["text 0"]).item.score == 1.0
    store.set_setting(SCORER, "count")
    assert lead.open(ids["text 0"]).item.score == 0.5


def test_an_answer_on_categories_tells_of_all_labels_of_the_store(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    [first, second], _ = add_examples(store, [Record("one"), Record("two")], "test")
    for name, scores in (("left", (1.0, 0.0)), ("right", (0.0, 1.0))):
        run = start_run(store, predictor=name, kind="file", fingerprint="1", model="test")
        cats = [Prediction(first, cats={"A": scores[0]}), Prediction(second, cats={"B": scores[1]})]
        save_predictions(store, run, cats)
    session = ReviewSession(store, "sam")
    answer(session, session.open(first))
    kept = answer_of(store, first, "sam")
    assert kept is not None
    assert kept.cats == {"A": 1.0, "B": 0.0}


@pytest.fixture
def other(store: Store, ids: dict[str, int]) -> Iterator[ReviewSession]:
    """The sitting of another annotator on the same store."""
    with open_store(store.path) as opened_too:
        yield ReviewSession(opened_too, "kim", order=Order.SOURCE)


def meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Make something happen between the pick of a sitting and its next transaction."""
    transaction = store.transaction

    def late() -> AbstractContextManager[sqlite3.Connection]:
        monkeypatch.setattr(store, "transaction", transaction)
        deed()
        return transaction()

    monkeypatch.setattr(store, "transaction", late)


def test_if_somebody_is_faster_the_next_example_is_another(
    store: Store, session: ReviewSession, other: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(store, monkeypatch, other.next)
    assert text_of(session) == "text 1"


def test_if_somebody_answers_what_was_picked_the_next_example_is_another(
    store: Store, session: ReviewSession, other: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_and_leave() -> None:
        answer(other, other.next())
        other.leave(None)

    meanwhile(store, monkeypatch, answer_and_leave)
    assert text_of(session) == "text 1"


def test_if_somebody_is_faster_after_an_answer_the_next_example_is_neither_of_the_two(
    store: Store, other: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ReviewSession(store, "sam", EVERYTHING, order=Order.SOURCE)
    review = opened(session.next())
    meanwhile(store, monkeypatch, other.next)
    assert opened(answer(session, review)).item.example.text == "text 2"


def test_if_somebody_takes_the_last_example_nothing_is_left(
    store: Store, session: ReviewSession, other: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = session.next()
    for _ in TEXTS[2:]:
        review = answer(session, review)
    answer(session, review)
    session.leave(None)
    meanwhile(store, monkeypatch, other.next)
    assert session.next() is None


def test_an_example_that_somebody_answered_while_one_was_away_is_not_answered_again(
    store: Store, session: ReviewSession, other: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = opened(session.next())
    store.execute("DELETE FROM on_screen")  # as after a long pause
    meanwhile(store, monkeypatch, lambda: answer(other, other.next()))
    with pytest.raises(TakenError, match="kim took this example"):
        answer(session, review)
    assert [each.annotator for each in answers_in_force(store, ("accept",))] == ["kim"]
    assert (session.done, session.settled) == (0, 0)


def test_a_sitting_begins_with_nothing_taken_back_and_nothing_missing(session: ReviewSession) -> None:
    assert (session.undone, session.done, session.settled) == (None, 0, 0)
    assert session.nothing_left == NothingLeft(Why.FOR_NOW)

"""Several annotators on one store: none gets what another has, all get the overlap, and the shares are settled."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_steps import answer
from stores import create_store

from tiebreak.core.errors import FilterError, TakenError
from tiebreak.core.queue import hold
from tiebreak.core.queue.finder import Finder
from tiebreak.core.queue.nothing_left import NothingLeft, Why
from tiebreak.core.records import Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, DISPUTED, Order, QueueFilter
from tiebreak.core.store import sharing
from tiebreak.core.store.answers import answers_in_force, answers_of_people
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import queue_length

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")
COUNT = 200


@pytest.fixture
def many(store: Store, predict: Predict) -> Store:
    """200 examples, alike, on which two predictors differ."""
    texts = [f"text {number}" for number in range(COUNT)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    return store


def id_of(review: AnyReview | None) -> int:
    assert review is not None
    return review.item.example.id


def answered_by(store: Store) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for each in answers_in_force(store, ("accept", "reject", "ignore")):
        found.setdefault(each.example_id, []).append(each.annotator)
    return found


def go_through(store: Store, *annotators: str, queue: QueueFilter = DISAGREEING) -> dict[int, list[str]]:
    """Have annotators answer in turn until none of them has an example left."""
    sessions = [ReviewSession(store, name, queue) for name in annotators]
    reviews = [session.next() for session in sessions]
    while any(reviews):
        reviews = [
            session.next() if review is None else answer(session, review)
            for session, review in zip(sessions, reviews, strict=True)
        ]
    return answered_by(store)


def test_what_one_annotator_has_on_screen_nobody_else_gets(many: Store) -> None:
    sessions = [ReviewSession(many, name) for name in ("sam", "kim", "ada", "bob")]
    on_screen = [id_of(session.next()) for session in sessions]
    assert len(set(on_screen)) == 4
    assert not set(on_screen) & set(sessions[0].upcoming(COUNT)[1:])


@pytest.mark.parametrize(
    ("queue", "order"),
    [
        (DISAGREEING, Order.DISAGREEMENT),
        (DISAGREEING, Order.SOURCE),
        (DISAGREEING, Order.VALUE),
        (QueueFilter.parse("kind:missing"), Order.DISAGREEMENT),
        (QueueFilter.parse("kind:missing"), Order.VALUE),
        (QueueFilter.parse("status:all"), Order.SHORTEST),
    ],
)
def test_what_waits_on_other_screens_is_said_and_comes_as_soon_as_it_is_free(
    store: Store, predict: Predict, queue: QueueFilter, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict(store, "left", {text: [A] for text in ("text 1", "text 2", "text 3")})
    predict(store, "right", {text: [] for text in ("text 1", "text 2", "text 3")})
    sam, kim, ada = (ReviewSession(store, name, queue, order=order) for name in ("sam", "kim", "ada"))
    review, kims = sam.next(), id_of(kim.next())
    adas = id_of(ada.next())
    assert review is not None
    assert answer(sam, review) is None
    assert sam.nothing_left == NothingLeft(Why.ON_OTHER_SCREENS, elsewhere=("ada", "kim"))
    kim.leave(None)
    assert id_of(sam.next()) == kims
    assert answer(sam, sam.next()) is None
    assert sam.nothing_left == NothingLeft(Why.ON_OTHER_SCREENS, elsewhere=("ada",))
    later = time.time() + sharing.IDLE + 1  # an idle sitting writes nothing
    monkeypatch.setattr(time, "time", lambda: later)
    assert id_of(sam.next()) == adas
    assert answer(sam, sam.next()) is None
    assert sam.nothing_left.why is not Why.ON_OTHER_SCREENS


def test_what_is_to_be_adjudicated_on_other_screens_is_said(store: Store, predict: Predict) -> None:
    dispute(store, predict)
    lead, other = (ReviewSession(store, name, DISAGREEING, ADJUDICATE, Order.SOURCE) for name in ("lead", "boss"))
    other.next()
    review = lead.next()
    while review is not None:
        review = answer(lead, review, "reject")
    assert lead.nothing_left == NothingLeft(Why.ON_OTHER_SCREENS, elsewhere=("boss",))


def test_no_example_is_answered_by_two(many: Store) -> None:
    answered = go_through(many, "sam", "kim", "ada")
    assert len(answered) == COUNT
    assert all(len(names) == 1 for names in answered.values())
    assert len({name for names in answered.values() for name in names}) == 3


@pytest.mark.parametrize("order", [Order.DISAGREEMENT, Order.VALUE, Order.RANDOM, Order.SOURCE])
def test_the_overlap_is_answered_by_everybody_and_the_rest_by_one(many: Store, order: Order) -> None:
    sharing.set_overlap(many, 0.2)
    expected = sharing.overlap_count(many)
    assert 20 < expected < 60
    sessions = [ReviewSession(many, name, order=order) for name in ("sam", "kim", "ada")]
    reviews = [session.next() for session in sessions]
    left = [queue_length(many, DISAGREEING, session.share) for session in sessions]
    assert left == [COUNT] * 3
    while any(reviews):
        reviews = [s.next() if r is None else answer(s, r) for s, r in zip(sessions, reviews, strict=True)]
    answered = answered_by(many)
    assert len(answered) == COUNT
    assert sorted(map(len, answered.values())) == [1] * (COUNT - expected) + [3] * expected
    assert [queue_length(many, DISAGREEING, session.share) for session in sessions] == [0] * 3


def test_an_annotator_who_comes_later_still_gets_the_whole_overlap(many: Store) -> None:
    sharing.set_overlap(many, 0.3)
    go_through(many, "sam")
    late = ReviewSession(many, "kim")
    finder = Finder(many.path, late.share)
    assert finder.progress(DISAGREEING).left == sharing.overlap_count(many)
    finder.close()
    answered = go_through(many, "kim")
    assert sum(len(names) == 2 for names in answered.values()) == sharing.overlap_count(many)


@given(shares=st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_a_larger_overlap_holds_all_of_a_smaller_one(many: Store, shares: list[float]) -> None:
    found = []
    for share in sorted(shares):
        sharing.set_overlap(many, share)
        found.append({id for (id,) in many.execute("SELECT example_id FROM queue WHERE overlap = 1")})
    assert found[0] <= found[1]


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, COUNT)])
def test_no_overlap_and_all_of_it(many: Store, share: float, count: int) -> None:
    sharing.set_overlap(many, share)
    assert sharing.overlap_count(many) == count


def test_what_is_compared_later_is_of_the_overlap_as_well(many: Store, predict: Predict) -> None:
    sharing.set_overlap(many, 1.0)
    predict(many, "left", {"new": [A]})
    ids = predict(many, "right", {"new": []})
    assert sharing.is_overlap(many, ids["new"])


def test_what_is_skipped_is_free_for_others_and_leaving_frees_what_was_on_screen(many: Store) -> None:
    sam, kim = ReviewSession(many, "sam"), ReviewSession(many, "kim")
    first = sam.next()
    sam.skip(first) if first else None
    assert id_of(kim.next()) == id_of(first)
    kim.leave(None)
    sam.leave(None)
    assert sharing.on_screen(many) == []
    assert many.execute("SELECT count(*) FROM on_screen").fetchone() == (0,)


def test_what_an_idle_annotator_has_on_screen_is_free_after_five_minutes(
    many: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam, kim = ReviewSession(many, "sam"), ReviewSession(many, "kim")
    review = sam.next()
    later = time.time() + sharing.IDLE - 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert id_of(kim.next()) != id_of(review)
    later += 2
    kim.leave(None)
    taken = kim.next()
    assert id_of(taken) == id_of(review)
    with pytest.raises(TakenError, match="kim took this example"):
        answer(sam, review)
    answer(kim, taken)
    with pytest.raises(TakenError, match="kim took this example"):
        answer(sam, review)
    assert answered_by(many) == {id_of(review): ["kim"]}
    assert review is not None
    assert id_of(sam.skip(review)) != id_of(review)


def test_who_presses_keys_keeps_what_is_on_screen(many: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sam, kim = ReviewSession(many, "sam"), ReviewSession(many, "kim")
    review = sam.next()
    monkeypatch.setattr(hold, "TOUCH_EVERY", -1.0)
    later = time.time() + sharing.IDLE - 1
    monkeypatch.setattr(time, "time", lambda: later)
    sam.pressed()
    sam.keep_up()
    later += 10
    assert id_of(kim.next()) != id_of(review)


def test_what_a_crashed_review_had_on_screen_is_free_at_once(many: Store) -> None:
    script = (
        "import os, signal\n"
        "from tiebreak.core.review.session import ReviewSession\n"
        "from tiebreak.core.store.opening import open_store\n"
        f"session = ReviewSession(open_store({str(many.path)!r}), 'kim')\n"
        "print(session.next().item.example.id, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    crashed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert crashed.returncode == -9
    assert many.execute("SELECT annotator FROM on_screen").fetchall() == [("kim",)]
    assert id_of(ReviewSession(many, "sam").next()) == int(crashed.stdout)
    assert many.execute("SELECT annotator FROM on_screen").fetchall() == [("sam",)]


def test_a_clock_that_was_set_back_takes_nothing_from_anybody(many: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sam, kim = ReviewSession(many, "sam"), ReviewSession(many, "kim")
    review = sam.next()
    earlier = time.time() - 86400
    monkeypatch.setattr(time, "time", lambda: earlier)
    assert id_of(kim.next()) != id_of(review)
    following = answer(sam, review)
    assert id_of(following) not in (id_of(review),)
    assert [each.example_id for each in answers_in_force(many, ("accept",))] == [id_of(review)]


def test_an_example_that_another_has_on_screen_cannot_be_opened_and_says_who(many: Store) -> None:
    sam, kim = ReviewSession(many, "sam"), ReviewSession(many, "kim")
    review = sam.next()
    kim.next()
    with pytest.raises(TakenError, match="sam has this example on screen now"):
        kim.open(id_of(review))
    sharing.set_overlap(many, 1.0)
    assert id_of(kim.open(id_of(review))) == id_of(review)


def test_one_annotator_in_two_terminals_gets_two_examples(many: Store) -> None:
    first = ReviewSession(many, "sam").next()
    pid = os.getpid()
    many.execute("UPDATE on_screen SET pid = ?", (1 if pid != 1 else 2,))  # another process that exists
    assert id_of(ReviewSession(many, "sam").next()) != id_of(first)


def test_assigned_examples_are_one_annotators_alone(many: Store) -> None:
    sharing.assign(many, {"sam": [(0, 50)], "kim": [(50, 60), (100, 110)]})
    answered = go_through(many, "sam", "kim", "ada")
    by_name = {name: {id - 1 for id, names in answered.items() if names == [name]} for name in ("sam", "kim", "ada")}
    assert by_name["sam"] == set(range(50))
    assert by_name["kim"] == {*range(50, 60), *range(100, 110)}
    assert by_name["ada"] == {*range(60, 100), *range(110, COUNT)}


def test_an_assignment_takes_the_place_of_the_one_before(many: Store) -> None:
    sharing.assign(many, {"sam": [(0, 50)], "kim": [(50, 60)]})
    sharing.assign(many, {"sam": [(3, 5)]})
    assert sharing.assignments(many) == {"sam": ((4, 5),), "kim": ((51, 60),)}
    sharing.assign(many, {"sam": []})
    assert sharing.assignments(many) == {"kim": ((51, 60),)}


def test_the_overlap_goes_beyond_assignments(many: Store) -> None:
    sharing.set_overlap(many, 0.5)
    sharing.assign(many, {"sam": [(0, 10)], "kim": [(10, 20)]})
    answered = go_through(many, "sam", "kim")
    overlap = {id for (id,) in many.execute("SELECT example_id FROM queue WHERE overlap = 1")}
    assert {id for id, names in answered.items() if len(names) == 2} == overlap
    assert {id for id in answered if id not in overlap} <= set(range(1, 21))


def test_an_annotator_with_a_filter_gets_what_it_finds(many: Store) -> None:
    sharing.set_filter(many, "sam", '"text 7"')
    assert list(go_through(many, "sam")) == [8]
    with pytest.raises(FilterError):
        sharing.set_filter(many, "sam", "lable:ORG")


def test_a_share_that_is_changed_is_taken_in_without_a_restart(many: Store) -> None:
    session = ReviewSession(many, "sam")
    session.next()
    assert not session.keep_up()
    with open_store(many.path) as other:
        sharing.assign(other, {"sam": [(100, 102)]})
    assert session.keep_up()
    assert set(session.upcoming(10)) == {101, 102}


def dispute(store: Store, predict: Predict) -> dict[str, int]:
    """Have sam and kim answer four texts: the first alike, the others not; kim rejects the fourth, sam accepts it."""
    texts = [f"text {number}" for number in range(4)]
    ids = predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    sharing.set_overlap(store, 1.0)
    for name in ("sam", "kim"):
        session = ReviewSession(store, name, order=Order.SOURCE)
        review = session.next()
        while review is not None:
            number = int(review.item.example.text[-1])
            review.choose(0)
            if name == "kim" and number in (1, 2):
                review.choose_neither()
            review = answer(session, review, "reject" if (name, number) == ("kim", 3) else "accept")
    return ids


ADJUDICATE = SessionOptions(adjudicate=True)


def test_what_annotators_differ_on_is_adjudicated_and_that_is_what_exports(store: Store, predict: Predict) -> None:
    ids = dispute(store, predict)
    assert queue_length(store, DISPUTED) == 3
    lead = ReviewSession(store, "lead", DISAGREEING, ADJUDICATE, Order.SOURCE)
    review = lead.next()
    assert id_of(review) == ids["text 1"]
    assert review is not None
    assert {name: each.marks for name, each in review.item.predictions.items()} == {"kim": (), "sam": (A,)}
    assert [difference.kind for difference in review.differences] == ["missing"]
    review.choose_all("kim")
    review = answer(lead, review)
    assert id_of(review) == ids["text 2"]
    assert review is not None
    review.choose_all("sam")
    review = answer(lead, review)
    assert review is not None
    assert [each.verdict for each in review.item.predictions.values()] == ["reject", ""]
    assert review.differences == ()
    assert answer(lead, review, "reject") is None
    assert lead.nothing_left == NothingLeft(Why.NONE_TO_ADJUDICATE)
    final = {each.example_id: each for each in answers_in_force(store, ("accept", "reject", "ignore"))}
    assert [final[ids[f"text {number}"]].annotator for number in (1, 2, 3)] == ["lead"] * 3
    assert (final[ids["text 1"]].spans, final[ids["text 2"]].spans) == ((), (A,))
    assert final[ids["text 3"]].answer == "reject"
    assert len([each for each in answers_in_force(store, ("accept",)) if each.example_id == ids["text 0"]]) == 2


def test_who_adjudicates_ones_own_answers_keeps_them(store: Store, predict: Predict) -> None:
    ids = dispute(store, predict)
    lead = ReviewSession(store, "sam", DISAGREEING, ADJUDICATE)
    review = lead.next()
    while review is not None:
        review = answer(lead, review)
    assert [each.annotator for each in answers_of_people(store, ids["text 1"])] == ["kim", "sam"]
    assert lead.undo() is not None
    assert queue_length(store, DISPUTED) == 1
    assert [each.annotator for each in answers_of_people(store, ids["text 1"])] == ["kim", "sam"]
    assert ReviewSession(store, "sam").undo() is not None  # an answer of a review, not an adjudication
    assert queue_length(store, DISPUTED) == 1


def test_an_example_is_adjudicated_by_one(store: Store, predict: Predict) -> None:
    dispute(store, predict)
    one = ReviewSession(store, "lead", DISAGREEING, ADJUDICATE)
    other = ReviewSession(store, "second lead", DISAGREEING, ADJUDICATE)
    first, second = one.next(), other.next()
    assert id_of(first) != id_of(second)
    third = ReviewSession(store, "ada")  # an answer to an example for all disturbs no adjudication
    mine = third.open(id_of(first))
    answer(third, mine)
    assert id_of(answer(one, first)) not in (id_of(first), id_of(second))
    assert answer(other, second) is None


def test_categories_are_adjudicated_too(tmp_path: Path) -> None:
    from tiebreak.core.records import Prediction, Record
    from tiebreak.core.store.examples import add_examples
    from tiebreak.core.store.predictions import save_predictions, start_run

    with create_store(tmp_path / "cats.db", Task.TEXTCAT) as store:
        ids, _ = add_examples(store, [Record("one"), Record("two")], "test")
        for name, cats in (("left", {"A": 0.9, "B": 0.1}), ("right", {"A": 0.2, "B": 0.8})):
            run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(id, cats=cats) for id in ids])
        sharing.set_overlap(store, 1.0)
        for name in ("sam", "kim"):
            session = ReviewSession(store, name, order=Order.SOURCE)
            review = session.next()
            while review is not None:
                review.choose_all("right" if (name, id_of(review)) == ("kim", ids[1]) else "left")
                review = answer(session, review)
        lead = ReviewSession(store, "lead", DISAGREEING, ADJUDICATE)
        review = lead.next()
        assert id_of(review) == ids[1]
        assert review is not None
        review.choose_all("kim")
        assert answer(lead, review) is None
        [final] = [each for each in answers_in_force(store, ("accept",)) if each.example_id == ids[1]]
        assert (final.annotator, final.cats) == ("lead", {"A": 0.0, "B": 1.0})

"""The learner at work: its order of work, its end, and that nothing that happens to the store does harm."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fake_learner import FOLLOWS, FakeLearner
from files import change, rows
from review_steps import answer, opened
from waiting import wait_until

from tiebreak.core.errors import StoreBusyError, StoreError
from tiebreak.core.learning import following
from tiebreak.core.learning.following import Follower, follow, learn
from tiebreak.core.records import Learned, LearnedPlace, Likely, Span, Value
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import schema
from tiebreak.core.store.answers import ADJUDICATE
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import LearnedRow, save_learned
from tiebreak.core.store.learners import hold_lease, learner_at_work
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.sharing import set_overlap
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.valued import save_values

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")
COUNT = 120  # examples
VALUED = "SELECT count(*) FROM queue WHERE errors IS NOT NULL"


@pytest.fixture
def some(store: Store, predict: Predict) -> Store:
    texts = [f"text {number}" for number in range(COUNT)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    return store


class Clock:
    """The time of a follower, which stands still until a test moves it on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(following, "monotonic", clock)
    return clock


@pytest.fixture
def sitting(some: Store) -> Iterator[ReviewSession]:
    """A sitting with an example on screen."""
    with open_store(some.path) as store:
        session = ReviewSession(store, "sam")
        opened(session.next())
        yield session


def learned(path: Path) -> list[tuple[Any, ...]]:
    return rows(path, "SELECT example_id, answers, basis FROM learned ORDER BY 1")


def rebuilt(path: Path, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Return the rows that a new learner writes."""
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    change(copy, *(f"DROP TABLE {table}" for table in schema.LEARNED))
    with open_store(copy) as store:
        learn(store, FakeLearner)
    made = learned(copy)
    for each in tmp_path.glob("copy.db*"):
        each.unlink()
    return made


def settle(follower: Follower) -> list[str]:
    """Take steps until it waits or ends, and return the calls of its learner."""
    calls = follower.learner.calls  # type: ignore[attr-defined]
    calls.clear()
    while (pause := follower.step()) == 0.0:
        pass
    return [*calls, *(["end"] if pause is None else [])]


def test_learning_once_takes_everything_in_and_gives_the_lease_back(some: Store) -> None:
    said: list[int] = []
    assert learn(some, FakeLearner, lambda learnt: said.append(learnt.examples)) == (0, COUNT)
    assert said[-1] == COUNT
    assert len(learned(some.path)) == COUNT
    assert learner_at_work(some) is None
    assert learn(some, FakeLearner) == (0, 0)


def test_learning_once_where_a_learner_is_at_work_says_so(some: Store) -> None:
    change(some.path, f"INSERT INTO learners VALUES (1, 'elsewhere', 812, {time.time()})")
    with pytest.raises(StoreBusyError, match=r"a learner is at work already \(process 812 on elsewhere\)"):
        learn(some, FakeLearner)
    assert follow(some, FakeLearner) is None
    assert learned(some.path) == []


def test_after_an_answer_what_comes_next_is_saved_at_once_and_the_rest_when_it_is_quiet(
    some: Store, sitting: ReviewSession, clock: Clock
) -> None:
    follower = Follower(some, FakeLearner(some))
    assert settle(follower) == ["catch up", *["save 10"] * 2]
    clock.now += 2
    assert settle(follower) == ["save 50", "save 50"]
    assert len(learned(some.path)) == COUNT
    answer(sitting, sitting.open(learned(some.path)[7][0]))
    assert settle(follower) == ["catch up", *["save 10"] * 2]


def test_what_takes_long_to_take_in_is_not_taken_in_all_the_time(
    some: Store, sitting: ReviewSession, clock: Clock, predict: Predict
) -> None:
    """While an engine predicts, each look finds new predictions, and the learner begins again."""

    class Slow(FakeLearner):
        def catch_up(self) -> bool:
            clock.now += 0.5
            return super().catch_up()

    follower = Follower(some, Slow(some))
    assert settle(follower)[0] == "catch up"
    predict(sitting.store, "third", {"text 1": [B]})
    assert settle(follower)[0] == "catch up"  # the first time does not count: the learner has just begun
    predict(sitting.store, "third", {"text 2": [B]})
    assert "catch up" not in settle(follower)
    clock.now += 1.9
    assert "catch up" not in settle(follower)
    clock.now += 0.2
    assert "catch up" in settle(follower)
    predict(sitting.store, "third", {"text 3": [B]})
    sitting.leave(None)
    clock.now += 1
    assert "catch up" in settle(follower)  # no annotator is there to be slowed down


def test_the_rest_takes_a_fifth_of_a_core(some: Store, sitting: ReviewSession, clock: Clock) -> None:
    class Slow(FakeLearner):
        def save(self, example_ids: Sequence[int]) -> None:
            super().save(example_ids)
            clock.now += 0.1

    follower = Follower(some, Slow(some))
    settle(follower)
    clock.now += 2
    assert settle(follower) == ["save 50"]
    clock.now += 0.3
    assert settle(follower) == []
    clock.now += 0.2
    assert settle(follower) == ["save 50"]


def test_the_rest_is_gone_through_again_only_when_there_are_a_tenth_more_answers(
    some: Store, sitting: ReviewSession, clock: Clock
) -> None:
    follower = Follower(some, FakeLearner(some))
    review = opened(sitting.next())
    gone_through = []
    for number in range(1, 51):
        review = opened(answer(sitting, review))
        settle(follower)
        clock.now += 2
        if settle(follower):
            gone_through.append(number)
    assert gone_through == [*range(1, 11), 12, 14, 16, 18, 20, 23, 26, 29, 32, 36, 40, 45, 50]


def test_a_new_answer_goes_before_what_is_left_to_save(some: Store, sitting: ReviewSession, clock: Clock) -> None:
    follower = Follower(some, FakeLearner(some))
    follower.step()
    follower.step()
    answer(sitting, opened(sitting.next()))
    assert settle(follower)[0] == "catch up"
    assert {answers for _, answers, _ in learned(some.path)[:9]} <= {0, 1}


def test_a_store_on_which_nothing_happens_costs_nothing(some: Store, sitting: ReviewSession, clock: Clock) -> None:
    follower = Follower(some, FakeLearner(some))
    for _ in range(10):
        settle(follower)
        clock.now += 2
    before = some.version()
    assert settle(follower) == []
    clock.now += 0.5
    assert settle(follower) == []
    assert some.version() == before


def test_it_ends_when_the_last_sitting_has_gone_with_everything_up_to_date(
    some: Store, sitting: ReviewSession, clock: Clock
) -> None:
    follower = Follower(some, FakeLearner(some))
    settle(follower)
    sitting.leave(opened(sitting.next()))
    clock.now += 2
    assert settle(follower)[-1] == "end"
    assert len(learned(some.path)) == COUNT


def test_it_ends_in_time_where_the_rest_is_large(some: Store, clock: Clock) -> None:
    """An annotator who has left the review may want to replace the store."""

    class Slow(FakeLearner):
        def save(self, example_ids: Sequence[int]) -> None:
            clock.now += 3

    assert settle(Follower(some, Slow(some)))[-1] == "end"


def test_it_goes_on_for_a_sitting_that_comes_while_it_is_about_to_end(some: Store, clock: Clock) -> None:
    follower = Follower(some, FakeLearner(some))
    follower.step()
    with open_store(some.path) as store:
        session = ReviewSession(store, "kim")
        session.next()
        clock.now += 2
        assert "end" not in settle(follower)
        session.leave(None)
        clock.now += 2
        assert settle(follower)[-1] == "end"


def test_it_ends_where_another_takes_over(some: Store, sitting: ReviewSession, clock: Clock) -> None:
    follower = Follower(some, FakeLearner(some))
    settle(follower)
    change(some.path, f"UPDATE learners SET host = 'elsewhere', beat = {time.time()}")
    clock.now += 2
    assert settle(follower) == ["end"]
    assert rows(some.path, "SELECT host FROM learners") == [("elsewhere",)]


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_it_ends_where_the_store_is_gone(some: Store, sitting: ReviewSession, clock: Clock, how: str) -> None:
    follower = Follower(some, FakeLearner(some))
    settle(follower)
    if how == "replaced":
        shutil.copy(some.path, some.path.with_name("other"))
        some.path.with_name("other").replace(some.path)
    else:
        some.path.unlink()
    clock.now += 2
    assert settle(follower) == ["end"]
    assert some.path.exists() == (how == "replaced")


@pytest.mark.parametrize("verb", ["DROP TABLE", "DELETE FROM"])
def test_what_is_dropped_under_it_is_made_again(some: Store, sitting: ReviewSession, clock: Clock, verb: str) -> None:
    follower = Follower(some, FakeLearner(some))
    for _ in range(5):
        settle(follower)
        clock.now += 2
    for table in schema.LEARNED:
        change(some.path, f"{verb} {table}")
        for _ in range(8):
            while following._next_step(follower) == 0.0:
                pass
            clock.now += 2
    assert len(learned(some.path)) >= 50
    assert [each for each in check_store(some) if each.is_fault] == []
    holder = learner_at_work(some)
    assert holder is not None
    assert holder.is_this_process


def test_values_that_are_taken_away_under_it_are_saved_again(some: Store, sitting: ReviewSession, clock: Clock) -> None:
    class Valuing(FakeLearner):
        def save(self, example_ids: Sequence[int]) -> None:
            super().save(example_ids)
            save_values(some, dict.fromkeys(example_ids, Value(1.5, 20.0)), ShortWrites(some), answers=1)

        def forget_saved(self) -> None:
            with some.transaction():
                some.execute("DELETE FROM learned")

    follower = Follower(some, Valuing(some))
    for _ in range(5):
        settle(follower)
        clock.now += 2
    wanted = [(COUNT,)]
    assert rows(some.path, VALUED) == wanted
    change(some.path, "UPDATE queue SET errors = NULL, seconds = NULL")
    for _ in range(5):
        settle(follower)
        clock.now += 2
    assert rows(some.path, VALUED) == wanted


def test_a_store_that_others_hold_locked_is_waited_for(
    some: Store, sitting: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiebreak.core.store.connection.LOCK_TIMEOUT", 0.05)
    follower = Follower(some, FakeLearner(some))
    settle(follower)
    with closing(sqlite3.connect(some.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        follower._ahead = [1, 2, 3]
        assert following._next_step(follower) == following.LOOK
        other.execute("ROLLBACK")
    assert following._next_step(follower) == 0.0


def test_a_full_disk_ends_it_without_harm(some: Store) -> None:
    class Large(FakeLearner):
        def save(self, example_ids: Sequence[int]) -> None:
            places = (LearnedPlace((Likely((Span(0, 4, "A" * 9000),), 0.5),), 0.1),)
            save_learned(self.store, [LearnedRow(each, b"", Learned(0, places)) for each in example_ids])

    some.execute("PRAGMA max_page_count = 1").fetchone()  # SQLite may add no page
    with pytest.raises(StoreError, match="the disk is full"):
        follow(some, Large)
    assert [each for each in check_store(some) if each.is_fault] == []
    assert learner_at_work(some) is None


Started = subprocess.Popen[str]


@pytest.fixture
def start(some: Store) -> Iterator[Callable[[], Started]]:
    """A function that starts processes that follow the store."""
    started: list[Started] = []

    def start() -> Started:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", FOLLOWS, str(some.path)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


@pytest.mark.full
def test_eight_sittings_have_one_learner(some: Store, start: Callable[[], Started]) -> None:
    stores = [open_store(some.path) for _ in range(8)]
    sessions = [ReviewSession(store, f"annotator{number}") for number, store in enumerate(stores)]
    reviews = [session.next() for session in sessions]
    processes = [start() for _ in sessions]
    wait_until(lambda: sum(each.poll() is None for each in processes) == 1 and learned(some.path))
    assert [each.communicate()[0].split()[0] for each in processes if each.poll() is not None] == ["None"] * 7
    for _ in range(3):
        reviews = [answer(session, review) for session, review in zip(sessions, reviews, strict=True)]
    wait_until(lambda: (24, COUNT - 24) in rows(some.path, "SELECT max(answers), count(*) FROM learned"))
    for session, review, store in zip(sessions, reviews, stores, strict=True):
        session.leave(review)
        store.close()
    [last] = [each for each in processes if each.poll() is None]
    assert last.communicate(timeout=30)[1] == ""
    assert last.returncode == 0
    assert {answers for _, answers, _ in learned(some.path)} == {24}


def test_a_killed_learner_costs_nothing_but_what_it_was_at(
    some: Store, sitting: ReviewSession, start: Callable[[], Started], tmp_path: Path
) -> None:
    chance = random.Random(17)
    for number in range(4):
        process = start()
        wait_until(lambda: learner_at_work(some))
        review = opened(sitting.next())
        for _ in range(3):
            review = opened(answer(sitting, review))
            time.sleep(chance.uniform(0, 0.1))
        if number % 2:
            sitting.undo()
        process.kill()
        process.communicate()
        assert learner_at_work(some) is None
    assert check_store(some) == []
    learn(some, FakeLearner)
    assert learned(some.path) == rebuilt(some.path, tmp_path)


def test_what_is_taken_back_adjudicated_or_predicted_anew_is_taken_in(
    some: Store, predict: Predict, tmp_path: Path
) -> None:
    set_overlap(some, 1)
    learn(some, FakeLearner)
    assert learned(some.path) == []  # an example for all shows nothing learned
    set_overlap(some, 0.3)
    for name in ("sam", "kim"):
        session = ReviewSession(some, name)
        review = opened(session.next())
        for number in range(8):
            if name == "kim":
                review.choose(number % 2)
            review = opened(answer(session, review))
        session.leave(session.undo())
    adjudicated = ReviewSession(some, "kim", options=SessionOptions(adjudicate=True))
    adjudicated.leave(answer(adjudicated, adjudicated.next()))
    assert rows(some.path, f"SELECT count(*) FROM answers WHERE view = '{ADJUDICATE}'") == [(1,)]
    predict(some, "third", {"text 3": [B]})
    follow(some, FakeLearner)
    assert learned(some.path) == rebuilt(some.path, tmp_path)
    assert 0 < len(learned(some.path)) < COUNT


# As the code of schemas 5 and 6 saved an answer.
EARLIER_ANSWER = """
    INSERT INTO answers (
        example_id, annotator, session, answer, spans, choices, shown, seconds, keys, view, answered_at, cats, screen
    ) VALUES (?, 'ada', 's', 'accept', '[]', '[]', '[]', 1.0, 1, 'review', ?, NULL, '{"predictors":[],"blind":false}')
"""


@pytest.mark.parametrize("version", [5, 6])
def test_a_process_that_opened_the_store_at_an_earlier_schema_goes_on_answering_and_its_answers_are_taken_in(
    tmp_path: Path, data: Path, version: int
) -> None:
    path = tmp_path / "store.db"
    shutil.copy(data / f"store_v{version}.db", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("PRAGMA foreign_keys = ON")
        [(waiting,)] = old.execute("SELECT min(example_id) FROM queue WHERE answered = 0 AND overlap = 0").fetchall()
        assert old.execute("PRAGMA user_version").fetchone() == (version,)
        with open_store(path) as store:  # migrated while it ran
            learn(store, FakeLearner)
            before = {example_id: answers for example_id, answers, _ in learned(path)}
            assert waiting in before
            old.execute("BEGIN IMMEDIATE")
            old.execute(EARLIER_ANSWER, (waiting, time.time()))
            old.execute("UPDATE queue SET answered = 1 WHERE example_id = ?", (waiting,))
            old.execute("COMMIT")
            learn(store, FakeLearner)
            after = {example_id: answers for example_id, answers, _ in learned(path)}
            assert waiting not in after
            assert {each + 1 for each in before.values()} == set(after.values())
            assert check_store(store) == []


def test_the_lease_is_held_before_a_learner_is_made(some: Store) -> None:
    """Making a learner imports numpy; of eight processes, only the learner at work should do so."""

    def begin(store: Store) -> FakeLearner:
        holder = learner_at_work(store)
        assert holder is not None
        assert holder.is_this_process
        return FakeLearner(store)

    follow(some, begin)
    learn(some, begin)
    assert hold_lease(some)

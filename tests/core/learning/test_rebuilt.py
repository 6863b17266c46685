"""Once caught up, the learner keeps the same as a new learner, no matter what came before."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from files import change, rows
from review_steps import answer, opened
from waiting import wait_until

from tiebreak.core.learning import following
from tiebreak.core.learning.following import Follower, follow, learn
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import Order
from tiebreak.core.store import schema
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learners import learner_at_work
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.sharing import set_overlap
from tiebreak.core.store.slices import set_slice_share, slice_texts
from tiebreak.core.store.valued import forget_values

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TABLES = ("learned", "learned_patterns")
FOLLOWS = (
    "import sys; sys.argv = ['tiebreak', 'learn', sys.argv[1], '--follow']; from tiebreak.tui.cli import main; main()"
)


@pytest.fixture
def some(store: Store, predict: Predict, data: Path) -> Store:
    """Thirty headlines with the predictions of a pipeline and of an LLM."""
    for name, file in (("spacy", "news_headlines.jsonl"), ("llm", "news_headlines.llm.jsonl")):
        said = {}
        for line in (data / file).read_text().splitlines():
            record = json.loads(line)
            spans = next(iter(record.get("preds", {"": record["spans"]}).values()))
            said[record["text"]] = [Span(each["start"], each["end"], each["label"]) for each in spans]
        predict(store, name, said)
    return store


def kept(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    values = "SELECT example_id, value, errors, seconds FROM queue WHERE answered = 0 ORDER BY 1"
    return {table: rows(path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES} | {
        "values": rows(path, values),
        "slice": rows(
            path,
            """
            SELECT example_id, exported, value, errors, seconds FROM slice JOIN queue USING (example_id)
            WHERE drawn_at IS NOT NULL ORDER BY 1
            """,
        ),
    }


def rebuilt(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a new learner keeps."""
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    change(copy, *(f"DROP TABLE {table}" for table in schema.LEARNED))
    with open_store(copy) as store:
        forget_values(store)
        learn(store, Learner)
    made = kept(copy)
    for each in path.parent.glob("copy.db*"):
        each.unlink()
    return made


def sit(store: Store, name: str, count: int, chance: random.Random, *, adjudicate: bool = False) -> None:
    """Answer the next `count` examples."""
    session = ReviewSession(store, name, options=SessionOptions(adjudicate=adjudicate))
    review = session.next()
    for _ in range(count):
        if review is None:
            break
        for at in range(len(review.differences)):
            if chance.random() < 0.7:
                review.choose(chance.randrange(2), at=at)
        review = answer(session, review, chance.choice(("accept", "accept", "accept", "reject")))
        if chance.random() < 0.2:
            review = session.undo()
    session.leave(review)


def settle(follower: Follower) -> None:
    while follower.step() == 0.0:
        pass


def test_after_each_answer_the_rows_of_what_comes_next_are_those_of_a_rebuild(
    some: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AHEAD", 30)  # all examples
    chance = random.Random(17)
    session = ReviewSession(some, "sam")
    review = opened(session.next())
    with open_store(some.path) as other:
        follower = Follower(other, Learner(other))
        for _ in range(6):
            for at in range(len(review.differences)):
                review.choose(chance.randrange(2), at=at)
            review = opened(answer(session, review))
            settle(follower)
            assert kept(some.path) == rebuilt(some.path)


@pytest.mark.parametrize("seed", range(3))
def test_undo_rejection_overlap_adjudication_and_new_runs_leave_what_a_rebuild_leaves(
    some: Store, predict: Predict, seed: int
) -> None:
    chance = random.Random(seed)
    learner_store = open_store(some.path)
    learner = Learner(learner_store)
    begin = lambda _: learner  # noqa: E731  the same one goes on
    set_overlap(some, 0.3)
    set_slice_share(some, 0.3)
    for name, count in (("sam", 11), ("kim", 9)):
        sit(some, name, count, chance)
        learn(learner_store, begin)
        assert kept(some.path) == rebuilt(some.path)
    sit(some, "kim", 1, chance, adjudicate=True)
    learn(learner_store, begin)
    assert kept(some.path) == rebuilt(some.path)
    [(text,)] = some.execute("SELECT text FROM examples WHERE id = 9").fetchall()
    predict(some, "third", {text: [Span(0, 4, "ORG")]})
    learn(learner_store, begin)
    assert kept(some.path) == rebuilt(some.path)
    learner_store.close()


def test_slice_texts_keep_what_they_would_be_worth_and_exported_as(some: Store) -> None:
    set_slice_share(some, 0.5)
    session = ReviewSession(some, "sam")
    review = opened(session.next())
    while sum(each.is_drawn for each in slice_texts(some)) < 2:
        review = opened(answer(session, review))
    review = opened(answer(session, review))
    learn(some, Learner)
    of_slice = kept(some.path)["slice"]
    assert len(of_slice) == 2
    assert all(None not in row for row in of_slice)
    assert not Learner(some).catch_up() or of_slice == rebuilt(some.path)["slice"]


@pytest.mark.parametrize("verb", ["DROP TABLE", "DELETE FROM"])
def test_what_is_dropped_while_somebody_reviews_is_there_again_at_once(some: Store, verb: str) -> None:
    session = ReviewSession(some, "sam")
    review = opened(session.next())
    for _ in range(6):
        review = opened(answer(session, review))
    with open_store(some.path) as other:
        follower = Follower(other, Learner(other))
        settle(follower)
        before = kept(some.path)
        assert all(there for what, there in before.items() if what != "slice")
        change(some.path, *(f"{verb} {table}" for table in TABLES))
        time.sleep(following.LOOK)
        settle(follower)
        assert kept(some.path) == before


def test_answers_of_a_process_that_opened_the_store_at_schema_5_teach(tmp_path: Path, data: Path) -> None:
    """It writes a copy of an answer in `store_v5.db` after the store has got a newer schema."""
    path = tmp_path / "store.db"
    shutil.copy(data / "store_v5.db", path)
    columns = "annotator, session, answer, spans, shown, seconds, keys, view, answered_at, cats, screen"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        [(waiting,)] = old.execute("SELECT min(example_id) FROM queue WHERE answered = 0 AND overlap = 0").fetchall()
        [(answered,)] = old.execute(
            "SELECT max(id) FROM answers WHERE answer = 'accept' AND view = 'review'"
        ).fetchall()
        with open_store(path) as store:
            learner = Learner(store)
            learn(store, lambda _: learner)
            before = learner.answers
            assert before > 0
            old.execute("BEGIN IMMEDIATE")
            old.execute(
                f"""
                INSERT INTO answers (example_id, choices, {columns})
                SELECT ?, '[]', {columns} FROM answers WHERE id = ?
                """,
                (waiting, answered),
            )
            old.execute("UPDATE queue SET answered = 1 WHERE example_id = ?", (waiting,))
            old.execute("COMMIT")
            learn(store, lambda _: learner)
            assert learner.answers == before + 1
            assert waiting not in {each[0] for each in kept(path)["learned"]}
            assert kept(path) == rebuilt(path)
            assert check_store(store) == []


@pytest.mark.full
def test_a_learner_that_is_killed_at_any_moment_costs_nothing(some: Store, predict: Predict) -> None:
    chance = random.Random(17)
    predict(some, "spacy", {f"Uber opens office {number} in Paris": [Span(0, 4, "ORG")] for number in range(800)})
    predict(some, "llm", {f"Uber opens office {number} in Paris": [] for number in range(800)})
    with open_store(some.path) as store:
        session = ReviewSession(store, "sam", order=Order.RANDOM)
        review = opened(session.next())
        for _ in range(12):
            process = subprocess.Popen([sys.executable, "-c", FOLLOWS, str(some.path)])
            wait_until(lambda: learner_at_work(some))
            for _ in range(5):
                time.sleep(chance.uniform(0, 0.15))
                review = opened(answer(session, review))
            process.kill()
            process.wait()
            assert learner_at_work(some) is None
            assert [each for each in check_store(some) if each.is_fault] == []
        session.leave(review)
    follow(some, Learner)
    assert kept(some.path) == rebuilt(some.path)

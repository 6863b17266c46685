"""The learner that a sitting starts: its first start, its restarts, and that no key waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from files import change
from screen_examples import MakeApp

from tiebreak.core.records import Span
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learners import hold_lease
from tiebreak.core.store.sharing import IDLE
from tiebreak.tui import engine_process, learner_process
from tiebreak.tui.learner_process import LearnerProcess


class Predict(Protocol):
    def __call__(self, store: Store, predictor: str, said: Mapping[str, Iterable[Span] | str]) -> dict[str, int]: ...


@pytest.fixture
def sitting(store: Store, predict: Predict) -> ReviewSession:
    """A sitting with an example on screen."""
    predict(store, "left", {"text 1": [Span(0, 4, "A")], "text 2": [Span(0, 4, "A")]})
    predict(store, "right", {"text 1": [], "text 2": []})
    session = ReviewSession(store, "sam")
    session.next()
    return session


@pytest.fixture
def learner(store: Store) -> LearnerProcess:
    return LearnerProcess(store.path)


class Moments:
    """The time that `LearnerProcess` goes by."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    moments = Moments()
    monkeypatch.setattr(learner_process, "time", moments)
    return moments


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The programs started in a learner's place: they wait for the exit status that a test sends."""
    started: list[subprocess.Popen[bytes]] = []

    def run(arguments: list[str]) -> subprocess.Popen[bytes]:
        assert arguments[0] == "learn"
        assert Path(arguments[1]).is_absolute()
        assert arguments[2:] == ["--follow"]
        program = "import sys; sys.exit(int(sys.stdin.readline()))"
        started.append(subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE))
        return started[-1]

    monkeypatch.setattr(engine_process, "run_apart", run)
    yield started
    for each in started:
        each.kill()
        each.communicate()


def end(process: subprocess.Popen[bytes], status: int) -> None:
    process.communicate(f"{status}\n".encode())


def looks(learner: LearnerProcess, store: Store, moments: Moments, seconds: int) -> list[int]:
    """Look every second; return the seconds after which a learner was started."""
    begun = []
    for second in range(seconds):
        if learner.is_missing(store):
            begun.append(second)
            learner.start()
        moments.now += 1
    return begun


def test_one_is_started_and_again_when_it_has_ended(
    store: Store, sitting: ReviewSession, learner: LearnerProcess, moments: Moments, programs: list[Any]
) -> None:
    assert looks(learner, store, moments, 20) == [0]
    end(programs[-1], 0)
    assert looks(learner, store, moments, 20) == [0]
    assert len(programs) == 2


def test_one_that_fails_is_started_again_after_longer_and_longer_pauses(
    store: Store, sitting: ReviewSession, learner: LearnerProcess, moments: Moments, programs: list[Any]
) -> None:
    waited = []
    for _ in range(10):
        [seconds] = looks(learner, store, moments, 301)[:1]
        waited.append(seconds)
        learner._look_at = 0.0  # the seconds of `looks` are over
        end(programs[-1], 1)
    assert waited[:5] == [0, 5, 10, 20, 40]
    assert max(waited) == 300


def test_none_is_started_beside_one_that_is_at_work(
    store: Store, sitting: ReviewSession, learner: LearnerProcess, moments: Moments
) -> None:
    assert hold_lease(store)
    assert looks(learner, store, moments, 20) == []


def test_none_is_started_while_nothing_is_on_screen_or_nobody_presses_a_key(
    store: Store, sitting: ReviewSession, learner: LearnerProcess, moments: Moments
) -> None:
    change(store.path, f"UPDATE on_screen SET touched_at = {time.time() - IDLE - 1}")
    assert looks(learner, store, moments, 20) == []
    sitting.leave(None)
    assert looks(learner, store, moments, 20) == []


def test_where_no_process_can_begin_the_review_goes_on(
    store: Store, sitting: ReviewSession, learner: LearnerProcess, moments: Moments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert looks(learner, store, moments, 30)[:2] == [0, 5]
    change(store.path, "DROP TABLE learners", "DROP TABLE learned")
    assert looks(learner, store, moments, 400)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (SessionOptions(), True),
        (SessionOptions(confirm_all=True, confined=True), True),
        (SessionOptions(blind=True), False),
        (SessionOptions(adjudicate=True), False),
        (SessionOptions(first=First.LEFT), False),
    ],
)
def test_only_such_a_sitting_shows_what_was_learned(options: SessionOptions, wanted: bool) -> None:
    assert options.shows_learned == wanted


@pytest.mark.full
async def test_no_key_waits_for_a_learner_to_start(make_app: MakeApp) -> None:
    may_go_on, has_begun = threading.Event(), threading.Event()

    class Slow(LearnerProcess):
        def start(self) -> None:
            has_begun.set()
            may_go_on.wait(20)

    texts = [(f"Paris wakes up {number}", {"spacy": [Span(0, 5, "GPE")], "llm": []}) for number in range(4)]
    app = make_app(*texts)
    app.learner = Slow(app.session.store.path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert has_begun.is_set()
        began = time.monotonic()
        await pilot.press("right", "a", "a", "a")
        assert app.session.done == 3
        assert time.monotonic() - began < 10
        may_go_on.set()

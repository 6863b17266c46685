"""The engine beside the review: its part of the status line, its screen, and quitting while it is at work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from engine_rows import at_work, fail, llm_run, say
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, fill, long_seen, press, screen_of, until
from textual.pilot import Pilot

from tiebreak.core.queue.lookups import QueueProgress
from tiebreak.core.records import Prediction, Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.engines import claim, end_engine, engines, register_engine, wanted_of
from tiebreak.core.store.predictions import save_predictions
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.engine_process import Started
from tiebreak.tui.review.status_line import status_line
from tiebreak.tui.screens.engine import EngineScreen
from tiebreak.tui.screens.leaving import LeaveScreen

EVIL = "\x1b[2Jevil\x9b\u202e"
Start = Callable[[str], Started]


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs a line of Python as the engine that a review started."""
    started: list[Started] = []

    def start(code: str) -> Started:
        engine = Started(subprocess.Popen([sys.executable, "-c", "pass"]))
        engine.process.wait()
        engine.process = subprocess.Popen([sys.executable, "-c", code], stderr=engine._stderr)
        started.append(engine)
        return engine

    yield start
    for engine in started:
        engine.process.kill()
        engine.process.wait()


SLEEP = "import time; time.sleep(100)"


async def open_engine_screen(pilot: Pilot[None]) -> EngineScreen:
    await press(pilot, "E")
    screen = pilot.app.screen
    assert isinstance(screen, EngineScreen)
    return await read_again(pilot, screen)


async def read_again(pilot: Pilot[None], screen: EngineScreen) -> EngineScreen:
    screen._reading = False
    await screen.refresh_overview()
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    return screen


def line_of(app: TiebreakApp, width: int = 200) -> str:
    progress = app.lookups.progress(app.session.queue)
    return status_line(app.session, progress, 0.9, width).plain


def blind(app: TiebreakApp) -> TiebreakApp:
    session = ReviewSession(app.session.store, "sam", options=SessionOptions(blind=True))
    return TiebreakApp(session, session.next(), clock=long_seen())


def test_the_status_line_tells_of_the_engine_at_work(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    assert line_of(app).endswith("· spacy 1 · llm 1 · sam")
    engine = register_engine(store, {})
    assert "the engine begins" in line_of(app)
    run = llm_run(store)
    say(store, engine, run)
    assert "· ▶ claude 412/2,000 12/s $0.31 3 failed · spacy 1 · llm 1 · sam" in line_of(app)
    say(store, engine, run, run_state="waiting", message=f"the endpoint is down {EVIL}; next try in 8 s")
    assert "claude waits: the endpoint is down ␛[2Jevil��; next try in 8 s $0.31 3 failed" in line_of(app)
    store.execute("UPDATE engines SET wanted = 'pause'")
    assert "claude 412/2,000 pausing" in line_of(app)
    say(store, engine, run, state="paused")
    assert "claude 412/2,000 paused" in line_of(app)
    store.execute("UPDATE engines SET wanted = 'stop'")
    assert "claude 412/2,000 stopping" in line_of(app)
    say(store, engine, run, run_state="failed", message="HTTP 401: wrong key")
    assert "claude ended: HTTP 401: wrong key" in line_of(app)
    end_engine(store, engine)
    assert line_of(app).endswith("· spacy 1 · llm 1 · claude 0 · sam")


def test_the_engine_gives_way_on_a_narrow_screen_after_the_rest_does(make_app: MakeApp) -> None:
    app = make_app()
    at_work(app.session.store, llm_run(app.session.store))
    for width in range(20, 120):
        line = line_of(app, width)
        assert len(line) <= width or " · " not in line
        assert ("412/2,000" in line) >= ("3 failed" in line) >= ("$0.31" in line) >= ("12/s" in line)
    assert line_of(app, 60) == " 0 done · 1 left · ▶ claude 412/2,000 3 failed"


def test_two_engines_at_one_run_are_reported_as_one(make_app: MakeApp) -> None:
    app = make_app()
    run = llm_run(app.session.store)
    at_work(app.session.store, run, ok=900, failed=0)
    at_work(app.session.store, run, ok=50, failed=1, pending=1000, run_state="waiting", message="rate limit")
    assert "▶ claude 951/2,000 24/s $0.62 1 failed" in line_of(app)


async def test_a_blind_session_hears_of_the_engine_without_names(make_app: MakeApp) -> None:
    shown = make_app()
    store = shown.session.store
    run = llm_run(store)
    at_work(store, run, run_state="waiting", message="claude's endpoint is down")
    fail(store, run, "claude said no", response="I am claude", text="claude")
    app = blind(shown)
    async with app.run_test() as pilot:
        await screen_of(app).keeping_up.look()
        assert "engine waits" in screen_of(app).header.plain
        page = await open_engine_screen(pilot)
        assert "Model 3" in page.plain
        assert "1 in all" in page.plain
        words = page.plain + page.header.plain + line_of(app)
        assert not any(name in words for name in ("claude", "spacy", "llm", "test-model"))


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 50)], ids=str)
async def test_the_engine_screen_tells_of_engines_runs_mentions_and_failures(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    app = make_app()
    store = app.session.store
    run = llm_run(store, "cla[red]ude\x1b[31m")
    at_work(store, run, message="falls back to plain JSON")
    fail(store, run, *(f"HTTP 500: {EVIL} request {number}" for number in range(30)), response=EVIL)
    save_predictions(store, run, [Prediction(1, mentions={"placed": 1203, "not in text": 33})])
    async with app.run_test(size=size) as pilot:
        page = await open_engine_screen(pilot)
        for words in (
            *("1 engine at work", "▶ cla[red]ude␛[31m test-model", "412 of 2,000 12/s ~2 min left"),
            *("409 calls · 3 reused · 12 retries", "14 of 16 in flight", "$0.31", "falls back to plain JSON"),
            *("1 predicted, 30 failed", "30 calls · 3,600 tokens in, 270 out", "placed 1,203 · not in text 33"),
            *("30 × cla[red]ude", "HTTP 500: ␛[2Jevil�� request 0", "example 2 “Text 3.0”", "response ␛[2Jevil"),
        ):
            assert words in f"{page.header.plain} {page.plain}", words
        assert max(len(line) for line in page.page.plain.splitlines()) <= size[0]
        before = page.page.scroll_offset.y
        await press(pilot, "pagedown")
        if size[1] == 16:
            assert page.page.scroll_offset.y > before
        scrolled = page.page.scroll_offset.y
        await read_again(pilot, page)
        assert page.page.scroll_offset.y == scrolled
        await press(pilot, "question_mark")
        await press(pilot, "escape", "E")
        screen_of(app)


async def test_without_an_engine_the_screen_says_how_to_start_one(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    async with app.run_test(size=(130, 50)) as pilot:
        page = await open_engine_screen(pilot)
        assert f"tiebreak predict {store.path} --config FILE --detach" in page.plain
        for key in ("p", "R", "S"):
            await press(pilot, key)
            assert "no engine is at work" in page.message.plain
        engine = at_work(store, llm_run(store), run_state="failed", message="HTTP 401: check the key")
        end_engine(store, engine, "nothing is left to do")
        app.lookups._read_again = 0.0
        await read_again(pilot, page)
        assert "nothing is left to do" in page.plain
        assert "claude: HTTP 401: check the key" in page.plain


async def test_p_pauses_and_goes_on_and_capital_s_stops_once_it_is_pressed_again(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    engine = at_work(store, llm_run(store))
    async with app.run_test() as pilot:
        page = await open_engine_screen(pilot)
        await press(pilot, "p")
        assert wanted_of(store, engine) == "pause"
        assert "pausing" in page.plain
        await press(pilot, "p")
        assert wanted_of(store, engine) == "run"
        await press(pilot, "S", "down", "S")
        assert wanted_of(store, engine) == "run"
        assert "S again stops it" in page.message.plain
        await press(pilot, "S")
        assert wanted_of(store, engine) == "stop"
        assert "stopping" in page.plain


async def test_capital_r_has_what_failed_tried_again(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    run = llm_run(store)
    engine = at_work(store, run)
    save_predictions(store, run, [Prediction(1, error="HTTP 500")], engine)
    assert claim(store, engine, run, 0, 5) == []
    async with app.run_test() as pilot:
        page = await open_engine_screen(pilot)
        await press(pilot, "R")
        assert page.message.plain == "1 that failed is tried again"
        await press(pilot, "R")
        assert "already being tried again" in page.message.plain
    assert [id for id, _ in claim(store, engine, run, 0, 5)] == [1]


async def test_what_arrives_meanwhile_moves_nothing_on_screen_and_comes_next_where_it_is_worth_more(
    make_app: MakeApp,
) -> None:
    one = [(HEADLINE, {"spacy": [*SPACY[:2], SPACY[3]], "llm": SPACY[:3]})]
    app = make_app(*one)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = screen_of(app)
        review, text = screen.review, "Paris wakes up"
        fill(app.session.store, [(text, {"spacy": [Span(0, 5, "GPE")], "llm": []})])
        llm = llm_run(app.session.store)
        save_predictions(app.session.store, llm, [Prediction(1, tuple(LLM))])  # about the example on screen
        app.lookups._count_again = 0.0
        await screen.keeping_up.look()
        await until(pilot, lambda: {row.text for row in screen.queue_panel._rows} == {HEADLINE, text})
        assert screen.review is review
        assert "2 left" in screen.header.plain
        await press(pilot, "0", "a")
        assert screen.review is not None
        assert screen.review.item.example.text == text
    assert [answer.example_id for answer in answers_in_force(app.session.store, ["accept"])] == [1]


async def test_what_arrives_while_one_edits_leaves_the_edit_alone(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = screen_of(app)
        await press(pilot, "e", "full_stop")
        edit = app.screen
        assert isinstance(edit, EditScreen)
        editor = edit.editor
        for number in range(3):
            fill(app.session.store, [(f"Paris {number} wakes up", {"spacy": [Span(0, 5, "GPE")], "llm": []})])
            app.lookups._count_again = 0.0
            await screen.keeping_up.look()
            await press(pilot, "full_stop")
            assert app.screen is edit
        assert editor.current is not None
        assert editor.current.end == len("Uber hires Ada Lovelace of")
        await press(pilot, "enter")
        assert screen.review is not None
        assert screen.review.item.example.text == HEADLINE
        assert "4 left" in screen.header.plain


async def test_an_empty_queue_says_how_far_the_engine_is_until_there_is_a_disagreement(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": SPACY}), options=SessionOptions(expected=2))
    store = app.session.store
    run = llm_run(store)
    engine = at_work(store, run, ok=3, failed=0)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = screen_of(app)
        await screen.keeping_up.look()
        await until(pilot, lambda: "claude 3 of 2,000; the first disagreement shows here" in screen.engine.nothing_left)
        assert screen.engine.nothing_left.startswith("Nothing is compared yet")
        assert "tiebreak predict" not in screen.engine.nothing_left
        say(store, engine, run, ok=4, failed=0)
        save_predictions(store, run, [Prediction(1, tuple(SPACY))])
        await screen.keeping_up.look()
        assert screen.engine.nothing_left.startswith("All models agree on all 1 compared examples")
        assert "claude 4 of 2,000" in screen.engine.nothing_left
        save_predictions(store, run, [Prediction(1, tuple(LLM))])
        app.lookups._count_again = 0.0
        await screen.keeping_up.look()
        await pilot.pause()
        assert screen.review is not None
        end_engine(store, engine)
        await press(pilot, "a")
        await screen.keeping_up.look()
        assert screen.engine.nothing_left.startswith("Nothing left to review")
        assert "2,000" not in screen.engine.nothing_left


async def test_leaving_asks_what_the_engine_is_to_do(make_app: MakeApp, start: Start) -> None:
    app = make_app()
    app.started = started = start(SLEEP)
    async with app.run_test() as pilot:
        await press(pilot, "q")
        assert isinstance(app.screen, LeaveScreen)
        await press(pilot, "escape")
        screen_of(app)
        await press(pilot, "q", "g")
        assert app.return_code == 0
    assert started.is_running
    assert "goes on in the background" in started.closing_message(app.session.store.path)


async def test_an_engine_that_begins_is_denied_nowhere(
    make_app: MakeApp, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(("Acme", {"spacy": []}), options=SessionOptions(expected=2))
    app.started = started = start(SLEEP)
    store, run = app.session.store, llm_run(app.session.store)
    async with app.run_test(size=(120, 30)) as pilot:
        below = screen_of(app)
        await below.keeping_up.look()
        assert "the engine begins" in below.header.plain
        assert "The engine begins" in below.engine.nothing_left
        page = await open_engine_screen(pilot)
        assert "the engine begins" in page.header.plain
        assert "is starting: it opens the models" in page.plain
        assert "No engine" not in page.plain
        for key, said in (("p", "it can be paused once"), ("R", "it tries failed texts again"), ("S", "S again stops")):
            await press(pilot, key)
            assert said in page.message.plain
        monkeypatch.setattr("tiebreak.core.store.engines.os.getpid", lambda: started.process.pid)
        engine = at_work(store, run, ok=2000)
        page = await read_again(pilot, page)
        assert "1 engine at work" in page.header.plain
        assert not started.begins
        end_engine(store, engine)  # its process goes a moment later
        page = await read_again(pilot, page)
        assert "no engine is at work" in page.header.plain
        await press(pilot, "escape")
        await below.keeping_up.look()
        assert "ngine begins" not in below.header.plain + below.engine.nothing_left


async def test_an_engine_that_begins_can_be_stopped(make_app: MakeApp, start: Start) -> None:
    app = make_app()
    app.started = started = start(SLEEP)
    async with app.run_test() as pilot:
        page = await open_engine_screen(pilot)
        await press(pilot, "S", "S")
        assert page.message.plain == "stopping: it has sent nothing yet"
    started.process.wait(10)
    assert started.error == ""


async def test_leaving_after_the_reflection_asks_as_well(make_app: MakeApp, start: Start) -> None:
    app = make_app()
    app.started = start(SLEEP)
    async with app.run_test() as pilot:
        await press(pilot, "r", "q")
        assert isinstance(app.screen, LeaveScreen)


async def test_leaving_may_stop_an_engine_that_is_not_in_the_store_yet(make_app: MakeApp, start: Start) -> None:
    app = make_app()
    app.started = started = start(SLEEP)
    async with app.run_test() as pilot:
        await press(pilot, "q", "s")
        assert app.return_code == 0
    started.process.wait(10)
    assert started.error == ""


async def test_leaving_stops_the_engine_by_the_store_and_no_other_one(
    make_app: MakeApp, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    store = app.session.store
    run = llm_run(store)
    other = at_work(store, run)
    app.started = started = start(SLEEP)
    with monkeypatch.context() as patched:
        patched.setattr("tiebreak.core.store.engines.os.getpid", lambda: started.process.pid)
        own = at_work(store, run)
    async with app.run_test() as pilot:
        await screen_of(app).keeping_up.look()
        await press(pilot, "q", "s")
    assert (wanted_of(store, own), wanted_of(store, other)) == ("stop", "run")
    assert started.is_running  # it ends by itself, once the calls in flight have ended


async def test_no_question_where_the_engine_has_ended(make_app: MakeApp, start: Start) -> None:
    app = make_app()
    app.started = start("pass")
    app.started.process.wait()
    async with app.run_test() as pilot:
        await press(pilot, "q")
        assert app.return_code == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit('a warning\\ntiebreak: HTTP 401: check the key')", "HTTP 401: check the key"),
        ("import sys; sys.exit('Traceback\\nOops: x')", "Oops: x"),
        ("import sys; sys.exit(3)", "the engine ended with exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "the engine was killed by signal 9"),
    ],
)
async def test_an_engine_that_ends_with_an_error_says_so(make_app: MakeApp, start: Start, code: str, said: str) -> None:
    app = make_app()
    app.started = start(code)
    async with app.run_test(size=(200, 50)) as pilot:
        app.started.process.wait()
        await screen_of(app).keeping_up.look()
        assert said in screen_of(app).message.plain
        assert "the engine ended: E" in screen_of(app).header.plain
        page = await open_engine_screen(pilot)
        assert said in page.plain
        assert app.session.done == 0


async def test_a_blind_session_hears_the_error_of_its_engine_once_it_is_over(make_app: MakeApp, start: Start) -> None:
    app = blind(make_app())
    app.started = start("import sys; sys.exit('tiebreak: claude cannot be reached')")
    app.started.process.wait()
    async with app.run_test() as pilot:
        await screen_of(app).keeping_up.look()
        assert "ended with an error" in screen_of(app).message.plain
        assert "claude" not in screen_of(app).message.plain
        page = await open_engine_screen(pilot)
        assert "claude" not in page.plain
    assert "claude cannot be reached" in app.started.closing_message(app.session.store.path)


def test_a_progress_without_engines_is_reported_as_before(make_app: MakeApp) -> None:
    app = make_app()
    line = status_line(app.session, QueueProgress(1, (("spacy", 1, 0), ("llm", 0, 1))), None, 80).plain
    assert line == " 0 done · 1 left · spacy 1 · llm 0 · llm: 1 failed · sam"


def test_the_engine_screen_at_80x24(snap_compare: Any, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    store = app.session.store
    run = llm_run(store)
    at_work(store, run, run_state="waiting", message="the endpoint is down (HTTP 503); next try in 8 s")
    store.execute("UPDATE engines SET host = 'elsewhere', pid = 4711")
    reasons = [f"HTTP 500: request {number} went wrong" for number in range(4)]
    fail(store, run, *reasons, "the answer was cut off at the token limit", response='{"entities": [{"te')
    save_predictions(store, run, [Prediction(1, mentions={"placed": 1203, "not in text": 33, "label unknown": 2})])
    monkeypatch.setattr("tiebreak.tui.pages.engine_page._clock", lambda seconds: "10:02")
    monkeypatch.setattr("tiebreak.tui.pages.engine_page.duration_text", lambda seconds: "2 min")
    assert len(engines(store, live=True)) == 1
    assert snap_compare(app, terminal_size=(80, 24), press=["E", "wait:500"])

"""Several annotators on screen: the others at work, the examples they hold, and adjudicating."""

from __future__ import annotations

import time
from typing import Any

import pytest
from screen_examples import MakeApp, long_seen, screen_of

from tiebreak.core.records import Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import sharing
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.opening import open_store
from tiebreak.tui.app import TiebreakApp

CITIES: list[Any] = [
    (text, {"spacy": [Span(0, 5, "GPE")], "llm": []}) for text in ("Paris wakes", "Paris sleeps", "Paris eats")
]


async def test_the_status_line_says_who_else_is_at_work(make_app: MakeApp) -> None:
    app = make_app(*CITIES)
    async with app.run_test(size=(120, 30)) as pilot:
        with open_store(app.session.store.path) as store:
            ReviewSession(store, "kim").next()
            await screen_of(app).keeping_up.look()
            await pilot.pause()
            assert "with kim" in screen_of(app).header.plain
            ReviewSession(store, "ada").next()
            await screen_of(app).keeping_up.look()
            assert "with 2 others" in screen_of(app).header.plain


async def test_what_another_took_after_five_idle_minutes_is_not_saved_and_skip_goes_on(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(*CITIES)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = screen_of(app)
        assert screen.review is not None
        mine = screen.review.item.example.id
        later = time.time() + sharing.IDLE + 1
        monkeypatch.setattr(time, "time", lambda: later)
        with open_store(app.session.store.path) as store:
            kim = ReviewSession(store, "kim")
            taken = kim.next()
            assert taken is not None
            assert taken.item.example.id == mine
            await pilot.press("a")
            await pilot.pause()
            assert "kim took this example" in screen.message.plain
            assert list(answers_in_force(store, ("accept",))) == []
            await pilot.press("s")
            await pilot.pause()
            assert screen.review.item.example.id != mine
            await pilot.press("a")
            await pilot.pause()
            assert [each.annotator for each in answers_in_force(store, ("accept",))] == ["sam"]


@pytest.mark.parametrize("ends", ["left", "answered"])
async def test_what_waits_on_another_screen_is_said_and_comes_when_it_is_free(make_app: MakeApp, ends: str) -> None:
    app = make_app(*CITIES[:2])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = screen_of(app)
        with open_store(app.session.store.path) as store:
            kim = ReviewSession(store, "kim")
            kims = kim.next()
            assert kims is not None
            await pilot.press("a")
            await pilot.pause()
            assert screen.engine.nothing_left.startswith(
                "Nothing else is left: 1 example that waits is on another screen (kim)."
            )
            assert screen.engine.nothing_left.endswith("come here. q leaves, u goes back to your last answer")
            if ends == "left":
                kim.leave(None)
            else:
                kim.answer(kims, "accept", seconds=1.0, keys=1)
        await screen.keeping_up.look()
        assert (screen.review is None) == (ends == "answered")
        if ends == "answered":
            assert screen.engine.nothing_left.startswith("Nothing left to review: every disagreement has an answer.")


async def test_a_share_that_is_changed_holds_without_a_restart(make_app: MakeApp) -> None:
    app = make_app(*CITIES)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = screen_of(app)
        await screen.keeping_up.look()
        assert screen.progress is not None
        assert screen.progress.left == 3
        with open_store(app.session.store.path) as store:
            sharing.assign(store, {"kim": [(0, 2)]})
        await screen.keeping_up.look()
        await pilot.pause()
        assert screen.progress.left == 1


async def test_adjudicating_shows_each_annotator_and_counts_what_is_left(make_app: MakeApp) -> None:
    app = make_app(*CITIES, options=SessionOptions(adjudicate=True))
    store = app.session.store
    sharing.set_overlap(store, 1.0)
    for name in ("sam", "kim"):
        session = ReviewSession(store, name)
        review = session.next()
        while review is not None:
            review.choose(0 if name == "sam" else 1)
            rejects = name == "kim" and review.item.example.text == "Paris eats"
            review = session.answer(review, "reject" if rejects else "accept", seconds=1, keys=1)
    lead = ReviewSession(store, "lead", options=SessionOptions(adjudicate=True))
    app = TiebreakApp(lead, lead.next(), clock=long_seen())
    async with app.run_test(size=(120, 30)) as pilot:
        screen = screen_of(app)
        await screen.keeping_up.look()
        names = set()
        for left in (3, 2, 1):
            assert "adjudicating" in screen.header.plain
            assert f"{left} left" in screen.header.plain
            names.add(screen.rule.plain.split("both")[0])
            await pilot.press("right", "a")
            await pilot.pause()
            await screen.keeping_up.look()
        assert any("A kim " in each and "B sam" in each for each in names)
        assert any("kim (reject)" in each for each in names)
        assert screen.review is None
        assert "Nothing is left to adjudicate" in screen.engine.nothing_left
    final = list(answers_in_force(store, ("accept",)))
    assert [(each.annotator, each.view, each.spans) for each in final] == [
        ("lead", "adjudicate", (Span(0, 5, "GPE"),)) for _ in range(3)
    ]


async def test_a_confined_review_has_no_way_to_the_engine_nor_to_the_background(make_app: MakeApp) -> None:
    from tiebreak.tui.keymap import PLACES, without

    app = make_app(*CITIES, options=SessionOptions(confined=True))
    app.keymap = without(PLACES, "review", "engine")
    async with app.run_test(size=(120, 30)) as pilot:
        screen = screen_of(app)
        assert "engine" not in [command.name for command in screen.commands]
        await pilot.press("E", "ctrl+z")
        await pilot.pause()
        assert app.screen is screen
        await pilot.press("a", "a", "a")
        await pilot.pause()
        assert "export" not in screen.engine.nothing_left
        assert str(app.session.store.path) not in screen.engine.nothing_left


async def test_whoever_types_anywhere_is_not_idle(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    pressed: list[int] = []
    monkeypatch.setattr(ReviewSession, "pressed", lambda session: pressed.append(1))
    app = make_app(*CITIES)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("e", "right", "right")
        await pilot.pause()
        assert len(pressed) == 3


async def test_undo_of_what_another_has_open_is_refused_and_who_answered_is_told(make_app: MakeApp) -> None:
    app = make_app(*CITIES)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = screen_of(app)
        assert screen.review is not None
        answered = screen.review.item.example.id
        await pilot.press("a")
        await pilot.pause()
        with open_store(app.session.store.path) as store:
            kim = ReviewSession(store, "kim")
            kim.open(answered)
            await pilot.press("u")
            await pilot.pause()
            assert "kim has the example of your last answer on screen" in screen.message.plain
            assert [each.example_id for each in answers_in_force(store, ("accept",))] == [answered]
            following = kim.next()
            assert following is not None
            kim.answer(following, "accept", seconds=1.0, keys=1)
            await screen.finding.go_to_chosen(following.item.example.id)
            assert "kim has answered this" in screen.message.plain

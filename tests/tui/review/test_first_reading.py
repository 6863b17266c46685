"""The signs of learning that an annotator sees: first readings, their strength, their reasons, and m."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from review_steps import learned_place
from rich.console import Console, Group
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, message_of, press, review_of, screen_of

from tiebreak.core.records import Learned, LearnedPlace, Span
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.sharing import set_overlap
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.screens.inspect import learned_parts
from tiebreak.tui.themes import DARK_SCREEN, Appearance
from tiebreak.tui.widgets.page_view import PageView

UBER, ADA, PARIS = (Span(0, 4, "ORG"),), (Span(11, 23, "PERSON"),), (Span(40, 45, "LOCATION"),)
SPACY_UBER, LLM_ADA = (Span(0, 4, "PERSON"),), (Span(11, 14, "PERSON"),)
MIXED = (Span(11, 19, "PERSON"),)
PLACES = (
    learned_place((UBER, 0.94), (SPACY_UBER, 0.04), ((), 0.01), held=14, seen=16),
    learned_place((ADA, 0.62), (MIXED, 0.2), (LLM_ADA, 0.1), held=7, seen=12),
    learned_place(((), 0.48), (PARIS, 0.45), held=12, seen=25),
)


def learn(store: Store, places: Sequence[LearnedPlace] = PLACES, example_id: int = 1) -> None:
    item = queue_item(store, example_id)
    save_learned(store, [LearnedRow(example_id, basis_of(item.differences), Learned(40, tuple(places)))])


def learned_app(make_app: MakeApp, appearance: Appearance = DARK_SCREEN) -> TiebreakApp:
    """Return an app on the headline, in whose store this was learned."""
    app = make_app(appearance=appearance)
    learn(app.session.store)
    app.first = app.session.open(1)
    return app


def rows(app: TiebreakApp) -> list[str]:
    return [line for line in screen_of(app).difference_list.plain_lines if line]


async def test_the_list_says_how_sure_each_first_reading_is_and_the_focused_row_why(make_app: MakeApp) -> None:
    app = learned_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert rows(app) == [
            "▶ ?█ label    ○A PERSON Uber                   ●B ORG Uber",
            "              94% sure (ORG by llm, not PERSON by spacy: right 14 of 16)",
            "  ?▄ boundary ●A PERSON Ada Lovelace           ○B PERSON Ada",
            "  ?▁ missing  ○A LOCATION Paris                ●B –",
        ]
        await press(pilot, "enter")
        assert rows(app) == [
            "  ✓  label    ○A PERSON Uber                   ●B ORG Uber",
            "▶ ?▄ boundary ●A PERSON Ada Lovelace           ○B PERSON Ada",
            "              62% sure (PERSON, bounds of spacy: right 7 of 12)",
            "  ?▁ missing  ○A LOCATION Paris                ●B –",
        ]


async def test_the_rows_below_stay_where_they_are_when_something_else_is_chosen(make_app: MakeApp) -> None:
    app = learned_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "left")
        below = rows(app)[2:]
        assert rows(app)[1].strip() == "4% likely"
        await press(pilot, "1")
        assert "●→ LOCATION Uber" in rows(app)[0]
        assert screen_of(app).difference_list.plain_lines[1] == ""
        assert rows(app)[1:] == below


async def test_an_accepted_answer_keeps_what_stood_first_and_how_likely_it_was(make_app: MakeApp) -> None:
    app = learned_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "right", "tab", "right", "a")
    [answer] = answers_in_force(app.session.store, ["accept"])
    assert [choice.first for choice in answer.choices] == [UBER, ADA, ()]
    assert [choice.probability for choice in answer.choices] == [0.94, 0.62, 0.48]
    assert [choice.marks for choice in answer.choices] == [UBER, LLM_ADA, ()]
    assert answer.screen is not None
    assert (answer.screen["first"], answer.screen["answers"]) == ("learned", 40)


async def test_it_is_said_once_that_answers_start_with_something_else_now(make_app: MakeApp) -> None:
    app = make_app(*((f"{HEADLINE} {number}", {"spacy": SPACY, "llm": LLM}) for number in range(4)))
    ids = app.session.upcoming(4)
    for example_id in ids[1:]:
        learn(app.session.store, example_id=example_id)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot)
        assert message_of(app) == ""
        await press(pilot, "a")
        assert message_of(app) == "answers now start with what earlier answers make likely: ▁ ▄ █; ? explains"
        await press(pilot, "a")
        assert message_of(app) == ""


async def test_m_goes_through_the_candidates_and_says_how_likely_each_is(make_app: MakeApp) -> None:
    app = learned_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "tab", "m")
        assert message_of(app).strip() == "candidate 2 of 3, 20%"
        assert review_of(app).choices[1].marks == MIXED
        assert "●→ PERSON Ada Love" in rows(app)[1]
        await press(pilot, "m")
        assert review_of(app).choices[1].marks == LLM_ADA
        await press(pilot, "m")
        assert message_of(app).strip() == "candidate 1 of 3, 62%"
        await press(pilot, "u")
        assert review_of(app).choices[1].marks == LLM_ADA


async def test_a_candidate_that_is_no_reading_may_stand_first(make_app: MakeApp) -> None:
    app = make_app()
    learn(app.session.store, (learned_place(((Span(0, 4, "LOCATION"),), 0.7)), *PLACES[1:]))
    app.first = app.session.open(1)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert rows(app)[0].startswith("▶ ?▄ label")
        assert "●→ LOCATION Uber" in rows(app)[0]
        assert review_of(app).choices[0].confirmed is False


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
@pytest.mark.parametrize(
    "options", [SessionOptions(first=First.LEFT), SessionOptions(blind=True)], ids=["left", "blind"]
)
async def test_the_screen_that_starts_with_the_left_reading_is_as_if_nothing_had_been_learned(
    make_app: MakeApp, options: SessionOptions, size: tuple[int, int]
) -> None:
    app = make_app(options=options)
    drawn = []
    for learned in (False, True):
        if learned:
            learn(app.session.store)
        app = TiebreakApp(app.session, app.session.open(1), appearance=DARK_SCREEN, clock=app.clock)
        async with app.run_test(size=size) as pilot:
            await press(pilot, "tab", "m", "tab", "right")
            drawn.append(list(app.screen._compositor.render_strips()))
    assert drawn[0] == drawn[1]


async def test_what_all_annotators_answer_shows_nothing_learned(make_app: MakeApp) -> None:
    app = make_app()
    set_overlap(app.session.store, 1.0)
    learn(app.session.store)
    app.session.keep_up()
    app.first = app.session.open(1)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert rows(app)[0] == "▶ ? label    ●A PERSON Uber                   ○B ORG Uber"
        assert not any("%" in row for row in rows(app))


def inspected(app: TiebreakApp) -> str:
    console = Console(file=StringIO(), width=100)
    console.print(Group(*learned_parts(review_of(app))))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_inspecting_lists_what_may_hold_at_the_focused_difference(make_app: MakeApp) -> None:
    app = learned_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "tab")
        assert [line.strip() for line in inspected(app).splitlines()[1:]] == [
            "Learned of difference 2 of 3: boundary",
            "62%  PERSON Ada Lovelace  (A)",
            "20%  PERSON Ada Love",
            "10%  PERSON Ada  (B)",
            "8%  something else",
            "because  PERSON, bounds of spacy: right 7 of 12",
            "rests on  40 answers",
        ]
        await press(pilot, "i")
        assert "Learned of difference 2 of 3: boundary" in app.screen.query_one(PageView).plain


async def test_inspecting_says_nothing_of_learning_where_there_was_none(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test():
        assert inspected(app).strip() == ""


def test_the_review_looks_like_this_once_something_was_learned(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(learned_app(make_app), terminal_size=(80, 24), press=["enter"])


def test_the_strengths_stand_in_monochrome(snap_compare: Any, make_app: MakeApp) -> None:
    app = learned_app(make_app, Appearance("monochrome", sixteen_colours=False))
    assert snap_compare(app, terminal_size=(60, 16))

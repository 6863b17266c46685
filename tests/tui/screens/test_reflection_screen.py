"""The reflection's screen: a person can go through its findings, and only two keys close it."""

from __future__ import annotations

from screen_examples import HEADLINE, LLM, SPACY, MakeApp, press, screen_of, spans, until

from tiebreak.core.compare.alike import Alike
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.learned_patterns import Held, save_outcomes
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.screens.reflection import ReflectionScreen

TEXT = "Uber sues a city."
WRONG = Alike("missing", (("spacy", ()), ("llm", ("CITY",))))


def told_app(make_app: MakeApp, *, blind: bool = False) -> TiebreakApp:
    """Return an app on two examples; in one of them the LLM has a label that was always wrong so far."""
    alone = (TEXT, {"spacy": spans(TEXT, ("Uber", "ORG")), "llm": spans(TEXT, ("Uber", "ORG"), ("city", "CITY"))})
    app = make_app((HEADLINE, {"spacy": SPACY, "llm": LLM}), alone, options=SessionOptions(blind=blind))
    save_outcomes(app.session.store, [Held(WRONG, "neither", 30, 30)], ShortWrites(app.session.store))
    return app


def page_of(app: TiebreakApp) -> str:
    assert isinstance(app.screen, ReflectionScreen)
    return app.screen.page.plain


async def test_enter_goes_through_what_a_finding_speaks_of(make_app: MakeApp) -> None:
    app = told_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "r")
        assert "▶ llm alone, CITY: right at 0 of 30 places; 1 more waits" in page_of(app)
        await press(pilot, "enter")
        await until(pilot, lambda: app.session.queue.chips != ())
        review = screen_of(app).review
        assert review is not None
        assert review.item.example.text == TEXT
        assert "says:llm=CITY" in str(app.session.queue)


async def test_tab_goes_on_to_the_numbers_of_the_tables(make_app: MakeApp) -> None:
    app = told_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "r", "tab")
        assert "▶" not in page_of(app)
        await press(pilot, "shift+tab")
        assert "▶ llm alone" in page_of(app)
        await press(pilot, "shift+tab", "enter")
        await until(pilot, lambda: app.session.queue.chips != ())


async def test_without_a_finding_enter_goes_on_reviewing(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "r", "enter")
        screen_of(app)
        assert app.session.queue.chips == ()
        await press(pilot, "r", "tab", "enter")  # the first number of the tables
        await until(pilot, lambda: app.session.queue.chips != ())


async def test_a_blind_sitting_is_told_of_no_model(make_app: MakeApp) -> None:
    app = told_app(make_app, blind=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "r")
        assert "llm" not in page_of(app)
        assert "spacy" not in page_of(app)
        await press(pilot, "enter")
        screen_of(app)

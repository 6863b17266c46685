"""Texts that fewer than two models have read, on the review screen: words, questions, categories by one digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from screen_examples import HEADLINE, SPACY, MakeApp, long_seen, message_of, press, review_of, screen_of, until
from stores import create_store

from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, name_labels
from tiebreak.core.store.finding import Names
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.review.seen import UNSEEN
from tiebreak.tui.screens.example_list import ExampleListScreen
from tiebreak.tui.screens.filter import FilterScreen, completions
from tiebreak.tui.screens.reflection import ReflectionScreen

LABELS = ["good", "bad", "mixed"]


@pytest.fixture
def one(make_app: MakeApp) -> TiebreakApp:
    return make_app((HEADLINE, {"spacy": SPACY}))


async def test_each_mark_is_a_question_and_nobody_agrees(one: TiebreakApp) -> None:
    async with one.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(one)
        assert screen.rule.plain.strip() == "━A spacy  question 1 of 4, 4 not confirmed"
        rows = screen.difference_list.plain_lines
        assert rows[0].split() == ["▶", "?", "keep?", "●A", "PERSON", "Uber", "○", "nothing"]
        assert "agree" not in screen.rule.plain
        assert "disagreement" not in screen.header.plain


async def test_left_keeps_and_right_drops(one: TiebreakApp) -> None:
    async with one.run_test(size=(80, 24)) as pilot:
        await press(pilot, "left", "down", "right", "down", "0", "down", "2")
        review = review_of(one)
        assert [choice.confirmed for choice in review.choices] == [True] * 4
        assert len(review.marks) == 2
        assert SPACY[0] in review.marks
        await press(pilot, "u")
        assert message_of(one) == "taken back at question 4: ORG Paris; it is LOCATION Paris again, not confirmed"


async def test_brackets_take_the_model_or_the_other_way_at_each_question(one: TiebreakApp) -> None:
    async with one.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right_square_bracket")
        assert review_of(one).marks == ()
        assert review_of(one).unconfirmed == 0
        assert message_of(one).startswith("all 4 not as the model has it; [ is the other way")
        await press(pilot, "left_square_bracket")
        assert review_of(one).marks == tuple(SPACY)
        await press(pilot, "u", "u")
        assert review_of(one).marks == tuple(SPACY)
        assert review_of(one).unconfirmed == 4


async def test_where_the_model_marks_nothing_it_says_so(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": []}), ("Acme in Paris", {"spacy": [Span(0, 4, "ORG")]}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        if review_of(app).differences:
            await press(pilot, "a")
        assert screen_of(app).difference_list.plain_lines[0].strip() == "spacy marks nothing here; e marks, a accepts."


async def test_a_blind_sitting_names_no_model(make_app: MakeApp) -> None:
    app = make_app(
        (HEADLINE, {"spacy": []}), ("Acme in Paris", {"spacy": [Span(0, 4, "ORG")]}), options=SessionOptions(blind=True)
    )
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            await pilot.pause()
            screen = screen_of(app)
            shown = [screen.header.plain, screen.rule.plain, *screen.difference_list.plain_lines]
            assert "spacy" not in " ".join(shown)
            await press(pilot, "a")


def categories(path: Path, task: Task, said: Sequence[Mapping[str, float]] = (), texts: int = 3) -> Store:
    """Make a store of texts with these labels, and `said`, a single model's categories."""
    store = create_store(path, task)
    ids, _ = add_examples(store, [Record(f"text {number}") for number in range(texts)], "test")
    name_labels(store, LABELS)
    if said:
        run = start_run(store, predictor="m", kind="file", fingerprint="1", model="test")
        save_predictions(store, run, [Prediction(id, cats=dict(cats)) for id, cats in zip(ids, said, strict=True)])
    return store


def app_on(store: Store) -> TiebreakApp:
    session = ReviewSession(store, "sam")
    return TiebreakApp(session, session.next(), clock=long_seen())


def answered(store: Store) -> list[set[str]]:
    return [
        {label for label, score in (each.cats or {}).items() if score > 0.5}
        for each in answers_in_force(store, ["accept"])
    ]


async def test_with_no_model_a_digit_is_the_answer(tmp_path: Path) -> None:
    store = categories(tmp_path / "store.db", Task.TEXTCAT)
    app = app_on(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "no model has read this" in screen_of(app).rule.plain
        assert "a digit chooses the category, and goes on" in screen_of(app).difference_list.plain_lines[0]
        await press(pilot, "a")
        assert message_of(app) == "no category is chosen yet: digits choose one"
        await press(pilot, "2", "9", "1")
        assert answered(store) == [{"bad"}, {"good"}]
        await press(pilot, "backspace", "3")
        assert answered(store) == [{"bad"}, {"mixed"}]
        await press(pilot, "t", *"good", "enter")
        assert answered(store) == [{"bad"}, {"mixed"}, {"good"}]
        assert screen_of(app).review is None
    store.close()


async def test_a_digit_answers_nothing_that_was_not_seen(tmp_path: Path) -> None:
    store = categories(tmp_path / "store.db", Task.TEXTCAT)
    session = ReviewSession(store, "sam")
    app = TiebreakApp(session, session.next(), clock=lambda: 1000.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        assert message_of(app) == UNSEEN
        assert answered(store) == []
    store.close()


async def test_where_any_category_may_hold_digits_toggle_until_a_accepts(tmp_path: Path) -> None:
    store = categories(tmp_path / "store.db", Task.TEXTCAT_MULTILABEL)
    app = app_on(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "digits set categories, a accepts" in screen_of(app).difference_list.plain_lines[0]
        await press(pilot, "1", "2", "1", "3")
        assert answered(store) == []
        await press(pilot, "a")
        assert answered(store) == [{"bad", "mixed"}]
    store.close()


async def test_with_one_model_its_category_is_the_question(tmp_path: Path) -> None:
    said = [{"good": 0.1, "bad": 0.7, "mixed": 0.2}] * 3
    store = categories(tmp_path / "store.db", Task.TEXTCAT, said)
    app = app_on(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "A m  question 1 of 1, 1 not confirmed" in screen_of(app).rule.plain
        await press(pilot, "a")
        assert answered(store) == [{"bad"}]
        await press(pilot, "3")
        assert answered(store) == [{"bad"}]
        await press(pilot, "a")
        assert answered(store) == [{"bad"}, {"mixed"}]
    store.close()


async def test_where_the_model_chooses_no_category_it_says_so(tmp_path: Path) -> None:
    store = categories(tmp_path / "store.db", Task.TEXTCAT_MULTILABEL, [{"good": 0.1}] * 3)
    app = app_on(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert (
            "m chooses nothing here; digits set categories, a accepts." in screen_of(app).difference_list.plain_lines[0]
        )
    store.close()


NEWS = ["Uber sues", "quiet day", "Paris"]


@pytest.fixture
def news(make_app: MakeApp) -> TiebreakApp:
    said = [[Span(0, 4, "ORG")], [], [Span(0, 5, "GPE")]]
    return make_app(*[(text, {"spacy": spans}) for text, spans in zip(NEWS, said, strict=True)])


async def test_nothing_is_asked_for_in_a_sitting_with_one_model(news: TiebreakApp) -> None:
    async with news.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not screen_of(news).chips.has_class("shown")
        await press(pilot, "o")
        assert screen_of(news).chips.plain.strip() == "[order: uncertain]"


async def test_a_filter_goes_through_open_texts_and_an_empty_one_through_all(news: TiebreakApp) -> None:
    async with news.run_test(size=(80, 24)) as pilot:
        await press(pilot, "slash")
        assert isinstance(news.screen, FilterScreen)
        assert news.screen.input.value == ""
        await press(pilot, *"says:spacy=GPE")
        screen = news.screen
        assert isinstance(screen, FilterScreen)
        await until(pilot, lambda: "1 open" in screen.state.plain)
        await press(pilot, "enter")
        await until(
            pilot, lambda: isinstance(news.screen, ReviewScreen) and review_of(news).item.example.text == "Paris"
        )
        assert screen_of(news).chips.has_class("shown")
        await press(pilot, "slash", *["backspace"] * 40, "enter")
        await until(pilot, lambda: not screen_of(news).chips.has_class("shown"))
        assert news.session.queue == news.session.whole


async def test_the_list_shows_open_texts(news: TiebreakApp) -> None:
    async with news.run_test(size=(80, 24)) as pilot:
        await press(pilot, "l")
        listing = news.screen
        assert isinstance(listing, ExampleListScreen)
        await until(pilot, lambda: len(listing.ids) == 3)


async def test_there_is_no_pattern_to_go_to(news: TiebreakApp) -> None:
    async with news.run_test(size=(80, 24)) as pilot:
        while not review_of(news).differences:
            await press(pilot, "a")
        await press(pilot, "G")
        assert message_of(news).startswith("there are no patterns with one model")


def test_completions_know_open_and_what_the_only_model_says() -> None:
    names = Names(("ORG",), ("spacy",), ())
    assert completions("status:o", names) == ("status:", ["open"])
    assert completions("says:", names) == ("says:", ["spacy=", "spacy=ORG"])


async def test_the_reflection_speaks_of_no_model_where_there_is_none(tmp_path: Path) -> None:
    store = categories(tmp_path / "store.db", Task.TEXTCAT)
    app = app_on(store)
    async with app.run_test(size=(80, 40)) as pilot:
        await press(pilot, "2", "r")
        assert isinstance(app.screen, ReflectionScreen)
        page = app.screen.page.plain
        assert "No model has read the texts" in page
        assert "1 mark in 1 text." in page
        assert "right" not in page
    store.close()


async def test_a_second_model_meanwhile_is_said_and_counted(one: TiebreakApp) -> None:
    async with one.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(one)
        store = screen.session.store
        run = start_run(store, predictor="llm", kind="file", fingerprint="1", model="test")
        save_predictions(store, run, [Prediction(review_of(one).item.example.id)])
        await screen.keeping_up.look()
        assert message_of(one).startswith("two models have read texts by now: where they differ comes next")
        assert "1 left" in screen.header.plain
        assert not screen.chips.has_class("shown")


async def test_where_there_is_no_row_a_key_of_rows_says_what_there_is_to_do(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": []}), ("Acme in Paris", {"spacy": [Span(0, 4, "ORG")]}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(app)
        for _ in range(2):  # whichever comes first
            assert ("pick" in screen.footer.plain) is bool(review_of(app).differences)
            await press(pilot, "a")
        await press(pilot, "u")
        if review_of(app).differences:
            await press(pilot, "u")
        for key in ("left", "enter", "tab", "0", "asterisk", "1", "t", "full_stop", "left_square_bracket"):
            screen.say("")
            await press(pilot, key)
            assert message_of(app) == "spacy marks nothing here; e marks, a accepts."
            assert app.screen is screen

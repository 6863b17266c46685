"""Another example comes up, from a look-up in the background, while a person is in the middle of something."""

from __future__ import annotations

from typing import Any

import pytest
from screen_examples import MakeApp

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Span
from tiebreak.tui.review.screen import ReviewScreen

ALIKE: list[Any] = [
    (text, {"spacy": [Span(0, 5, "GPE")], "llm": []}) for text in ("Paris wakes up", "Paris falls asleep")
]


async def test_an_edit_is_kept_for_its_example_where_another_one_came_up(make_app: MakeApp) -> None:
    app = make_app(*ALIKE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.review is not None
        edited = screen.review
        await pilot.press("e", "d")
        screen.open(app.session.open(3 - edited.item.example.id))
        await pilot.press("enter")
        await pilot.pause()
        assert screen.review.marks == (Span(0, 5, "GPE"),)
        assert app.session.open(edited.item.example.id).marks == ()


async def test_a_label_is_not_given_to_another_example_that_came_up(make_app: MakeApp) -> None:
    app = make_app(*ALIKE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.review is not None
        await pilot.press("t")
        screen.open(app.session.open(3 - screen.review.item.example.id))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert not screen.review.is_touched


async def test_the_keys_of_a_typed_label_count(make_app: MakeApp) -> None:
    app = make_app(*ALIKE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t", "g", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.keys_pressed == 3


async def test_all_keys_typed_into_a_filter_count(make_app: MakeApp) -> None:
    app = make_app(*ALIKE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", "p", "a", "left", "escape")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.keys_pressed == 5


async def test_an_example_that_cannot_be_opened_leaves_its_error_to_be_read(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(example_id: int, selected_by: str) -> None:
        raise StoreError("the disk is gone")

    app = make_app(*ALIKE)
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen, ReviewScreen)
        monkeypatch.setattr(app.session, "open", fail)
        await pilot.press("G")
        await pilot.pause()
        assert app.screen.message.plain == "the disk is gone"

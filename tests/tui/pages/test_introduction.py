"""The introduction to a sitting with two models, with one, and with none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from screen_examples import HEADLINE, LLM, SPACY, Readings, fill
from stores import create_store

from tiebreak.core.records import Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.examples import name_labels
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.commands import Command, key_of
from tiebreak.tui.keymap import PLACES
from tiebreak.tui.pages import introduction as pages
from tiebreak.tui.pages.introduction import Introduction, introduction_text, introduction_to
from tiebreak.tui.screens.introduction import IntroductionScreen
from tiebreak.tui.text.render import DARK

PAGES = [(readers, has_bars) for readers in (0, 1, 2) for has_bars in (False, True)]
READINGS: Sequence[Readings] = ({}, {"spacy": SPACY}, {"spacy": SPACY, "llm": LLM})


@pytest.mark.parametrize(("readers", "has_bars"), PAGES)
def test_each_page_fits_the_smallest_terminal(readers: int, has_bars: bool) -> None:
    lines = introduction_text(introduction_to(readers, has_bars=has_bars), DARK, PLACES).plain.split("\n")
    assert len(lines) <= 16
    assert max(len(line) for line in lines) <= 60


def other_keys(commands: Iterable[Command]) -> list[Command]:
    """Return the same commands with new keys, each from another alphabet."""
    return [replace(command, keys=(chr(0x531 + at),), shown="") for at, command in enumerate(commands)]


@pytest.mark.parametrize(("readers", "has_bars"), PAGES)
def test_each_page_names_the_keys_that_hold(readers: int, has_bars: bool) -> None:
    page = introduction_to(readers, has_bars=has_bars)
    keymap = {place: other_keys(commands) for place, commands in PLACES.items()}
    rows = introduction_text(page, DARK, keymap).plain.splitlines()[-len(page.keys) - 2 :]
    for row, (names, _) in zip(rows, page.keys, strict=False):
        keys = ["1-9" if name == "label" else key_of(keymap[page.place], name) for name in names]
        assert row.split()[: len(keys)] == keys
    leave = key_of(keymap[page.place], "quit")
    assert rows[-2].split() == [
        key_of(keymap[page.place], "help"),
        "help",
        leave,
        *["leave;", "everything", "is", "saved"],
    ]
    bounds = {"start_left", "end_right", "word_left", "extend_right"}
    told = "".join(what for _, what in page.keys)
    assert all(key_of(keymap[page.place], name) in "".join(rows) for name in bounds if f"{{{name}}}" in told)


@pytest.mark.parametrize(("readers", "has_bars"), [page for page in PAGES if page != (0, True)])
def test_each_page_names_the_keys_that_settle_most(readers: int, has_bars: bool) -> None:
    words = introduction_text(introduction_to(readers, has_bars=has_bars), DARK, PLACES).plain.split()
    assert {"enter", "A", "a"} <= set(words)
    assert ("shift+→" in words) == ((readers, has_bars) != (1, True))


def test_the_page_of_two_models_and_categories_shows_no_spans() -> None:
    text = introduction_text(introduction_to(2, has_bars=True), DARK, PLACES).plain
    assert "Uber" not in text
    assert "no span here" not in text
    assert "Labels on which the models differ" in text


def app_introducing(folder: Path, readings: Readings, expected: int = 0) -> TiebreakApp:
    store = create_store(folder / "store.db", Task.NER)
    fill(store, [(HEADLINE, readings)])
    name_labels(store, ["ORG", "PERSON", "LOCATION"])
    session = ReviewSession(store, "sam", options=SessionOptions(expected=expected))
    return TiebreakApp(session, session.next(), introduce=True)


@pytest.mark.parametrize(
    ("readings", "page"), zip(READINGS, (pages.NO_MODEL, pages.ONE_MODEL, pages.TWO_MODELS), strict=True)
)
async def test_the_page_is_the_one_for_what_the_sitting_goes_through(
    tmp_path: Path, readings: Readings, page: Introduction
) -> None:
    app = app_introducing(tmp_path, readings)
    async with app.run_test():
        assert isinstance(app.screen, IntroductionScreen)
        assert app.screen.page is page


async def test_with_two_models_at_work_the_page_is_that_for_two(tmp_path: Path) -> None:
    app = app_introducing(tmp_path, {}, expected=2)
    async with app.run_test():
        assert isinstance(app.screen, IntroductionScreen)
        assert app.screen.page is pages.TWO_MODELS


@pytest.mark.parametrize("readings", READINGS[:2], ids=["none", "one"])
def test_introduction(snap_compare: Any, tmp_path: Path, readings: Readings) -> None:
    app = app_introducing(tmp_path, readings)
    assert snap_compare(app, terminal_size=(60, 16), press=["wait:300"])

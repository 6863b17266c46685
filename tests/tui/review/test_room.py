"""The room of the text and the list on screen: the list right under the text, each as long as it needs to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from screen_examples import MakeApp, fill, long_seen, press, screen_of, spans
from stores import create_store

from tiebreak.core.project.guidelines import remember_config
from tiebreak.core.records import Prediction, Span, Task
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.cli.review_screen import screen_options
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.screens.guidelines import GuidelinesPanel

SIZES = [(80, 24), (60, 16), (200, 50)]
MANY = " ".join(f"Ada{number} met Bob{number} in Paris{number}." for number in range(40))
DIFFERENT = {
    "spacy": [Span(MANY.index(f"Ada{number} "), MANY.index(f"Ada{number} ") + 4, "PERSON") for number in range(30)],
    "llm": [Span(MANY.index(f"Ada{number} "), MANY.index(f"Ada{number} ") + 4, "ORG") for number in range(30)],
}


def blank_rows_above_the_list(screen: ReviewScreen) -> int:
    """Return the number of empty rows between the text and the first row of the list."""
    text, rule, listed = screen.text_view, screen.rule, screen.difference_list
    above = [line.strip("┃ ") for line in text.plain_lines]
    rows = [*above, *rule.plain_lines]
    assert rule.region.y == text.region.bottom
    assert listed.region.y == (screen.category_bars if screen.drawing.has_bars else rule).region.bottom
    assert listed.region.bottom == screen.answer.region.y
    return sum(not row for row in rows)


def last_in_sight(screen: ReviewScreen) -> int:
    return screen.difference_list._places[-1][0]


async def test_the_list_stands_right_under_a_short_text_with_the_guidelines_beside_it_or_not(
    make_app: MakeApp, tmp_path: Path
) -> None:
    config = tmp_path / "project.cfg"
    config.write_text(
        '[project]\nguidelines = "rules.md"\n\n[predictors]\n\n[predictors.spacy]\npipeline = "en_core_web_sm"\n'
    )
    (tmp_path / "rules.md").write_text("# Rules\n\nPeople are people.")
    app = make_app()
    remember_config(app.session.store, config)
    async with app.run_test(size=(200, 50)) as pilot:
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert blank_rows_above_the_list(screen_of(app)) == 0, size
        await pilot.resize_terminal(120, 40)
        await press(pilot, "g")
        assert app.screen.query(GuidelinesPanel), screen_of(app).message.plain
        assert blank_rows_above_the_list(screen_of(app)) == 0


@pytest.mark.parametrize("size", SIZES[:2])
async def test_text_and_list_both_scroll_where_both_are_long(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app((MANY, DIFFERENT))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = screen_of(app)
        listed = screen.difference_list.size.height
        assert blank_rows_above_the_list(screen) == 0
        assert 3 <= listed <= 30
        assert screen.text_view.size.height >= listed
        assert last_in_sight(screen) > 0
        await press(pilot, *["down"] * (listed + 2))
        assert last_in_sight(screen) >= listed + 3


async def test_one_place_of_a_long_text_stands_so_too(tmp_path: Path) -> None:
    session = PlaceSession(fill(create_store(tmp_path / "places.db"), [(MANY, DIFFERENT)]), "sam")
    app = TiebreakApp(session, session.resume(), clock=long_seen())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert blank_rows_above_the_list(screen_of(app)) == 0


async def test_bars_stand_right_under_a_short_text_too(make_app: MakeApp) -> None:
    app = make_app(("Can I book a room with a view?", {}), task=Task.TEXTCAT_MULTILABEL)
    for name, cats in {"spacy": {"booking": 0.9, "room": 0.4}, "llm": {"booking": 0.8, "room": 0.7}}.items():
        run = start_run(app.session.store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(app.session.store, run, [Prediction(1, cats=cats)])
    app.first = app.session.next()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert blank_rows_above_the_list(screen_of(app)) == 0


def test_a_config_may_begin_with_the_lanes_of_the_focus(tmp_path: Path) -> None:
    config = tmp_path / "project.cfg"
    for lanes, alone in (("all", False), ("focus", True)):
        config.write_text(f'[review]\nlanes = "{lanes}"\n\n[predictors]\n\n[predictors.a]\npipeline = "a"\n')
        assert screen_options(None, config)["lanes_of_focus"] is alone


async def test_lanes_of_the_focused_difference_alone_and_the_list_stays_in_place(make_app: MakeApp) -> None:
    text = "Ada met Bob Smith, who knows a woman called Eve in Paris and another one in Lyon"
    app = make_app(
        (
            text,
            {
                "spacy": spans(text, ("Ada", "PERSON"), ("Bob", "PERSON"), ("Eve", "PERSON")),
                "llm": spans(text, ("Ada", "PERSON"), ("Bob Smith", "PERSON"), ("Paris", "LOCATION")),
            },
        )
    )
    async with app.run_test(size=(60, 24)) as pilot:
        screen = screen_of(app)

        def lanes() -> list[str]:
            return [line.split()[0] for line in screen.text_view.plain_lines if line[:1].strip()]

        every = lanes()
        await press(pilot, "v")
        assert lanes() == ["A", "B"]
        assert "focused difference" in screen.message.plain
        assert blank_rows_above_the_list(screen) == 0
        top = screen.difference_list.region.y
        await press(pilot, "tab")
        assert lanes() == ["A"]
        await press(pilot, "tab", "tab", "tab")
        assert screen.difference_list.region.y >= top
        await press(pilot, "v")
        assert lanes() == every

"""Edit mode begins at the focused difference, shows the models' readings, takes them by key, and obeys the mouse."""

from __future__ import annotations

from typing import cast

from screen_examples import HEADLINE, MakeApp, message_of, press, review_of, screen_of, spans
from textual.pilot import Pilot

from tiebreak.core.records import Task
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen

TEXT = "The Bank of America sues Acme"
THREE = {
    "c": spans(TEXT, ("Bank", "ORG")),
    "b": spans(TEXT, ("Bank of America", "ORG")),
    "a": spans(TEXT, ("America", "LOC"), ("Acme", "ORG")),
}


def edit_of(app: TiebreakApp) -> EditScreen:
    assert isinstance(app.screen, EditScreen)
    return app.screen


def held(app: TiebreakApp) -> list[str]:
    """Return the spans of the edit, or of the answer, each as its words and its label."""
    screen = app.screen
    if isinstance(screen, EditScreen):
        text, marks = screen.editor.text, screen.editor.spans
    else:
        review = review_of(app)
        assert isinstance(review, SpanReview)
        text, marks = review.item.example.text, review.marks
    return [f"{text[start:end]} {label}" for start, end, label in marks]


BEGINNINGS = [
    ("e 1", "Bank L1"),  # the chosen span
    ("e full_stop", "Bank of ORG"),
    ("right e 1", "Bank of America L1"),
    ("right right e comma", "America LOC"),  # one token, which stays
    ("right right e less_than_sign", "of America LOC"),
    ("0 e 1", "Bank L1"),  # the proposed words
    ("0 e full_stop full_stop 1", "Bank of America L1"),
    ("0 e W greater_than_sign 1", "of L1"),
    ("0 e comma 1", "Bank L1"),
    ("down e 1", "Bank ORG, Acme L1"),
    ("e right_curly_bracket 1", "Bank ORG, Acme L1"),
    ("0 e right left_curly_bracket 1", "Bank L1"),
]
READINGS = [
    ("left_square_bracket", "Bank ORG"),
    ("right_square_bracket", "America LOC"),
    ("right_square_bracket right_square_bracket", "Bank of America ORG"),
    ("left_square_bracket left_square_bracket", "Bank of America ORG"),
    ("left_square_bracket left_square_bracket left_square_bracket left_square_bracket", "Bank ORG"),
    ("right_square_bracket left_square_bracket", "Bank ORG"),
    ("W 1 right_square_bracket u", "Bank of ORG"),
    ("G H left_square_bracket", "Bank ORG"),  # at the second difference, where the left model has no span
    ("G right_square_bracket", "Bank ORG, Acme ORG"),
    ("g left_square_bracket", "Bank ORG"),  # the next difference after the cursor
    ("right_square_bracket right_curly_bracket right_square_bracket enter", "America LOC, Acme ORG"),
]


async def test_edit_mode_begins_where_a_digit_or_a_bound_is_meant(make_app: MakeApp) -> None:
    app = make_app((TEXT, THREE))
    async with app.run_test() as pilot:
        label = app.session.labels[0]
        for keys, stands in BEGINNINGS:
            await press(pilot, *keys.split())
            assert held(app) == [each.replace("L1", label) for each in stands.split(", ")], keys
            await begin_again(pilot)


async def test_a_key_takes_a_reading_there(make_app: MakeApp) -> None:
    app = make_app((TEXT, THREE))
    async with app.run_test() as pilot:
        for keys, stands in READINGS:
            await press(pilot, "e", *keys.split())
            assert held(app) == stands.split(", "), keys
            await begin_again(pilot)


async def begin_again(pilot: Pilot[None]) -> None:
    """Leave edit mode, and undo any step."""
    while isinstance(pilot.app.screen, EditScreen):
        await press(pilot, "escape")
    review = review_of(cast("TiebreakApp", pilot.app))
    while review.take_back():
        pass
    review.focus = 0


async def test_it_says_whose_reading_it_is_and_where_there_is_none(make_app: MakeApp) -> None:
    app = make_app((f"{TEXT} again", THREE))
    async with app.run_test() as pilot:
        await press(pilot, "e", "left_square_bracket", "left_square_bracket")
        assert "reading 2 of 3, B: ORG Bank of America" in message_of(app)
        await press(pilot, "right_curly_bracket", "left_square_bracket")
        assert message_of(app) == "AB: no span"
        await press(pilot, "G", "left_square_bracket")
        assert "no difference here or after it; { goes back" in message_of(app)


async def test_agreed_spans_that_nest_in_a_difference_stay_beside_a_reading(make_app: MakeApp) -> None:
    shared = spans(TEXT, ("America", "LOC"))
    readings = {"b": [*shared, *spans(TEXT, ("Bank of America", "ORG"))], "a": [*shared, *THREE["c"]]}
    app = make_app((TEXT, readings), task=Task.SPANCAT)
    async with app.run_test() as pilot:
        await press(pilot, "e", "right_square_bracket")
        assert held(app) == ["Bank ORG", "America LOC"]
        await press(pilot, "enter")
        assert (held(app), review_of(app).choices[0].name) == (["Bank ORG", "America LOC"], "right")


async def test_the_lanes_of_the_models_stay_while_editing(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        before = lanes_of(screen_of(app))
        assert [sign for sign, _ in before] == ["A", "B", "="]
        await press(pilot, "e", "1")
        assert lanes_of(edit_of(app))[:2] == before[:2]


def lanes_of(screen: EditScreen | ReviewScreen) -> list[tuple[str, str]]:
    """Return the letters of the lanes on screen, and the strokes in the first row of each."""
    return [(row[0], row.rstrip()) for row in screen.text_view.plain_lines if row[:1].strip()]


async def drag(pilot: Pilot[None], start: str, end: str) -> None:
    """Drag the mouse from the first character of a word of the headline to the last of another."""
    view = screen_of(cast("TiebreakApp", pilot.app)).text_view
    await pilot.mouse_down(view, offset=(view._marks.margin + HEADLINE.index(start), 0))
    x = view._marks.margin + HEADLINE.index(end) + len(end) - 1
    await pilot.hover(view, offset=(x, 0))
    await pilot.mouse_up(view, offset=(x, 0))
    await pilot.pause()


async def test_a_drag_over_the_text_begins_an_edit_with_these_words(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await drag(pilot, "hires", "hires")
        editor = edit_of(app).editor
        assert editor.text[slice(*editor.selection)] == "hires"
        await press(pilot, "1", "enter")
        assert f"hires {app.session.labels[0]}" in held(app)
        await drag(pilot, "Uber", "Ada")
        await press(pilot, "escape")  # no step was taken, so a single key leaves
        assert review_of(app).steps[-1].was_given_up is False


# By row and word: the second row has the label of the first mark, the last row the lane of agreed spans.
CLICKS = [(1, "Uber", 0), (2, "Uber", 0), (3, "Uber", 1), (4, "Acme", None), (1, "hires", None)]


async def test_a_click_on_a_mark_in_a_lane_picks_its_reading(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        for row, word, reading in CLICKS:
            await press(pilot, "down")
            view = screen_of(app).text_view
            await pilot.click(view, offset=(view._marks.margin + HEADLINE.index(word), row))
            await pilot.pause()
            choice = review_of(app).choices[0]
            assert (choice.reading if choice.confirmed else None) == reading
            assert review_of(app).focus == (1 if reading is None else 0)
            await begin_again(pilot)

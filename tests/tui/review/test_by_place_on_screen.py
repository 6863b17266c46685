"""The review place by place on screen: one place in a window, its keys, and its messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from screen_examples import fill, long_seen, press, screen_of
from stores import create_store

from tiebreak.core.records import Span
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import Order
from tiebreak.core.store.answers import answer_of
from tiebreak.core.store.connection import Store
from tiebreak.core.store.drafts import draft_count
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.edit.screen import EditScreen

WORDS = [f"w{number:03}" for number in range(300)]
TEXT = " ".join(WORDS)


def word(number: int, label: str) -> Span:
    start = TEXT.index(WORDS[number])
    return Span(start, start + 4, label)


SAYS = {
    "spacy": [word(100, "PERSON"), word(200, "PERSON"), word(290, "PERSON")],
    "llm": [word(100, "ORG"), word(200, "ORG"), word(290, "ORG")],
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two texts of three differences each, 90 words apart; the second begins with another word."""
    shifted = {name: [span._replace(start=span.start + 4, end=span.end + 4) for span in s] for name, s in SAYS.items()}
    return fill(create_store(tmp_path / "store.db"), [(TEXT, SAYS), (f"two {TEXT}", shifted)])


@pytest.fixture
def make(store: Store) -> Callable[[], TiebreakApp]:
    def make() -> TiebreakApp:
        session = PlaceSession(store, "sam", order=Order.SOURCE)
        return TiebreakApp(session, session.resume(), clock=long_seen())

    return make


def text_on(app: TiebreakApp) -> str:
    return screen_of(app).text_view._state.text


async def test_the_answer_is_that_of_the_window_the_place_first(tmp_path: Path) -> None:
    far = [word(85, "C"), word(100, "A"), word(110, "C"), word(290, "C")]
    readings = {"spacy": far, "llm": [each for each in far if each.label != "A"]}
    store = fill(create_store(tmp_path / "agreed.db"), [(TEXT, readings)])
    session = PlaceSession(store, "sam")
    app = TiebreakApp(session, session.next(), clock=long_seen())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "0")
        assert screen_of(app).answer.plain.split() == ["Answer", "nothing", "here", "w085", "C", "w110", "C"]
        await press(pilot, "1")
        label = session.labels[0]
        assert screen_of(app).answer.plain.split() == ["Answer", "w100", label, "w085", "C", "w110", "C"]


async def test_one_place_in_a_window_of_words(make: Callable[[], TiebreakApp]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert text_on(app) == f"… {' '.join(WORDS[80:121])} …"
        state = screen_of(app).text_view._state
        assert state.focus is not None
        assert state.text[slice(*state.focus)] == "w100"
        assert len(screen_of(app).difference_list._rows) == 1
        assert "place 1 of 3 here, 3 open" in screen_of(app).rule.plain
        await press(pilot, "z")
        assert text_on(app) == TEXT
        await press(pilot, "z")
        assert text_on(app).startswith("… w080")


async def test_where_a_choice_goes_on_it_settles_the_place(make: Callable[[], TiebreakApp]) -> None:
    app = make()
    app.session.options = SessionOptions(go_on=True)
    async with app.run_test() as pilot:
        await press(pilot, "right")
        assert text_on(app).startswith("… w180")
        assert app.session.places == 1
        await press(pilot, "full_stop")
        assert app.session.places == 1
        await press(pilot, "u", "u")
        assert text_on(app).startswith("… w080")
        await press(pilot, "e", "right", "1", "enter")  # the edit is not of this difference
        assert text_on(app).startswith("… w080")
        await press(pilot, "e", "full_stop", "enter")
        assert text_on(app).startswith("… w180")


async def test_the_mouse_picks_a_mark_and_selects_words_in_the_window(make: Callable[[], TiebreakApp]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view = screen_of(app).text_view
        line, column = next((y, row.index("w100")) for y, row in enumerate(view.plain_lines) if "w100" in row)
        lane = next(y for y, row in enumerate(view.plain_lines) if y > line and row.startswith("B"))
        await pilot.click(view, offset=(column, lane))
        await pilot.pause()
        review = screen_of(app).review
        assert review is not None
        assert review.choices[review.focus].name == "right"
        await pilot.mouse_down(view, offset=(column, line))
        await pilot.mouse_up(view, offset=(column + 6, line))
        await pilot.pause()
        assert isinstance(app.screen, EditScreen)
        assert app.screen.editor.text[slice(*app.screen.editor.selection)] == "w100 w101"


@pytest.mark.parametrize(
    ("keys", "label"), [("a", "PERSON"), ("enter", "PERSON"), ("shift+right", "ORG"), ("shift+left", "PERSON")]
)
async def test_keys_settle_the_place_and_the_next_one_comes(
    make: Callable[[], TiebreakApp], store: Store, keys: str, label: str
) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, keys)
        assert text_on(app) == f"… {' '.join(WORDS[180:221])} …"
        assert "1 place · 0 texts done" in screen_of(app).header.plain
        assert "place 2 of 3 here, 2 open · 1 text begun" in screen_of(app).rule.plain
        review = screen_of(app).review
        assert review is not None
        assert review.marks[0] == word(100, label)
    assert draft_count(store) == 1


async def test_the_last_place_answers_the_text(make: Callable[[], TiebreakApp], store: Store) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "a")
        await press(pilot, "a")
        await press(pilot, "0", "a")
        assert "the last place of its text" in screen_of(app).message.plain
        assert "3 places · 1 text done · 1 left" in screen_of(app).header.plain
        await press(pilot, "u")
        assert "its last place is open again" in screen_of(app).message.plain
        assert "place 3 of 3 here, 1 open" in screen_of(app).rule.plain
        await press(pilot, "shift+right")
    answer = answer_of(store, 1, "sam")
    assert answer is not None
    assert answer.spans == (word(100, "ORG"), word(200, "PERSON"), word(290, "ORG"))
    assert answer.keys == 4


async def test_undo_first_takes_back_what_was_chosen_here_then_the_place_before(
    make: Callable[[], TiebreakApp], store: Store
) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "a")
        await press(pilot, "right", "u")
        assert "taken back at difference 2" in screen_of(app).message.plain
        await press(pilot, "u")
        assert "taken back: your newest place" in screen_of(app).message.plain
        assert "place 1 of 3 here, 3 open" in screen_of(app).rule.plain
        await press(pilot, "u")
        assert "nothing to take back" in screen_of(app).message.plain
    assert draft_count(store) == 0


async def test_no_key_goes_to_another_place(make: Callable[[], TiebreakApp]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("tab", "down", "up", "left_square_bracket", "G"):
            screen_of(app).say("")
            await press(pilot, key)
            assert "one place at a time" in screen_of(app).message.plain
            assert "place 1 of 3 here, 3 open" in screen_of(app).rule.plain


async def test_a_place_can_be_put_off(make: Callable[[], TiebreakApp]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "s")
        assert "place 2 of 3 here, 3 open" in screen_of(app).rule.plain


async def test_an_edit_in_the_whole_text_goes_with_the_place(make: Callable[[], TiebreakApp], store: Store) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "e")
        assert isinstance(app.screen, EditScreen)
        await press(pilot, "right", "right", "1", "enter")
        assert text_on(app).startswith("… w080")
        await press(pilot, "a")
    later = make()
    review = later.first
    assert review is not None
    assert word(102, later.session.labels[0]) in review.marks
    assert [each.confirmed for each in review.choices] == [True, False, False]


async def test_an_ordinary_sitting_says_once_that_a_very_long_text_can_be_gone_through_so(tmp_path: Path) -> None:
    text = " ".join(f"w{number:03}" for number in range(700))
    spans = [Span(5 * number, 5 * number + 4, "A") for number in range(0, 700, 50)]
    store = fill(create_store(tmp_path / "long.db"), [(each + text[1:], {"a": spans, "b": []}) for each in "vwx"])
    session = ReviewSession(store, "sam", order=Order.SOURCE)
    app = TiebreakApp(session, session.next(), introduce=True, clock=long_seen())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter")
        assert "review --by place" in screen_of(app).message.plain
        await press(pilot, "a")
        assert "review --by place" not in screen_of(app).message.plain


async def test_keys_that_settle_wait_until_the_place_was_seen(store: Store) -> None:
    session = PlaceSession(store, "sam", order=Order.SOURCE)
    app = TiebreakApp(session, session.resume(), clock=lambda: 0.0)  # by this clock, nobody has seen anything
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("enter", "shift+right", "a"):
            await press(pilot, key)
            assert "ignored" in screen_of(app).message.plain
    assert draft_count(store) == 0


async def test_the_footer_and_the_help_say_what_keys_do_here(make: Callable[[], TiebreakApp]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        footer = screen_of(app).footer.plain
        assert "z whole" in footer
        assert "tab" not in footer
        assert {"? help", "q quit", "a accept"} <= {each.strip() for each in footer.split("  ")}

"""The keys that look for examples: filter, order, list, pattern."""

from __future__ import annotations

import pytest
from screen_examples import MakeApp, screen_below, spans, until
from textual import events
from textual.pilot import Pilot

from tiebreak.core.records import Span, Value
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.selection.filter import Order
from tiebreak.core.store.finding import Names
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.valued import save_values
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.screens.example_list import ExampleListScreen
from tiebreak.tui.screens.filter import FilterScreen, completions
from tiebreak.tui.screens.inspect import InspectScreen

TEXTS = ("Uber sues Acme in Paris", "Uber pays", "Paris is quiet tonight", "Acme and Uber")


def examples() -> list[tuple[str, dict[str, list[Span]]]]:
    found = []
    for text in TEXTS:
        left = [each for word in ("Uber", "Acme") if word in text for each in spans(text, (word, "ORG"))]
        right = [span._replace(label="PERSON") for span in left]
        right += spans(text, ("Paris", "GPE")) if "Paris" in text else []
        found.append((text, {"spacy": left, "llm": right}))
    return found


def text_of(app: TiebreakApp) -> str:
    review = screen_below(app).review
    return "" if review is None else review.item.example.text


async def type_filter(pilot: Pilot[None], app: TiebreakApp, line: str) -> FilterScreen:
    await pilot.press("slash")
    await until(pilot, lambda: isinstance(app.screen, FilterScreen))
    screen = app.screen
    assert isinstance(screen, FilterScreen)
    screen.input.value = line
    return screen


async def test_a_filter_counts_while_one_types_and_goes_on_with_what_it_finds(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await type_filter(pilot, app, "quiet")
        await until(pilot, lambda: "1 disagreeing" in screen.state.plain)
        assert screen.rows.texts == [TEXTS[2]]
        await pilot.press("enter")
        await until(pilot, lambda: text_of(app) == TEXTS[2])
        await until(
            pilot, lambda: screen_below(app).progress is not None and "1 left" in screen_below(app).header.plain
        )
        assert screen_below(app).chips.plain.strip() == "[text: quiet]"
        await pilot.press("a")
        await until(pilot, lambda: screen_below(app).review is None)
        assert "in this filter" in screen_below(app).engine.nothing_left
        await type_filter(pilot, app, "")
        await pilot.press("enter")
        await until(pilot, lambda: text_of(app) in TEXTS[:2] + TEXTS[3:])
        assert not screen_below(app).chips.has_class("shown")


async def test_keys_of_one_read_reach_the_filter_in_their_order(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await type_filter(pilot, app, "")
        for key in ("q", "u", "i", "e", "t", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
        await until(pilot, lambda: text_of(app) == TEXTS[2])
        assert screen_below(app).chips.plain.strip() == "[text: quiet]"
        assert screen.keys_pressed == 6


async def test_escape_leaves_the_filter_as_it_was(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        before = text_of(app)
        await type_filter(pilot, app, "quiet")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert text_of(app) == before
        assert app.session.queue.chips == ()


async def test_a_filter_that_finds_nothing_says_so_and_how_to_go_on(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        screen = await type_filter(pilot, app, "label:GONE")
        await until(pilot, lambda: "0 disagreeing" in screen.state.plain)
        await pilot.press("enter")
        await until(pilot, lambda: screen_below(app).review is None)
        assert "/ changes the filter" in screen_below(app).engine.nothing_left


async def test_what_cannot_be_understood_is_said_and_not_taken(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        screen = await type_filter(pilot, app, "kind:size")
        await pilot.press("enter")
        await until(pilot, lambda: "missing, label, boundary, mixed" in screen.state.plain)
        assert app.screen is screen


@pytest.mark.parametrize("typed", ['"', "*", "NEAR(", "x" * 10_000, "\x1b[31m", 'label:"'])
async def test_hostile_lines_do_no_harm(make_app: MakeApp, typed: str) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        screen = await type_filter(pilot, app, typed)
        await until(pilot, lambda: any(each in screen.state.plain for each in ("goes through them", "too long")))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert text_of(app)


async def test_tab_completes_names(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        screen = await type_filter(pilot, app, "label:p")
        await until(pilot, lambda: bool(screen._names.labels))
        await pilot.press("tab")
        assert screen.input.value == "label:PERSON"


def test_what_can_be_completed() -> None:
    names = Names(("ORG", "Work of art"), ("spacy", "llm"), ("kim",), ("meta.section",))
    assert completions("paris la", names) == ("paris ", ["label:"])
    assert completions("paris meta.s", names) == ("paris ", ["meta.section:"])
    assert completions("label:wo", names) == ("label:", ['"Work of art"'])
    assert completions("pair:spacy,", names)[0] == "pair:spacy,"
    assert completions("pair:", names, blind=True)[1] == []
    assert completions("status:a", names)[1] == ["agreed", "answered", "all"]


async def test_o_changes_the_order_and_keeps_the_example_on_screen(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        before = text_of(app)
        await pilot.press("o")
        await until(pilot, lambda: app.session.order is Order.UNCERTAIN)
        await pilot.press("o")
        await until(pilot, lambda: app.session.order is Order.RANDOM)
        await until(
            pilot, lambda: "random" in screen_below(app).message.plain and "left" in screen_below(app).message.plain
        )
        assert text_of(app) == before
        assert "[order: random]" in screen_below(app).chips.plain
        for order in (Order.SOURCE, Order.SHORTEST):
            await pilot.press("o")
            await until(pilot, lambda order=order: app.session.order is order)  # type: ignore[misc]
        await pilot.press("s")
        assert text_of(app) == TEXTS[1]


async def test_the_list_starts_at_the_example_on_screen_and_opens_another(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test(size=(120, 30)) as pilot:
        before = text_of(app)
        await pilot.press("right", "l")
        await until(pilot, lambda: isinstance(app.screen, ExampleListScreen) and len(app.screen.ids) == 4)
        listed = app.screen
        assert isinstance(listed, ExampleListScreen)
        assert app.session.open(listed.ids[listed.list.cursor]).item.example.text == before
        await pilot.press("end", "enter")
        await until(pilot, lambda: text_of(app) != before)
        await pilot.press("l", "home", "enter")
        await until(pilot, lambda: text_of(app) == before)
        review = screen_below(app).review
        assert review is not None
        assert review.choices[0].confirmed  # the choice from before the visit is still there
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, ExampleListScreen))
        await pilot.press("escape")
        assert text_of(app) == before


def list_lines(app: TiebreakApp) -> list[str]:
    screen = app.screen
    assert isinstance(screen, ExampleListScreen)
    return [screen.list.render_line(y).text for y in range(min(screen.list.size.height, len(screen.ids)))]


@pytest.mark.parametrize(
    ("options", "is_shown"),
    [(SessionOptions(), True), (SessionOptions(first=First.LEFT), True), (SessionOptions(blind=True), False)],
)
async def test_the_list_by_value_says_what_an_example_is_worth(
    make_app: MakeApp, options: SessionOptions, is_shown: bool
) -> None:
    app = make_app(*examples(), options=options)
    store = app.session.store
    save_values(store, {3: Value(1.83, 24.4), 1: Value(0.5, 120.0)}, ShortWrites(store), answers=22)
    async with app.run_test(size=(80, 24)) as pilot:
        app.session.set_queue(app.session.queue, Order.VALUE)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, ExampleListScreen) and len(app.screen._rows) == 4)
        lines = list_lines(app)
        assert any(" 1.8 in  24 s 1 miss" in line and TEXTS[2] in line for line in lines) == is_shown
        assert any(" 0.5 in 120 s" in line and TEXTS[0] in line for line in lines) == is_shown
        assert any("–" in line and TEXTS[1] in line for line in lines) == is_shown
        await pilot.press("o")
        await until(pilot, lambda: any("1.00" in line for line in list_lines(app)))
        assert not any(" in " in line and " s " in line for line in list_lines(app))


@pytest.mark.parametrize("blind", [False, True])
async def test_the_page_about_an_example_says_what_it_is_worth(make_app: MakeApp, blind: bool) -> None:
    app = make_app(*examples(), options=SessionOptions(blind=blind))
    store = app.session.store
    save_values(store, dict.fromkeys(range(1, 5), Value(1.83, 24.4)), ShortWrites(store), answers=22)
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, InspectScreen))
        await pilot.pause()
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert ("1.8 errors in 24 s, as 22 answers have taught" in shown) != blind


async def test_a_list_of_very_many_draws_what_is_in_sight(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test() as pilot:
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, ExampleListScreen) and len(app.screen.ids) == 4)
        listed = app.screen
        assert isinstance(listed, ExampleListScreen)
        listed.ids = listed.ids * 250_000
        listed.list.show(len(listed.ids), {}, 0)
        await pilot.press("end")
        await until(pilot, lambda: len(listed.ids) - 1 in listed._rows)
        assert len(listed._rows) < 500
        assert "1,000,000 of 1,000,000" in listed.header.plain
        await pilot.press("home", "pagedown", "down")
        await until(pilot, lambda: listed.list.cursor in listed._rows)


async def test_capital_g_goes_through_the_examples_of_one_pattern(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test(size=(100, 30)) as pilot:
        app.session.set_queue(app.session.queue, Order.SOURCE)
        screen_below(app).open(app.session.next())
        assert text_of(app) == TEXTS[0]
        seen = {text_of(app)}
        for _ in range(2):
            await pilot.press("G")
            await until(pilot, lambda: text_of(app) not in seen)
            review = screen_below(app).review
            assert review is not None
            focused = review.differences[review.focus]
            assert text_of(app)[focused.start : focused.end] == "Uber"
            seen.add(text_of(app))
            await pilot.press("a")
            await pilot.pause()
        assert seen == {TEXTS[0], TEXTS[1], TEXTS[3]}


async def test_capital_g_says_where_none_is_left(make_app: MakeApp) -> None:
    app = make_app(examples()[2])
    async with app.run_test() as pilot:
        await pilot.press("G")
        await until(pilot, lambda: "no other example" in screen_below(app).message.plain)


async def test_the_queue_stands_beside_the_text_where_there_is_room(make_app: MakeApp) -> None:
    app = make_app(*examples())
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: len(screen_below(app).queue_panel.texts) == 4)
        assert screen_below(app).queue_panel.texts[0] == text_of(app)
        await pilot.press("a")
        await until(pilot, lambda: len(screen_below(app).queue_panel.texts) == 3)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not screen_below(app).queue_panel.display)

"""The order on screen: its name, its reason, and a single message when it changes."""

from __future__ import annotations

from functools import partial

import pytest
from screen_examples import LLM, SPACY, MakeApp, Readings, message_of, press, review_of, screen_of, until

from tiebreak.core.records import Value
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.selection.filter import Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.valued import save_values
from tiebreak.tui.app import TiebreakApp

FORTY: list[tuple[str, Readings]] = [
    (f"Uber hires Ada Lovelace-Smith away from Paris SE, {number:02}", {"spacy": SPACY, "llm": LLM})
    for number in range(40)
]


def learn(store: Store, answers: int = 13) -> None:
    ids = [id for (id,) in store.execute("SELECT example_id FROM queue WHERE answered = 0")]
    save_values(store, {id: Value(float(id), 1.0) for id in ids}, ShortWrites(store), answers=answers)


def header_of(app: TiebreakApp) -> str:
    return screen_of(app).header.plain


def has_chip(app: TiebreakApp, chip: str) -> bool:
    return chip in screen_of(app).chips.plain


async def test_the_order_changes_while_an_example_is_on_screen_and_is_told_once(make_app: MakeApp) -> None:
    app = make_app(*FORTY)
    async with app.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: "by value from 13 answers on" in header_of(app))
        for _ in range(3):
            await press(pilot, "a")
        here = review_of(app).item.example.id
        text = screen_of(app).answer.plain
        learn(app.session.store)
        await screen_of(app).keeping_up.look()
        assert message_of(app) == "from the next example on the order is value, which 13 answers taught; o changes it"
        assert "by value, 13 answers" in header_of(app)
        assert (review_of(app).item.example.id, screen_of(app).answer.plain) == (here, text)
        await press(pilot, "a")
        assert review_of(app).selected_by == "value"
        assert review_of(app).item.example.id == max(set(range(1, 41)) - answered(app.session.store))
        await screen_of(app).keeping_up.look()
        assert "from the next example on" not in message_of(app)
        assert not screen_of(app).chips.has_class("shown")


def answered(store: Store) -> set[int]:
    return {id for (id,) in store.execute("SELECT example_id FROM queue WHERE answered = 1")}


async def test_values_that_change_move_nothing_on_screen(make_app: MakeApp) -> None:
    app = make_app(*FORTY)
    app.session.set_queue(app.session.queue, Order.VALUE)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "tab", "right")
        before = screen_of(app).difference_list.plain_lines, screen_of(app).answer.plain
        learn(app.session.store)
        await screen_of(app).keeping_up.look()
        assert (screen_of(app).difference_list.plain_lines, screen_of(app).answer.plain) == before


async def test_an_order_chosen_by_key_stays_and_stands_among_the_chips(make_app: MakeApp) -> None:
    app = make_app(*FORTY)
    async with app.run_test(size=(120, 24)) as pilot:
        for order in ("uncertain", "random", "as loaded", "shortest", "most recent", "value"):
            await press(pilot, "o")
            await until(pilot, partial(has_chip, app, f"[order: {order}]"))
        assert "by value" in header_of(app)
        await press(pilot, "o")
        await until(pilot, lambda: app.session.order is Order.DISAGREEMENT)
        learn(app.session.store)
        await screen_of(app).keeping_up.look()
        assert app.session.order is Order.DISAGREEMENT
        assert "by value" not in header_of(app)


async def test_a_filter_does_not_choose_the_order(make_app: MakeApp) -> None:
    app = make_app(*FORTY)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "slash", *"score:>0", "enter")
        await until(pilot, lambda: bool(app.session.queue.chips))
        learn(app.session.store)
        await screen_of(app).keeping_up.look()
        assert app.session.order is Order.VALUE


@pytest.mark.parametrize("answers", [13, 123_456])
async def test_at_80_columns_the_order_stands_beside_what_the_models_predicted(make_app: MakeApp, answers: int) -> None:
    app = make_app(*FORTY)
    learn(app.session.store, answers)
    app.session.keep_up()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: f"by value, {answers:,} answers" in header_of(app))
        assert "spacy 40" in header_of(app)
        assert "llm 40" in header_of(app)


async def test_a_blind_sitting_says_nothing_of_value(make_app: MakeApp) -> None:
    app = make_app(*FORTY, options=SessionOptions(blind=True))
    learn(app.session.store)
    async with app.run_test(size=(120, 24)) as pilot:
        await until(pilot, lambda: "disagreement" in header_of(app))
        await screen_of(app).keeping_up.look()
        assert "value" not in header_of(app)

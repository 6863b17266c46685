"""Offers on screen: rows among the differences, settled by the same keys, kept apart in the answer."""

from __future__ import annotations

from typing import Any

from review_steps import learned_place, offer_of
from screen_examples import MakeApp, message_of, press, review_of, screen_of

from tiebreak.core.records import Learned, Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.queue import queue_item
from tiebreak.tui.app import TiebreakApp

ADDED, ACME = Span(5, 10, "MISC"), Span(27, 36, "ORG")


def offered_app(make_app: MakeApp, *, blind: bool = False) -> TiebreakApp:
    """Return an app on the headline: a word that no model marked is offered, and an agreed span is probably wrong."""
    app = make_app(options=SessionOptions(blind=blind))
    item = queue_item(app.session.store, 1)
    said = {name: each.marks for name, each in item.predictions.items()}
    places = tuple([learned_place((each.readings["spacy"], 0.8)) for each in item.differences])
    wrong = offer_of(said, (ACME,), ((), 0.7), ((ACME,), 0.3))
    learned = Learned(40, places, (offer_of(said, (), ((ADDED,), 0.6), ((), 0.4)), wrong))
    save_learned(app.session.store, [LearnedRow(1, basis_of(item.differences), learned)])
    app.first = app.session.open(1)
    return app


def rows(app: TiebreakApp) -> list[str]:
    return [line.rstrip() for line in screen_of(app).difference_list.plain_lines if line.strip()]


async def test_an_offer_is_a_row_that_one_key_settles(make_app: MakeApp) -> None:
    app = offered_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        at = [place.is_offer for place in review_of(app).differences].index(True)
        await press(pilot, *["down"] * at)
        assert "▶ ?▄ unmarked ○both nothing                    ● MISC hires" in rows(app)
        assert "              60% sure (MISC, by no model)" in rows(app)
        await press(pilot, "left")
        assert "▶ ✓  unmarked ●both nothing                    ○ MISC hires" in rows(app)
        await press(pilot, "right", "a")
        [answer] = answers_in_force(app.session.store, ("accept",))
        assert ADDED in answer.spans
        assert [(each.difference.kind, each.marks, each.confirmed) for each in answer.offered] == [
            ("unmarked", (ADDED,), True),
            ("agreed", (), False),
        ]
        assert ACME not in answer.spans
        assert all(not each.difference.is_offer for each in answer.choices)
        await press(pilot, "u")
        assert [place.is_offer for place in review_of(app).differences].index(True) == at
        assert review_of(app).choices[at].confirmed


async def test_patterns_and_all_of_one_model_are_about_differences(make_app: MakeApp) -> None:
    app = offered_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        at = [place.is_offer for place in review_of(app).differences].index(True)
        await press(pilot, "right_square_bracket", *["down"] * at)
        assert [choice.confirmed for choice in review_of(app).choices].count(False) == 2
        await press(pilot, "G")
        assert "no pattern" in message_of(app)
        await press(pilot, "i")


async def test_a_blind_sitting_shows_no_offers(make_app: MakeApp) -> None:
    app = offered_app(make_app, blind=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not any(place.is_offer for place in review_of(app).differences)


def test_the_review_with_an_offer(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(offered_app(make_app), terminal_size=(80, 24), press=["down", "enter"])

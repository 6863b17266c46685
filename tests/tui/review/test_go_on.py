"""With go_on, a choice moves to the next difference without a key, and one key goes back."""

from __future__ import annotations

from screen_examples import MakeApp, press, review_of, screen_of, spans
from textual.command import DiscoveryHit

from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.answers import answers_in_force
from tiebreak.tui.screens.palette import CommandProvider
from tiebreak.tui.widgets.difference_list import DifferenceList

GO_ON = SessionOptions(go_on=True)


# The keys, the differences confirmed after them, and the difference in focus.
CHOICES = [
    ("left", [0], 1),
    ("right", [0], 1),
    ("0", [0], 1),
    ("3", [0], 1),
    ("t l o enter", [0], 1),
    ("asterisk", [0], 1),
    ("b", [], 0),  # both overlap here, so it is refused
    ("m", [], 0),  # nothing to mix: the key steps, and always stays
    ("full_stop", [0], 0),  # half of a decision
    ("full_stop 3", [0], 1),
    ("e 1 enter", [0], 1),
    ("e enter", [], 0),  # nothing was edited
    ("left 0 right", [0, 1, 2], 2),
    ("down 0 0", [1, 2], 0),  # around the end
    ("right shift+tab", [0], 0),
    ("right shift+tab shift+tab", [0], 2),
    ("down 0 0 shift+tab", [1, 2], 2),  # however far the focus went on
    ("right full_stop shift+tab", [0, 1], 2),  # this difference was decided before
    ("right u", [], 0),
    ("right left u", [0], 1),
    ("e 1 enter u", [], 0),
    ("e 1 enter shift+tab", [0], 0),
]


async def test_a_choice_goes_on_and_can_be_come_back_to(make_app: MakeApp) -> None:
    app = make_app(options=GO_ON)
    async with app.run_test() as pilot:
        for keys, confirmed, focus in CHOICES:
            await press(pilot, *keys.split())
            review = review_of(app)
            assert [at for at, choice in enumerate(review.choices) if choice.confirmed] == confirmed, keys
            assert review.focus == focus, keys
            while review.take_back():
                pass
            review.focus = 0


async def test_the_last_choice_says_how_to_accept_and_saves_nothing(make_app: MakeApp) -> None:
    app = make_app(options=GO_ON)
    async with app.run_test() as pilot:
        await press(pilot, "right", "0", "left")
        assert "every difference is confirmed; a accepts" in screen_of(app).message.plain
        assert not list(answers_in_force(app.session.store, ["accept"]))


async def test_among_three_readings_the_arrows_step_and_stay_and_a_click_goes_on(make_app: MakeApp) -> None:
    text = "Bank of America sues Acme"
    readings = {
        "c": spans(text, ("Bank", "ORG"), ("Acme", "ORG")),
        "b": spans(text, ("Bank of", "ORG")),
        "a": spans(text, ("Bank of America", "ORG")),
    }
    app = make_app((text, readings), options=GO_ON)
    async with app.run_test() as pilot:
        await press(pilot, "right")
        assert (review_of(app).focus, review_of(app).choices[0].reading) == (0, 1)
        screen_of(app).post_message(DifferenceList.Chosen(0, 2))
        await pilot.pause()
        assert (review_of(app).focus, review_of(app).choices[0].reading) == (1, 2)


async def test_the_palette_switches_it_for_the_sitting(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "right")
        assert review_of(app).focus == 0
        hits = [hit async for hit in CommandProvider(app.screen).discover()]
        [switch] = [hit for hit in hits if isinstance(hit, DiscoveryHit) and "go on to the next" in str(hit.display)]
        switch.command()
        await press(pilot, "left")
        assert review_of(app).focus == 1

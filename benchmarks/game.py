"""A game: a player who knows the gold labels settles a whole queue in the real app, by its keys."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.player_keys import Player
from tiebreak.core.records import Span, Spans
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview

_PATIENCE = 10.0  # seconds for an answer to be saved
_GIVE_UP = "x"


class Settled(NamedTuple):
    """How many keys settled a text, the accepting one among them, and how many differences it has."""

    keys: int
    differences: int


@dataclass
class Game:
    """What came of a game: the `settled` texts, and those that the player has `given_up`.

    Those it rejects: it knows no keys that leave the gold, or they left something else.
    """

    settled: dict[str, Settled] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)

    @property
    def keys(self) -> int:
        return sum(each.keys for each in self.settled.values())

    @property
    def differences(self) -> int:
        return sum(each.differences for each in self.settled.values())


def play(session: ReviewSession, gold: Mapping[str, Spans], answered: Callable[[], object] = lambda: None) -> Game:
    """Settle all that the session gives out; `gold` is by text. `answered` is called after each answer."""
    return asyncio.run(_play(session, gold, answered))


async def _play(session: ReviewSession, gold: Mapping[str, Spans], answered: Callable[[], object]) -> Game:
    from textual.events import Key

    from tiebreak.tui.app import TiebreakApp
    from tiebreak.tui.screens.review import ReviewScreen

    player = Player(session.labels)
    app = TiebreakApp(session, session.next(), clock=itertools.count(0.0, 60.0).__next__)  # nothing waits to be seen
    game = Game()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        if not isinstance(app.screen, ReviewScreen):
            await pilot.press("escape")  # any key ends the introduction
        screen = app.screen
        assert isinstance(screen, ReviewScreen)

        async def press(key: str) -> None:
            app.post_message(Key(key, key if len(key) == 1 else None))
            await pilot.pause(0)  # a pilot's own `press` sleeps 40 ms

        while (review := screen.review) is not None:
            assert isinstance(review, SpanReview)
            played, text, wanted = review, review.item.example.text, gold[review.item.example.text]
            keys = player.play(review, wanted)
            *settling, accepting = keys or (_GIVE_UP,)
            for key in settling:
                await press(key)
            if not leaves(played, wanted):
                accepting = _GIVE_UP
            await press(accepting)
            deadline = time.monotonic() + _PATIENCE
            while screen.review is played:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{keys} did not answer {text!r}")
                await asyncio.sleep(0.001)
            answered()
            if keys is None or accepting == _GIVE_UP:
                game.given_up.add(text)
            else:
                game.settled[text] = Settled(len(keys), sum(not each.is_offer for each in played.differences))
    return game


def leaves(review: SpanReview, gold: Spans) -> bool:
    """Whether the review has exactly the gold spans wherever the models differ."""
    places = [Span(place.start, place.end, "") for place in review.differences]
    answered, wanted = (
        {span for span in spans if span not in review.agreed and any(span.overlaps(place) for place in places)}
        for spans in (review.marks, gold)
    )
    return answered == wanted

"""A game: a player who knows the gold labels settles a whole queue in the real app with its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.player_keys.deciding import Player
from benchmarks.player_keys.driving import drive
from tiebreak.core.records import Span, Spans
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview


class Settled(NamedTuple):
    """How many keys settled a text, with the accepting one, and how many differences it has."""

    keys: int
    differences: int


@dataclass
class Game:
    """The outcome of a game: the `settled` texts, and those that the player has `given_up`.

    The player rejects a text if it knows no keys that leave the gold spans, or if its keys left others.
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
    """Settle all texts that the session gives out; `gold` is by text. `answered` is called after each answer."""
    return asyncio.run(_play(session, gold, answered))


async def _play(session: ReviewSession, gold: Mapping[str, Spans], answered: Callable[[], object]) -> Game:
    player, game = Player(session.labels), Game()
    async for pressed in drive(
        session,
        lambda screen, review: player.play(review, gold[review.item.example.text]),
        lambda screen, review, key: leaves(review, gold[review.item.example.text]),
    ):
        answered()
        text = pressed.review.item.example.text
        if pressed.given_up:
            game.given_up.add(text)
        else:
            differences = sum(not each.is_offer for each in pressed.review.differences)
            game.settled[text] = Settled(len(pressed.keys), differences)
    return game


def leaves(review: SpanReview, gold: Spans) -> bool:
    """Return whether the review has exactly the gold spans at all differences."""
    places = [Span(place.start, place.end, "") for place in review.differences]
    answered, wanted = (
        {span for span in spans if span not in review.agreed and any(span.overlaps(place) for place in places)}
        for spans in (review.marks, gold)
    )
    return answered == wanted

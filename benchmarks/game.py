"""A game: a player who knows the gold labels settles a whole queue in the real app, by its keys."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.player_keys import Player
from tiebreak.core.records import QueueItem, Span, Spans, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.tasks.registry import rules_of

_PATIENCE = 10.0  # seconds for an answer to be saved
_GIVE_UP = ("x",)


@dataclass
class Game:
    """What was pressed: all keys, those that accept a text among them, for so many texts and differences.

    `given_up` are the texts beside them for which the player knows no keys; it rejects them.
    """

    keys: int = 0
    texts: int = 0
    differences: int = 0
    given_up: int = 0


def play(session: ReviewSession, gold: Mapping[str, Spans], answered: Callable[[], object] = lambda: None) -> Game:
    """Settle all that the session gives out; `gold` is by text. `answered` is called after each answer.

    Raises RuntimeError where what was pressed does not leave the gold.
    """
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
        while (review := screen.review) is not None:
            assert isinstance(review, SpanReview)
            played, item = review, review.item
            pressed = player.play(review, gold[item.example.text]) or _GIVE_UP
            for key in pressed:  # a pilot's own `press` sleeps 40 ms for each
                app.post_message(Key(key, key if len(key) == 1 else None))
                await pilot.pause(0)
            deadline = time.monotonic() + _PATIENCE
            while screen.review is played:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{pressed} did not answer {item.example.text!r}")
                await asyncio.sleep(0.001)
            answered()
            if pressed == _GIVE_UP:
                game.given_up += 1
                continue
            _check(item, played.marks, gold[item.example.text], pressed)
            game.keys += len(pressed)
            game.texts += 1
            game.differences += len(item.differences)
    return game


def _check(item: QueueItem, answer: Spans, gold: Spans, pressed: tuple[str, ...]) -> None:
    """Raise RuntimeError where the answer is not the gold wherever the models differ."""
    agreed = rules_of(Task.NER).agreed({name: each.marks for name, each in item.predictions.items()})
    places = [Span(place.start, place.end, "") for place in item.differences]
    answered, wanted = (
        {span for span in spans if span not in agreed and any(span.overlaps(place) for place in places)}
        for spans in (answer, gold)
    )
    if answered != wanted:
        raise RuntimeError(f"{pressed} left {answered ^ wanted} in {item.example.text!r}")

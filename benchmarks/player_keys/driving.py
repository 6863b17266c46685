"""A whole queue answered in the real app, with the keys that a plan gives for each text."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen

Keys = tuple[str, ...]
_PATIENCE = 10.0  # seconds that saving an answer may take
GIVE_UP = "x"


class Pressed(NamedTuple):
    """A text that was answered with these keys, the answering key last."""

    review: SpanReview
    keys: Keys
    given_up: bool


async def drive(
    session: ReviewSession,
    plan: Callable[[ReviewScreen, SpanReview], Keys | None],
    holds: Callable[[ReviewScreen, SpanReview, str], bool],
) -> AsyncIterator[Pressed]:
    """Answer all texts that the session gives out, with the keys of `plan`, and yield each text once it is answered.

    A text is rejected if it has no plan, or if `holds` is false before its last key, the answering key.
    """
    from textual.events import Key

    from tiebreak.tui.app import TiebreakApp

    app = TiebreakApp(session, session.next(), clock=itertools.count(0.0, 60.0).__next__)  # answering keys act at once
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        [screen] = [each for each in app.screen_stack if isinstance(each, ReviewScreen)]

        async def press(key: str) -> None:
            app.post_message(Key(key, key if len(key) == 1 else None))
            await pilot.pause(0)  # a pilot's own `press` sleeps 40 ms

        while (review := screen.review) is not None:
            assert isinstance(review, SpanReview)
            played = review
            keys = plan(screen, review)
            *settling, accepting = keys or (GIVE_UP,)
            for key in settling:
                await press(key)
            given_up = keys is None or not holds(screen, review, accepting)
            if given_up and isinstance(app.screen, EditScreen) and app.screen is not screen.marking.screen:
                await press("enter")
            await press(GIVE_UP if given_up else accepting)
            deadline = time.monotonic() + _PATIENCE
            while screen.review is played:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the keys {keys} did not answer {played.item.example.text!r}")
                await asyncio.sleep(0.001)
            await pilot.pause(0)
            yield Pressed(played, keys or (), given_up)

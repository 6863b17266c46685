"""Stores for the tests of screens: real ones, of known differences."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, Sequence

from textual.pilot import Pilot

from tiebreak.core.records import Prediction, Record, Span
from tiebreak.core.review.review import AnyReview, Review
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen

Readings = Mapping[str, Sequence[Span]]
MakeApp = Callable[..., TiebreakApp]

HEADLINE = "Uber hires Ada Lovelace of Acme Corp in Paris"


def long_seen() -> Callable[[], float]:
    """A clock for apps: by it, whatever is on screen was seen for long when a key comes, so that no test waits."""
    return itertools.count(0.0, 60.0).__next__


def spans(text: str, *mentions: tuple[str, str]) -> list[Span]:
    """Spans by what they cover, each at its first place in `text`."""
    return [Span(text.index(words), text.index(words) + len(words), label) for words, label in mentions]


SPACY = spans(HEADLINE, ("Uber", "PERSON"), ("Ada Lovelace", "PERSON"), ("Acme Corp", "ORG"), ("Paris", "LOCATION"))
LLM = spans(HEADLINE, ("Uber", "ORG"), ("Ada", "PERSON"), ("Acme Corp", "ORG"))


def fill(store: Store, examples: Sequence[tuple[str, Readings]]) -> Store:
    """Put texts, and what each predictor says of them, into `store`."""
    predictors = {name for _, readings in examples for name in readings}
    ids, _ = add_examples(store, [Record(text) for text, _ in examples], "test")
    for name in sorted(predictors, reverse=True):
        run = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(
            store, run, [Prediction(id, tuple(readings[name])) for id, (_, readings) in zip(ids, examples, strict=True)]
        )
    return store


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait until `holds` does, when the app has done what it was asked so far."""
    await pilot.pause()
    await meanwhile(holds)


async def meanwhile(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until `holds` does, while the app may be in the middle of something."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came about"
        await asyncio.sleep(0.02)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and wait until what they asked for is on screen."""
    await pilot.press(*keys)
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()


def screen_of(app: TiebreakApp) -> ReviewScreen:
    """The review screen, which is on top."""
    assert isinstance(app.screen, ReviewScreen)
    return app.screen


def screen_below(app: TiebreakApp) -> ReviewScreen:
    """The review screen, whatever is on top of it."""
    return next(screen for screen in app.screen_stack if isinstance(screen, ReviewScreen))


def review_of(app: TiebreakApp) -> AnyReview:
    review = screen_of(app).review
    assert isinstance(review, Review)
    return review


def message_of(app: TiebreakApp) -> str:
    assert isinstance(app.screen, EditScreen | ReviewScreen)
    return app.screen.message.plain

"""An app on a store of known differences."""

from __future__ import annotations

from pathlib import Path

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, Readings, fill, long_seen
from settling import settle_by_events
from stores import create_store

from tiebreak.core.records import Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, QueueFilter
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.themes import DARK_SCREEN, Appearance

DEFAULT_OPTIONS = SessionOptions()


@pytest.fixture(autouse=True)
def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and pauses wait until the app has settled."""
    settle_by_events(monkeypatch)


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """An app on a new store with these examples, or with one headline of three differences."""

    def make(
        *examples: tuple[str, Readings],
        task: Task = Task.NER,
        queue: QueueFilter = DISAGREEING,
        notice: str = "",
        options: SessionOptions = DEFAULT_OPTIONS,
        appearance: Appearance = DARK_SCREEN,
    ) -> TiebreakApp:
        store = create_store(tmp_path / "store.db", task)
        fill(store, examples or [(HEADLINE, {"spacy": SPACY, "llm": LLM})])
        session = ReviewSession(store, "sam", queue, options)
        return TiebreakApp(session, session.next(), notice, appearance=appearance, clock=long_seen())

    return make

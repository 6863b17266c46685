"""The introduction, which a new annotator sees once, before the first example."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from tiebreak.tui.pages.introduction import introduction_text, introduction_to
from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.text.render import palette_of
from tiebreak.tui.widgets.drawings import drawing_of

if TYPE_CHECKING:
    from tiebreak.core.review.session import ReviewSession
    from tiebreak.tui.screens.application import Application


class IntroductionScreen(ClosesOnce[None]):
    """One page that fits the smallest terminal; any key ends it, and does nothing else."""

    DEFAULT_CSS = """
    IntroductionScreen { align: center middle; }
    IntroductionScreen > Static { width: 60; max-width: 100%; height: auto; }
    """
    AUTO_FOCUS = None

    def __init__(self, session: ReviewSession) -> None:
        super().__init__()
        self.page = introduction_to(session.predictor_count, has_bars=drawing_of(session.task).has_bars)

    def compose(self) -> ComposeResult:
        keymap = cast("Application", self.app).keymap
        yield Static(introduction_text(self.page, palette_of(self.app), keymap))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()

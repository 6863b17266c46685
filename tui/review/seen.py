"""When a key may answer the example on screen: not before the annotator can have seen it."""

from __future__ import annotations

import asyncio
import math
import time

from tiebreak.core.review.review import AnyReview
from tiebreak.tui.commands import display_of
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.terminal_input import REST

LEAST_SEEN = 0.1  # seconds on screen; then a key may answer the example
LONGEST_PAINT = 5.0  # seconds after a drawing; then the example counts as on screen
UNSEEN = "ignored: this example was not on screen yet; press it again"
AFTER_ESCAPE = f"ignored so soon after {display_of('escape')}: on a slow line it may be half a key; press it again"


class Seen(Controller):
    """How long the example has been on screen."""

    def __init__(self, view: ReviewView) -> None:
        super().__init__(view)
        self._shown_at = time.monotonic()
        self._painted_at = -math.inf  # by the app's clock

    @property
    def seconds(self) -> float:
        """Seconds since the example came."""
        return time.monotonic() - self._shown_at

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._shown_at = time.monotonic()

    def await_paint(self) -> None:
        """Take no answer before the terminal has shown this drawing."""
        self._painted_at = self.view.tiebreak.clock() + LONGEST_PAINT
        # A moment later: the screen would wake before the message line, and draw that in a frame of its own.
        asyncio.get_running_loop().call_soon(
            self.view.shown_on.call_after_refresh, self._note_painted, self.view.review
        )

    def _note_painted(self, review: AnyReview | None) -> None:
        if self.view.review is review:  # else the next example opened meanwhile, and is yet to be painted
            self._painted_at = self.view.tiebreak.clock()

    @property
    def is_painted(self) -> bool:
        """Whether the terminal has shown the example."""
        return self._painted_at <= self.view.tiebreak.clock()

    def why_not_yet(self) -> str:
        """Return why the key that was read last may not answer the example; "" if it may."""
        app = self.view.tiebreak
        if app.key_read_at < self._painted_at + LEAST_SEEN:
            return UNSEEN
        return AFTER_ESCAPE if app.key_read_at < app.escape_read_at + REST else ""

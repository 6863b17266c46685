"""The review screen as its controllers see it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, Protocol

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.lookups import QueueProgress
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.tui.screens.application import Application
from tiebreak.tui.widgets.drawing import Drawing

P = ParamSpec("P")


class ReviewView(Protocol):
    """The screen of a review: the example on it, and how a controller shows what it did.

    `review` is the example on screen, or None. `progress` is the last count of the store, None before the first.
    `keys_pressed` counts the keys since this example came. `said` holds once the command under way has said something.
    """

    session: ReviewSession
    drawing: Drawing
    review: AnyReview | None
    progress: QueueProgress | None
    keys_pressed: int
    said: bool

    @property
    def app(self) -> App[object]:
        """The app, in which screens open above this one."""

    @property
    def tiebreak(self) -> Application:
        """The same app, as Tiebreak's screens use it."""

    @property
    def shown_on(self) -> Screen[Any]:
        """The screen that shows the example: this one, or the screen that marks its text."""

    @property
    def text_begins(self) -> int:
        """The place in the example, in code points, at which the text on screen begins."""

    @property
    def column_width(self) -> int:
        """Cells of the text and of what is under it."""

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal has no room for the review."""

    @property
    def refused(self) -> Mapping[str, str]:
        """The commands that make no sense now, each with what the screen says instead."""

    def key_of(self, name: str) -> str:
        """Return the key of a command, as a person reads it."""

    def say(self, message: str, *, error: bool = False) -> None:
        """Show a message; "" clears the last one."""

    def complain(self, error: TiebreakError) -> None:
        """Show an error, and what to do about it."""

    def open(self, review: AnyReview | None) -> None:
        """Show another example, or that nothing is left."""

    def draw(self) -> None:
        """Draw the example again."""

    def draw_header(self) -> None:
        """Draw the line above the text again."""

    def fit(self) -> None:
        """Fit everything to the width of the terminal."""

    async def action_do(self, name: str, key: str) -> None:
        """Run a command as if its key had been pressed."""

    async def put_beside(self, panel: Widget) -> None:
        """Show a panel beside the text."""

    def in_background(
        self, group: str, call: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Begin a call in the background; it ends an earlier one of the same group."""


class Controller:
    """Commands of the review that belong together: `do_NAME` runs the command NAME."""

    def __init__(self, view: ReviewView) -> None:
        self.view = view

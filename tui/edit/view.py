"""The screen of an edit as its controllers see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual.app import App

from tiebreak.core.records import Token
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.widgets.text_view import TextView

NO_SPAN = "no span under the cursor; a digit makes one"
NO_SPANS = "there are no spans yet; a digit labels what is under the cursor"


class EditView(Protocol):
    """The screen of an edit.

    `places` are the bounds of the differences, in code points. `names` are the labels, in the order of the digits.
    `selecting` holds while every move of the cursor extends the selection.
    """

    review: SpanReview
    editor: SpanEditor
    places: Sequence[Token]
    names: Sequence[str]
    selecting: bool
    keys_pressed: int
    text_view: TextView

    @property
    def app(self) -> App[object]:
        """The app, in which prompts open above the edit."""

    def key_of(self, name: str) -> str:
        """Return the key of a command, as a person reads it."""

    def say(self, message: str, *, error: bool = False) -> None:
        """Show a message."""

    def draw(self) -> None:
        """Draw the edit again."""

    def take_here(self) -> None:
        """Take the proposal under the cursor, if there is one."""


class EditController:
    """Commands of an edit that belong together: `do_NAME` runs the command NAME."""

    def __init__(self, view: EditView) -> None:
        self.view = view

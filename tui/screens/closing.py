"""Screens that close themselves: once, however many keys came in one read."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

Result = TypeVar("Result")


class ClosesOnce(Screen[Result]):
    """A screen whose `dismiss` does nothing once it is closed, or while another screen lies over it.

    Textual gives keys of one read to the screen that was open then, and closes the top screen for each of them. Every
    screen of Tiebreak derives from this one, named last: Textual takes the CSS of the first base class.
    """

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        if self.is_current:
            return super().dismiss(result)
        return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]

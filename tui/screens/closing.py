"""Screens that close themselves: once, however many keys came in one read."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

Result = TypeVar("Result")


class ClosesOnce(Screen[Result]):
    """A screen whose `dismiss` does nothing once it is closed, or while another screen lies over it.

    Textual gives keys that come together to the screen that was open when they were read, and closes whatever is on
    top for each of them. Every screen of ours is one of these, behind its other base class, whose CSS Textual takes.
    """

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        if self.is_current:
            return super().dismiss(result)
        return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]

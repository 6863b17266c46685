"""The commands that tell more about an example, or keep something about it."""

from __future__ import annotations

from tiebreak.tui.screens.review_base import ReviewBase


class ContextCommands(ReviewBase):
    """Inspecting, notes, flags, the guidelines, and what the session has taught."""

"""The commands that choose which example is on screen."""

from __future__ import annotations

from tiebreak.tui.screens.review_base import ReviewBase


class FindingCommands(ReviewBase):
    """Filters, orders, the list of all examples, and the next example of a pattern."""

"""What the parts of the review screen share: the example on screen, and going from one to the next."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from tiebreak.core.category_review import CategoryReview
from tiebreak.core.finder import Progress
from tiebreak.core.review import Review
from tiebreak.core.session import ReviewSession
from tiebreak.tui.commands import REVIEW, bindings_of
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.categories import REFUSED


class ReviewBase(CommandScreen[None]):
    """One example on screen; the parts of the screen add its commands."""

    COMMANDS_HERE = REVIEW
    PLACE = "review"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(REVIEW)]

    def __init__(self, session: ReviewSession, review: Review | None) -> None:
        super().__init__()
        self.session = session
        self.review = review
        self.progress: Progress | None = None
        self.shown_at = time.monotonic()

    def open(self, review: Review | None) -> None:
        """Show `review`, or that nothing is left."""
        self.review = review
        self.keys_pressed = 0
        self.shown_at = time.monotonic()
        self.draw()

    async def action_do(self, name: str, key: str) -> None:
        if name in REFUSED and isinstance(self.review, CategoryReview) and not self.has_class("too-small"):
            self.keys_pressed += 1
            self.say(REFUSED[name])
        else:
            await super().action_do(name, key)

    def draw(self) -> None:
        """Draw what is on screen anew."""
        raise NotImplementedError

    def change(self, change: Callable[[Review], object]) -> None:
        """Apply `change` to the review where there is a difference to apply it to, and draw what comes of it."""
        if self.review is not None and self.review.differences:
            change(self.review)
            self.draw()

"""The commands that move the bounds of the focused difference's span."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.review.settling import Settling
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.screens.prompt import LetterScreen, no_word


class Bounds(Controller):
    """Moving a bound by a token, or to the nearest word that begins with a letter."""

    def __init__(self, view: ReviewView, settling: Settling) -> None:
        super().__init__(view)
        self._settling = settling

    def do_end_right(self) -> None:
        self._move(lambda review: review.move_end(1))

    def do_end_left(self) -> None:
        self._move(lambda review: review.move_end(-1))

    def do_start_right(self) -> None:
        self._move(lambda review: review.move_start(1))

    def do_start_left(self) -> None:
        self._move(lambda review: review.move_start(-1))

    def do_start_to(self) -> None:
        self._ask_letter("The start", lambda review, letter: review.move_start_to(letter))

    def do_end_to(self) -> None:
        self._ask_letter("The end", lambda review, letter: review.move_end_to(letter))

    def _move(self, move: Callable[[SpanReview], bool]) -> None:
        def change(review: SpanReview) -> None:
            if not move(review):
                self.view.say("the span ends there: it keeps one token at least, and stays in the text")

        self._settling.change_spans(change)

    def _ask_letter(self, bound: str, move: Callable[[SpanReview, str], bool]) -> None:
        """Ask for a letter, and move the bound to the nearest word that begins with it."""
        review = self.view.review
        if not isinstance(review, SpanReview) or not review.differences:
            return
        screen = LetterScreen(bound)

        def typed(letter: str | None) -> None:
            if self.view.review is not review:  # a look-up opened another example meanwhile
                return
            self.view.keys_pressed += screen.keys_pressed

            def change(review: SpanReview) -> None:
                if letter is not None and not move(review, letter):
                    self.view.say(no_word(letter))

            self._settling.change_spans(change)

        self.view.app.push_screen(screen, typed)

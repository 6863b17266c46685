"""What the parts of the review screen share: the example on screen, and going from one to the next."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from tiebreak.core.queue.finder import Progress
from tiebreak.core.records import AnswerValue
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import QueueFilter
from tiebreak.tui.commands import REVIEW, Command, bindings_of, display_of
from tiebreak.tui.pages.review_text import row_word
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.terminal_input import REST
from tiebreak.tui.text.render import SLICE_SIGN
from tiebreak.tui.widgets.drawings import drawing_of

LEAST_SEEN = 0.1  # seconds that an example is on screen before a key may answer it
LONGEST_PAINT = 5.0  # seconds after which one that was drawn counts as on screen
UNSEEN = "passed over: this example was not on screen yet; press it again"
AFTER_ESCAPE = f"passed over right after {display_of('escape')}: a slow line tears keys so; press it again"

# The commands that settle a row, or go to one; and those that put a label there, or move its bounds.
OF_ROWS = (
    *("next", "previous", "next_unconfirmed", "previous_unconfirmed", "left", "right", "left_and_next"),
    *("right_and_next", "confirm", "all_left", "all_right", "neither", "both", "mix", "same"),
)
OF_LABELS = ("label", "type_label", "end_right", "end_left", "start_right", "start_left", "start_to", "end_to")

CHOICES = ("left", "right", "neither", "both", "same", "label")  # after which a sitting may go on by itself


class ReviewBase(CommandScreen[None]):
    """One example on screen; the parts of the screen add its commands."""

    COMMANDS_HERE = REVIEW
    PLACE = "review"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(REVIEW)]
    GIVES_ANSWERS = True

    def __init__(self, session: ReviewSession, review: AnyReview | None) -> None:
        super().__init__()
        self.session = session
        self.review = review
        self.drawing = drawing_of(session.task)
        self.progress: Progress | None = None
        self.shown_at = time.monotonic()
        self._painted_at = -math.inf  # by the app's clock

    def open(self, review: AnyReview | None) -> None:
        """Show `review`, or that nothing is left."""
        self.review = review
        self.keys_pressed = 0
        self.shown_at = time.monotonic()
        self.see_to_marking()
        self.draw()
        self.await_paint()

    @property
    def shown_on(self) -> Screen[Any]:
        """The screen that shows the example."""
        return self

    def see_to_marking(self) -> None:
        """Have the example marked in the text itself, if that is how it is answered."""

    def await_paint(self) -> None:
        """Take no answer before what is drawn now has been seen."""
        self._painted_at = self.tiebreak.clock() + LONGEST_PAINT
        # A moment later: the screen would wake before the message line, and draw that in a frame of its own.
        asyncio.get_running_loop().call_soon(self.shown_on.call_after_refresh, self._painted, self.review)

    def _painted(self, review: AnyReview | None) -> None:
        if self.review is review:  # else the next one was opened meanwhile, and is yet to be painted
            self._painted_at = self.tiebreak.clock()

    def why_passed_over(self, name: str, key: str, commands: Sequence[Command]) -> str:
        """Return why `key` may not answer as the command `name` does; "" if it may, or if that answers nothing."""
        answers = any(command.answers for command in commands if command.name == name) or self.answers_at_once(name)
        is_by_name = not key or key != self.tiebreak.key_read  # chosen in the palette
        if self.review is None or not answers or is_by_name:
            return ""
        if self.tiebreak.key_read_at < self._painted_at + LEAST_SEEN:
            return UNSEEN
        return AFTER_ESCAPE if self.tiebreak.key_read_at < self.tiebreak.escape_read_at + REST else ""

    @property
    def label_is_answer(self) -> bool:
        """Whether a label is the whole answer: one category holds, and no model has chosen any."""
        review = self.review
        return isinstance(review, CategoryReview) and review.is_unread and review.is_exclusive

    def answers_at_once(self, name: str) -> bool:
        """Whether the command `name` gives an answer here, though it is not one of those that do so anywhere."""
        return name == "label" and self.label_is_answer

    async def answer_with(self, answer: AnswerValue) -> None:
        """Save the answer, and show the next example."""
        raise NotImplementedError

    async def action_do(self, name: str, key: str) -> None:
        if why := self.why_passed_over(name, key, self.commands):
            self.say(why)
        elif name in (refused := self.refused) and self.review and not self.has_class("too-small"):
            self.keys_pressed += 1
            self.say(refused[name])
        else:
            await super().action_do(name, key)

    @property
    def refused(self) -> Mapping[str, str]:
        review = self.review
        refused = self.drawing.refused(self.key_of, review)
        if review is None or review.differences:
            return refused
        of_rows = OF_ROWS if review.may_relabel else (*OF_ROWS, *OF_LABELS)
        return {**dict.fromkeys(of_rows, self.no_rows), **refused}

    @property
    def no_rows(self) -> str:
        """What is said where there is nothing to settle."""
        raise NotImplementedError

    @property
    def hides_names(self) -> bool:
        """Whether no model is named: in a blind sitting, and on a text of the slice."""
        return self.session.options.blind or (self.review is not None and self.review.sliced is not None)

    def refuses_open(self, review: AnyReview) -> bool:
        """Whether something on a slice text is not chosen yet, which is focused and said then."""
        if not review.is_undecided:
            return False
        if review.sliced is None or not review.unconfirmed:
            sign = "" if review.sliced is None else f"{SLICE_SIGN} "
            self.say(f"{sign}no category is chosen yet: digits choose one")
            return True
        if review.choices[review.focus].confirmed:
            review.move_unconfirmed(1)
            self.draw()
        rows = f"{review.unconfirmed} of {len(review.differences)} {row_word(review)}s"
        self.say(f"{SLICE_SIGN} still open: {rows}; {self.how_to_settle(review)}")
        return True

    def how_to_settle(self, review: AnyReview) -> str:
        """Return which keys settle the focused difference of a slice text."""
        left, right, confirm, neither = (self.key_of(each) for each in ("left", "right", "confirm", "neither"))
        if review.asks_for_choice:
            return f"{left} {right} take a reading, {neither} none"
        said = "what the model says" if review.is_open_text else "what all say"
        kept = said if review.is_open(review.focus) else "what stands here"
        return f"{confirm} keeps {kept}, {neither} drops it"

    def go_through(self, queue: QueueFilter) -> None:
        """Go on with what a filter finds, from its first example."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw what is on screen anew."""
        raise NotImplementedError

    def share_room(self) -> None:
        """Give each part of the screen the rows that it needs now."""
        raise NotImplementedError

    def change(self, change: Callable[[AnyReview], object]) -> None:
        """Apply `change` to the review where there is a difference to apply it to, and draw what comes of it."""
        if self.review is not None and self.review.differences:
            with self.review.one_step():
                change(self.review)
            self.draw()

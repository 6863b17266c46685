"""The review screen place by place: one difference at a time, in a window of its text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from rich.text import Text

from tiebreak.core.queue.places import WINDOW
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.commands import Command
from tiebreak.tui.pages.review_text import legend_text, place_text
from tiebreak.tui.review.base import CHOICES
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.drawing import Drawn
from tiebreak.tui.widgets.text_view import TextView
from tiebreak.tui.widgets.text_window import answer_in_window, windowed

# What commands do here, where it is something else; all of these answer what is on screen, but the last four.
_HELP = {
    "accept": "confirm what is shown at this place, next place",
    "confirm_and_accept": "confirm what is shown, next place",
    "confirm": "confirm what is shown, next place",
    "left_and_next": "the reading on the left, next place",
    "right_and_next": "the reading on the right, next place",
    "reject": "reject the whole text, next place",
    "ignore": "ignore the whole text, next place",
    "undo": "take back what was chosen here, else the newest place",
    "undo_answer": "take back the newest place, and go back to it",
    "skip": "put this place off, it comes back later",
    "fold": "show the whole text, and the place alone again",
}
_FOOTER = {"fold": "whole", "next_unconfirmed": "", "confirm_and_accept": "", "confirm": ""}  # which are as accept
_NO_ANSWERS = ("undo", "undo_answer", "skip", "fold")
# What is about the other places of the text, which come by themselves.
_OF_OTHERS = ("next", "previous", "next_unconfirmed", "previous_unconfirmed", "all_left", "all_right", "pattern")


class PlaceScreen(ReviewScreen):
    """One place at a time; an answer to it is on disk before the next is drawn. Texts without any are shown whole."""

    def __init__(self, session: PlaceSession, review: AnyReview | None, notice: str = "") -> None:
        super().__init__(session, review, notice)
        self.commands = [_here(each) for each in self.commands]
        self.places = session
        self._is_whole = False  # whether all of the text is shown

    @property
    def _is_alone(self) -> bool:
        return self.review is not None and self.review.alone

    @property
    def refused(self) -> Mapping[str, str]:
        if not self._is_alone:
            return super().refused
        said = f"one place at a time: {self.key_of('accept')} settles it, {self.key_of('skip')} puts it off"
        return {**super().refused, **dict.fromkeys(_OF_OTHERS, said)}

    def open(self, review: AnyReview | None) -> None:
        self._is_whole = False
        super().open(review)

    def drawn(self, review: AnyReview) -> Drawn:
        drawn = super().drawn(review)
        if not review.alone:
            return drawn
        window = windowed(drawn.text, WINDOW)
        return replace(
            drawn,
            text=drawn.text if self._is_whole else window,
            differences=drawn.differences[review.focus : review.focus + 1],
            answer=answer_in_window(window, self.palette),
            focus=0,
        )

    def legend(self, review: AnyReview) -> Text:
        if not review.alone:
            return super().legend(review)
        names, place = self._names(review), place_text(review, self.places.begun)
        return legend_text(review, names, self.palette, self.column_width, place)

    def rows_listed(self, review: AnyReview) -> int:
        return 1 + any(review.learned) if review.alone else super().rows_listed(review)

    async def do_accept(self) -> None:
        await self._settle(lambda review: review.confirm()) if self._is_alone else await super().do_accept()

    async def do_confirm_and_accept(self) -> None:
        await self.do_accept() if self._is_alone else await super().do_confirm_and_accept()

    async def do_confirm(self) -> None:
        await self.do_accept() if self._is_alone else await super().do_confirm()

    async def settle_and_go_on(self, settle: Callable[[AnyReview], object]) -> None:
        await self._settle(settle) if self._is_alone else await super().settle_and_go_on(settle)

    def answers_at_once(self, name: str) -> bool:
        goes_on = self._is_alone and self.session.options.go_on and name in CHOICES
        return goes_on or super().answers_at_once(name)

    async def _settle(self, settle: Callable[[AnyReview], object]) -> None:
        """Settle the place on screen, and go on to the next one, unless `settle` returns False: then nothing is."""
        review = self.review
        if review is None:
            return
        with review.one_step():
            is_settled = settle(review) is not False
        if not is_settled:
            return
        seconds, done = time.monotonic() - self.shown_at, self.session.done
        following = await self.tiebreak.jobs.run(self.places.settle, review, seconds=seconds, keys=self.keys_pressed)
        self._count(done - self.session.done)
        self.open(following)
        if self.session.done > done:
            self.say("that was the last place of its text, which is answered")
        await self.nudge()

    async def do_undo_answer(self) -> None:
        if self.review is not None:
            self.session.put_aside(self.review)
        done = self.session.done
        review = await self.tiebreak.jobs.run(self.session.undo)
        if review is None:
            self.say("nothing to take back: you have no answers in this store")
            return
        self._count(done - self.session.done)
        self.open(review)
        answer = self.session.undone
        if answer is None:
            self.say("taken back: your newest place; it is open again")
        else:
            what = "its last place is open again" if review.alone and answer.answer == "accept" else "it is open again"
            self.say(f"taken back: your newest answer, {answer.answer}; {what}")

    def do_fold(self) -> None:
        """Show the whole text, or the window again."""
        if not self._is_alone:
            super().do_fold()
            return
        self._is_whole = not self._is_whole
        self.draw()
        if self._is_whole and self.text_view.has_folds:
            self.text_view.toggle_folds()
            self.share_room()
        self.say("the whole text" if self._is_whole else "the place alone")

    async def on_difference_list_chosen(self, message: DifferenceList.Chosen) -> None:
        """A reading of the place was clicked."""
        if self._is_alone:
            message.prevent_default()
            if message.reading is not None:
                reading = message.reading
                await self.choose(lambda review: review.choose(reading))

    async def on_text_view_selected(self, message: TextView.Selected) -> None:
        """Words were selected; a click alone brings no other place."""
        if self._is_alone and self.review is not None:
            message.prevent_default()
            shown = self.drawn(self.review).text.focus or (0, 0)
            by = self.review.differences[self.review.focus].start - shown[0]  # where the window begins
            if message.anchor != message.position:
                self.select_words(message.anchor + by, message.position + by, done=message.done)
            elif message.done and message.mark is not None:
                predictor, mark = message.mark
                await self.pick_mark(predictor, mark._replace(start=mark.start + by, end=mark.end + by))


def _here(command: Command) -> Command:
    """Return the command as it is told here."""
    help = _HELP.get(command.name, command.help)
    return replace(
        command,
        help="not here: one place comes at a time" if command.name in _OF_OTHERS else help,
        footer=_FOOTER.get(command.name, command.footer),
        rank=3 if command.name == "fold" else command.rank,
        answers=command.answers or (command.name in _HELP and command.name not in _NO_ANSWERS),
    )

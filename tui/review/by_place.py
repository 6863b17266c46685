"""The review place by place: one difference at a time, in a window of its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from rich.text import Text

from tiebreak.core.queue.places import WINDOW
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.commands import Command
from tiebreak.tui.pages.review_text import legend_text, place_text
from tiebreak.tui.review.answering import Answering
from tiebreak.tui.review.deciding import Deciding
from tiebreak.tui.review.editing import Editing
from tiebreak.tui.review.names import names_of
from tiebreak.tui.review.row_layout import RowLayout
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.review.settling import Settling
from tiebreak.tui.review.view import ReviewView
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.drawing import DrawnReview
from tiebreak.tui.widgets.text_window import answer_in_window, windowed

# The help of commands that differ here. All of them answer the place on screen, but those of _NO_ANSWERS.
_HELP = {
    "accept": "confirm what is shown at this place, next place",
    "confirm_and_accept": "confirm what is shown, next place",
    "confirm": "confirm what is shown, next place",
    "left_and_next": "the reading to the left, next place",
    "right_and_next": "the reading to the right, next place",
    "reject": "reject the whole text, next place",
    "ignore": "ignore the whole text, next place",
    "undo": "take back what was chosen here, else the newest place",
    "undo_answer": "take back the newest place, and go back to it",
    "skip": "put this place off, it comes back later",
    "fold": "show the whole text, or only the place again",
}
_FOOTER = {"fold": "whole", "next_unconfirmed": "", "confirm_and_accept": "", "confirm": ""}  # "": it acts as accept
_NO_ANSWERS = ("undo", "undo_answer", "skip", "fold")
# The commands about the other places of the text, which come by themselves.
_OF_OTHERS = ("next", "previous", "next_unconfirmed", "previous_unconfirmed", "all_left", "all_right", "pattern")
_CHOICES = ("left", "right", "neither", "both", "same", "label")  # after which a sitting may go on by itself


def _is_alone(view: ReviewView) -> bool:
    """Return whether the screen shows one place of a text, and not a text as a whole."""
    return view.review is not None and view.review.answers_one_place


class PlaceAnswering(Answering):
    """Answers the place on screen: it is on disk before the next place is drawn."""

    def answers_at_once(self, name: str) -> bool:
        goes_on = _is_alone(self.view) and self.view.session.options.go_on and name in _CHOICES
        return goes_on or super().answers_at_once(name)

    async def do_accept(self) -> None:
        if _is_alone(self.view):
            await self.settle_place(lambda review: review.confirm())
        else:
            await super().do_accept()

    async def do_confirm_and_accept(self) -> None:
        await self.do_accept() if _is_alone(self.view) else await super().do_confirm_and_accept()

    async def settle_place(self, settle: Callable[[AnyReview], object]) -> None:
        """Settle the place on screen and show the next one; stay if `settle` returns False."""
        view, session, review = self.view, self.view.session, self.view.review
        assert isinstance(session, PlaceSession)
        if review is None:
            return
        with review.one_step():
            is_settled = settle(review) is not False
        if not is_settled:
            return
        done = session.done
        following = await view.tiebreak.jobs.run(
            session.settle, review, seconds=self.seen.seconds, keys=view.keys_pressed
        )
        self.counting.adjust(done - session.done)
        is_last = session.done > done
        await self.go_on_with(
            following, "that was the last place of its text; the text is answered now" if is_last else ""
        )

    async def do_undo_answer(self) -> None:
        def outcome(review: AnyReview) -> str:
            answer = self.view.session.undone
            if answer is None:
                return "taken back: your newest place; it is open again"
            reopened = "its last place" if review.answers_one_place and answer.answer == "accept" else "it"
            return f"taken back: your newest answer ({answer.answer}); {reopened} is open again"

        await self.take_back(outcome)


class PlaceSettling(Settling):
    """A choice that goes on settles the place on screen."""

    def __init__(self, view: ReviewView, answering: PlaceAnswering) -> None:
        super().__init__(view, answering)
        self._settle_place = answering.settle_place

    async def settle_and_go_on(self, settle: Callable[[AnyReview], object]) -> None:
        await self._settle_place(settle) if _is_alone(self.view) else await super().settle_and_go_on(settle)


class PlaceDeciding(Deciding):
    """Confirming a place is accepting it."""

    async def do_confirm(self) -> None:
        await self.settling.answering.do_accept() if _is_alone(self.view) else await super().do_confirm()


class PlaceEditing(Editing):
    """The mouse within the window: no click brings another place."""

    async def click_row(self, message: DifferenceList.Chosen) -> None:
        if not _is_alone(self.view):
            await super().click_row(message)
        elif message.reading is not None:
            reading = message.reading
            await self.settling.choose(lambda review: review.choose(reading))

    def focus_at(self, position: int) -> None:
        if not _is_alone(self.view):
            super().focus_at(position)


class PlaceRowLayout(RowLayout):
    """The window of a place, or the whole text if the annotator asks for it (`is_whole`)."""

    is_whole = False

    def rows_listed(self, review: AnyReview) -> int:
        return 1 + any(review.learned) if review.answers_one_place else super().rows_listed(review)

    def do_fold(self) -> None:
        if not _is_alone(self.view):
            super().do_fold()
            return
        self.is_whole = not self.is_whole
        self.view.draw()
        if self.is_whole and self.text_view.has_folds:
            self.text_view.toggle_folds()
            self.divide()
        self.view.say("the whole text" if self.is_whole else "only the place")


class PlaceScreen(ReviewScreen):
    """One place at a time; a text without differences is shown whole."""

    ANSWERING: ClassVar = PlaceAnswering
    SETTLING: ClassVar = PlaceSettling
    DECIDING: ClassVar = PlaceDeciding
    EDITING: ClassVar = PlaceEditing
    ROW_LAYOUT: ClassVar = PlaceRowLayout
    row_layout: PlaceRowLayout

    def __init__(self, session: PlaceSession, review: AnyReview | None, notice: str = "") -> None:
        super().__init__(session, review, notice)
        self.commands = [_here(each) for each in self.commands]
        self._places = session

    @property
    def refused(self) -> Mapping[str, str]:
        if not _is_alone(self):
            return super().refused
        why = f"one place at a time: {self.key_of('accept')} settles it, {self.key_of('skip')} puts it off"
        return {**super().refused, **dict.fromkeys(_OF_OTHERS, why)}

    def open(self, review: AnyReview | None) -> None:
        self.row_layout.is_whole = False
        super().open(review)

    def drawn(self, review: AnyReview) -> DrawnReview:
        drawn = super().drawn(review)
        if not review.answers_one_place:
            return drawn
        window = windowed(drawn.text, WINDOW)
        return replace(
            drawn,
            text=drawn.text if self.row_layout.is_whole else window,
            differences=drawn.differences[review.focus : review.focus + 1],
            answer=answer_in_window(window, self.palette),
            focus=0,
        )

    @property
    def text_begins(self) -> int:
        if self.review is None or not self.review.answers_one_place:
            return 0
        shown = self.drawn(self.review).text.focus or (0, 0)
        return self.review.differences[self.review.focus].start - shown[0]

    def legend(self, review: AnyReview) -> Text:
        if not review.answers_one_place:
            return super().legend(review)
        names, place = names_of(self, review), place_text(review, self._places.begun)
        return legend_text(review, names, self.palette, self.column_width, place)


def _here(command: Command) -> Command:
    """Return the command with its words on this screen."""
    help = _HELP.get(command.name, command.help)
    return replace(
        command,
        help="not here: one place comes at a time" if command.name in _OF_OTHERS else help,
        footer=_FOOTER.get(command.name, command.footer),
        rank=3 if command.name == "fold" else command.rank,
        answers=command.answers or (command.name in _HELP and command.name not in _NO_ANSWERS),
    )

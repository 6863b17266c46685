"""The review screen: the text, both readings, the list of differences, the answer."""

from __future__ import annotations

import time

from rich.text import Text
from textual.app import ComposeResult

from tiebreak.core.errors import TiebreakError
from tiebreak.core.records import AnswerValue
from tiebreak.core.review import Review
from tiebreak.core.session import Progress, ReviewSession
from tiebreak.tui.render import Palette, answer_text, describe_spans, label_text, letter, shorten
from tiebreak.tui.screens.context import ContextCommands
from tiebreak.tui.screens.deciding import DecidingCommands
from tiebreak.tui.screens.finding import FindingCommands
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.difference_list import DifferenceList, DifferenceRow, ReadingCell
from tiebreak.tui.widgets.text_view import TextState

REFRESH_SECONDS = 2.0


class ReviewScreen(DecidingCommands, FindingCommands, ContextCommands):
    """One example at a time; each answer is on disk before the next is drawn."""

    def __init__(self, session: ReviewSession, review: Review | None, notice: str = "") -> None:
        super().__init__(session, review)
        self.notice = notice
        self.rule = TextBar("rule")
        self.difference_list = DifferenceList()

    def compose(self) -> ComposeResult:
        yield from (self.header, self.text_view, self.rule, self.difference_list, *self.lower_bars)

    def on_mount(self) -> None:
        self.open(self.review)
        if self.notice:
            self.say(self.notice)
        self.set_interval(REFRESH_SECONDS, self.refresh_progress)
        self.call_after_refresh(self.refresh_progress)

    def open(self, review: Review | None) -> None:
        """Show `review`, or that nothing is left; and say what is wrong with its predictions."""
        super().open(review)
        if review is not None:
            self._say_faults(review)

    async def refresh_progress(self) -> None:
        """Take in what other processes did: new counts, and the first example where there was none."""
        try:
            self.progress = await self.tiebreak.jobs.run(self.session.progress)
            following = await self.tiebreak.jobs.run(self.session.next) if self.review is None else None
        except TiebreakError as error:
            self.say(str(error), error=True)
            return
        if self.review is None:  # still: a key may have opened one meanwhile
            self.open(following)
        self._draw_header()

    def draw(self) -> None:
        self._draw_header()
        review = self.review
        if review is None:
            self.text_view.show(TextState(self.session.nothing_left, newline=" "))
            self.difference_list.show((), 0)
            for bar in (self.rule, self.answer, self.labels):
                bar.show(Text())
            return
        predictions = {name: each.spans for name, each in review.item.predictions.items() if each.error is None}
        focus = None
        if review.differences:
            place = review.differences[review.focus]
            focus = (place.start, place.end)
        proposals = tuple(predictions.values())
        letters = [letter(number) for number, each in enumerate(review.item.predictions.values()) if each.error is None]
        self.text_view.show(TextState(review.item.example.text, predictions, review.spans, focus, letters, proposals))
        self.difference_list.show(
            _difference_rows(review),
            review.focus,
            f"All models agree here; {self.key_of('accept')} accepts, {self.key_of('edit')} edits the spans.",
        )
        self.rule.show(_legend(review, self.palette))
        self.answer.show(answer_text(review.item.example.text, review.spans, proposals, self.palette))
        self.labels.show(label_text(self.session.labels, self.app.size.width))

    def _draw_header(self) -> None:
        session, progress = self.session, self.progress
        header = Text().append(f" {session.done} done", "bold")
        if progress is not None:
            left = progress.left
            header.append(f" · {left} left" + (f" · {pace:.0f}/min" if (pace := session.pace()) else ""))
        if self.review is not None and self.review.differences:
            header.append(f" · disagreement {self.review.item.score:.2f}", "bold")
        for name, ok, failed in progress.runs if progress is not None else ():
            header.append(f"  {shorten(name, 16)} {ok}", "dim")
            if failed:
                header.append(f" {failed} failed", self.palette.error)
        header.append(f"  {shorten(session.annotator, 16)}", "dim")
        self.header.show(header)

    def _say_faults(self, review: Review) -> None:
        """Predictions that failed or lost mentions are shown as that: they are no readings."""
        faults = []
        for name, prediction in review.item.predictions.items():
            if prediction.error is not None:
                faults.append(f"{name} failed: {prediction.error}")
            elif prediction.dropped:
                lost = ", ".join(
                    str(mention.get("text", mention) if isinstance(mention, dict) else mention)
                    for mention in prediction.dropped
                )
                faults.append(f"{name} also named, but not found in the text: {lost}")
        if faults:
            self.say(shorten(" · ".join(faults), 300))

    async def _answer(self, answer: AnswerValue) -> None:
        if self.review is None:
            return
        seconds = time.monotonic() - self.shown_at
        following = await self.tiebreak.jobs.run(
            self.session.answer, self.review, answer, seconds=seconds, keys=self.keys_pressed
        )
        self._count(-1)
        self.open(following)

    def _count(self, change: int) -> None:
        """Keep `left` true between two counts of the store."""
        if self.progress is not None:
            self.progress = Progress(max(0, self.progress.left + change), self.progress.runs)

    async def do_accept(self) -> None:
        review = self.review
        if review is not None and self.session.options.confirm_all and review.unconfirmed:
            count = f"{review.unconfirmed} of {len(review.differences)}"
            if not review.choices[review.focus].confirmed or review.move_unconfirmed(1):
                self.draw()
            one, every = self.key_of("confirm"), self.key_of("confirm_and_accept")
            self.say(f"{count} differences are not confirmed (--confirm-all); {one} confirms one, {every} all of them")
            return
        await self._answer("accept")

    async def do_confirm_and_accept(self) -> None:
        if self.review is not None:
            self.review.confirm_all()
            await self._answer("accept")

    async def do_reject(self) -> None:
        await self._answer("reject")

    async def do_ignore(self) -> None:
        await self._answer("ignore")

    async def do_undo(self) -> None:
        review = await self.tiebreak.jobs.run(self.session.undo)
        if review is None:
            self.say("nothing to undo: you have no answers in this store")
            return
        self._count(1)
        self.open(review)
        self.say("undone: this is your last answer again")

    async def do_skip(self) -> None:
        if self.review is not None:
            self.open(await self.tiebreak.jobs.run(self.session.skip, self.review))

    def do_quit(self) -> None:
        self.app.exit()


def _difference_rows(review: Review) -> list[DifferenceRow]:
    text = review.item.example.text
    numbers = {name: number for number, name in enumerate(review.item.predictions)}
    rows = []
    for difference, choice, readings in zip(review.differences, review.choices, review.readings, strict=True):
        cells = [
            ReadingCell(
                "".join(letter(numbers[name]) for name in reading.predictors if name in numbers),
                describe_spans(text, reading.spans, 24),
                numbers.get(reading.predictors[0], 0),
                choice.reading == index,
            )
            for index, reading in enumerate(readings)
        ]
        outcome: str = "" if choice.reading is not None else choice.name
        if choice.name == "edited":
            outcome = describe_spans(text, choice.spans, 20)
        rows.append(DifferenceRow(difference.kind, cells, outcome, choice.confirmed))
    return rows


def _legend(review: Review, palette: Palette) -> Text:
    legend = Text(" ")
    for number, name in enumerate(review.item.predictions):
        legend.append(f"{palette.line(number)}{letter(number)} {shorten(name, 24)}  ", palette.style(number, bold=True))
    legend.append("both agree  " if len(review.item.predictions) == 2 else "all agree  ", palette.agreed)
    if review.differences:
        count = len(review.differences)
        legend.append(f"difference {review.focus + 1} of {count}")
        if review.unconfirmed:
            legend.append(f", {review.unconfirmed} not confirmed", "dim")
    return legend

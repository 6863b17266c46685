"""The review screen: the text, both readings, the list of differences, the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.errors import TiebreakError
from tiebreak.core.records import AnswerValue, Spans
from tiebreak.core.review import Review
from tiebreak.core.session import Progress, ReviewSession
from tiebreak.core.tokens import tokenize
from tiebreak.tui.commands import REVIEW, bindings_of
from tiebreak.tui.render import Palette, answer_text, describe_spans, label_text, letter, shorten
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.difference_list import DifferenceList, DifferenceRow, ReadingCell
from tiebreak.tui.widgets.text_view import TextState

REFRESH_SECONDS = 2.0


class ReviewScreen(CommandScreen[None]):
    """One example at a time; each answer is on disk before the next is drawn."""

    COMMANDS_HERE = REVIEW
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(REVIEW)]

    def __init__(self, session: ReviewSession, review: Review | None, notice: str = "") -> None:
        super().__init__()
        self.session = session
        self.review = review
        self.notice = notice
        self.progress: Progress | None = None
        self.shown_at = time.monotonic()
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
        """Show `review`, or that nothing is left."""
        self.review = review
        self.keys_pressed = 0
        self.shown_at = time.monotonic()
        self.draw()
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
        places = [(difference.start, difference.end) for difference in review.differences]
        self.text_view.show(
            TextState(review.item.example.text, predictions, review.spans, focus, letters, proposals, places=places)
        )
        self.difference_list.show(
            _difference_rows(review), review.focus, "All models agree here; a accepts, e edits the spans."
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

    def do_next(self) -> None:
        self._change(lambda review: review.move(1))

    def do_previous(self) -> None:
        self._change(lambda review: review.move(-1))

    def do_left(self) -> None:
        self._change(lambda review: review.step(-1))

    def do_right(self) -> None:
        self._change(lambda review: review.step(1))

    def do_all_left(self) -> None:
        self._change(lambda review: review.choose_all(next(iter(review.differences[0].readings))))

    def do_all_right(self) -> None:
        self._change(lambda review: review.choose_all(list(review.differences[0].readings)[-1]))

    def do_neither(self) -> None:
        self._change(Review.choose_neither)

    def do_both(self) -> None:
        if self.review is not None and self.review.differences and not self.review.choose_both():
            self.say(
                f"the readings overlap, which the task {self.session.task.value} forbids; pick one, or edit with e"
            )
        self.draw()

    def do_label(self, key: str) -> None:
        labels = self.session.labels
        if int(key) > len(labels):
            self.say(f"there is no label {key}")
            return
        self._change(lambda review: review.relabel(labels[int(key) - 1]))

    def _change(self, change: Callable[[Review], object]) -> None:
        """Apply `change` to the review where there is a difference to apply it to, and draw what comes of it."""
        if self.review is not None and self.review.differences:
            change(self.review)
            self.draw()

    async def do_edit(self) -> None:
        from tiebreak.tui.screens.edit import EditScreen

        review = self.review
        if review is None:
            return
        example = review.item.example
        at = review.differences[review.focus].start if review.differences else 0
        tokens = example.tokens or tokenize(example.text)

        screen = EditScreen(review, tokens, self.session.labels, at)

        def edited(spans: Spans | None) -> None:
            self.keys_pressed += screen.keys_pressed
            if spans is not None:
                review.replace_spans(spans)
                self.draw()

        self.app.push_screen(screen, edited)

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
                describe_spans(text, reading.spans, 60),
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
    who = "both" if len(review.item.predictions) == 2 else "all"
    legend.append(f"{palette.agreed_line}= {who} agree  ", palette.agreed)
    if review.differences:
        count = len(review.differences)
        legend.append(f"difference {review.focus + 1} of {count}")
        if review.unconfirmed:
            legend.append(f", {review.unconfirmed} not confirmed", "dim")
    return legend

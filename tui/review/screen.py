"""The review screen: the text, both readings, the list of differences, the answer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tiebreak.core.errors import TiebreakError
from tiebreak.core.records import AnswerValue
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.selection.filter import OPEN, AnyOrder, QueueFilter
from tiebreak.tui.pages.review_text import (
    faults_text,
    is_very_long,
    legend_text,
    row_word,
    shown_names,
    taken_back_text,
)
from tiebreak.tui.review.context import ContextCommands
from tiebreak.tui.review.editing import EditingCommands
from tiebreak.tui.review.engine_commands import EngineCommands
from tiebreak.tui.review.room import SharedRoom
from tiebreak.tui.review.status_line import status_line
from tiebreak.tui.text.labels import short_names
from tiebreak.tui.text.likely import STRENGTHS
from tiebreak.tui.text.render import SLICE_SIGN
from tiebreak.tui.widgets.drawing import Drawn
from tiebreak.tui.widgets.text_view import TextState

if TYPE_CHECKING:
    from tiebreak.tui.review.mark import MarkScreen

REFRESH_SECONDS = 2.0
WAITING_SECONDS = 0.5  # the same where nothing is on screen


class ReviewScreen(EditingCommands, SharedRoom, ContextCommands, EngineCommands):
    """One example at a time; each answer is on disk before the next is drawn."""

    # Here and not beside the commands that these rules are for: Textual takes the CSS of the first base class alone.
    DEFAULT_CSS = """
    ReviewScreen > #chips { display: none; }
    ReviewScreen > #chips.shown { display: block; }
    ReviewScreen > #middle { height: 1fr; }
    ReviewScreen #column { width: 1fr; height: 100%; }
    ReviewScreen #rule { color: $foreground; background: $panel; }
    ReviewScreen > #middle > ExampleRows { display: none; width: 60; height: 100%; border-left: solid $panel; }
    ReviewScreen.wide > #middle > ExampleRows { display: block; }
    """

    def __init__(self, session: ReviewSession, review: AnyReview | None, notice: str = "") -> None:
        super().__init__(session, review)
        self.notice = notice
        self.marking: MarkScreen | None = None
        self._stepped_out_of: AnyReview | None = None  # which is not marked again before that is asked for
        self._counting = False
        self._began_left = self._told_of_learning = self._told_of_slice = self._told_of_places = False

    def compose(self) -> ComposeResult:
        yield from (self.header, self.chips)
        with Horizontal(id="middle"):
            with Vertical(id="column"):
                yield from (self.text_view, self.rule, self.category_bars, self.difference_list)
            yield self.queue_panel
        yield from self.lower_bars

    def on_mount(self) -> None:
        self.open(self.review)
        if self.notice:
            self.say(self.notice)
        self.set_interval(REFRESH_SECONDS, self.refresh_progress)
        self.set_interval(WAITING_SECONDS, self._look_for_more)
        self.call_after_refresh(self.refresh_progress)

    def open(self, review: AnyReview | None) -> None:
        """Show `review`, or that nothing is left; and say what is wrong with its predictions, or is new about it."""
        super().open(review)
        if review is not None:
            self.say(faults_text(review, self._names(review)) or self._news_of(review))

    @property
    def shown_on(self) -> Screen[Any]:
        return self if self.marking is None else self.marking

    def see_to_marking(self) -> None:
        """Have a text that no model has read marked in the text itself, on a screen above this one."""
        review = self.review
        marks = isinstance(review, SpanReview) and review.is_unread and review is not self._stepped_out_of
        if not (marks and isinstance(review, SpanReview)):
            if self.marking is not None:
                self.marking.dismiss(None)
            return
        if self.marking is not None:
            self.marking.keys_pressed = 0
            self.marking.take_up(review, 0)
            self.marking.draw()
        elif self.app.screen is self and not self.tiebreak.introduce:
            from tiebreak.tui.review.mark import MarkScreen

            self.marking = MarkScreen(self, review)
            self.app.push_screen(self.marking, self._marking_ended)
            self.marking.call_after_refresh(self._draw_header)

    def _marking_ended(self, _: object) -> None:
        self.marking = None
        self._stepped_out_of = self.review
        self.draw()

    def mark(self) -> None:
        self._stepped_out_of = None
        self.see_to_marking()

    def on_screen_resume(self) -> None:
        """What lay above has closed: go on marking, if it was that and not the marking itself."""
        self.see_to_marking()

    def say(self, message: str, *, error: bool = False) -> None:
        if self.marking is None:
            super().say(message, error=error)
        else:
            self.said = True
            self.marking.say(message, error=error)

    def _news_of(self, review: AnyReview) -> str:
        """What is said once in a sitting: what a text of the slice is, or that answers start with what was learned.

        On a text that hides what all say it is said each time, since what is hidden is to be added.
        """
        if review.sliced is None:
            return self._news_of_learning(review) or self._offer_of_places(review)
        if review.hides_agreed:
            how = self.drawing.how_to_add(self.key_of)
            said = "the model says" if review.is_open_text else "all models say"
            return f"{SLICE_SIGN} a random text: it measures, what {said} is hidden: {how}"
        if self._told_of_slice:
            return ""
        self._told_of_slice = True
        return (
            f"{SLICE_SIGN} a random text: it measures, nothing is suggested; settle and confirm each {row_word(review)}"
        )

    def _news_of_learning(self, review: AnyReview) -> str:
        """What is said once, when answers of this sitting begin to start with something else; else ""."""
        if not review.rests_on:
            self._began_left = True
        elif self._began_left and not self._told_of_learning:
            self._told_of_learning = True
            if self.marking is not None:
                return self.marking.news_of_proposals
            signs = " ".join(sign for _, sign in reversed(STRENGTHS))
            return f"answers now start with what earlier ones make likely: {signs}; {self.key_of('help')} explains"
        return ""

    def _offer_of_places(self, review: AnyReview) -> str:
        """What is said once, at a very long text: that there is another way to go through it; else ""."""
        if self._told_of_places or not self.session.offers_places or not is_very_long(review):
            return ""
        self._told_of_places = True
        return "a very long text: review --by place gives one difference at a time, in a window"

    def _tell_order(self, before: AnyOrder, whole: QueueFilter) -> None:
        """Say it if the sitting has taken another order than `before`, or queue, by itself: that happens once."""
        session = self.session
        if session.whole != whole:
            if whole == OPEN:
                self.say("two models have read texts by now: where they differ comes next; status:open finds the rest")
            self.show_queue()
        elif session.evidence is None and session.order is not before:
            self.say(f"a model has read texts by now: from the next one on the order is {session.order.told}")
            self.show_queue()
        elif session.evidence is not None and session.order is not before:
            self.say(
                f"from the next example on the order is {session.order.told}, "
                f"which {session.evidence.answers} answers taught; {self.key_of('order')} changes it"
            )
            self.show_queue()

    async def _look_for_more(self) -> None:
        if self.review is None:
            await self.refresh_progress()

    async def refresh_progress(self) -> None:
        """Take in what other processes did: new counts, and the first example where there was none."""
        if self._counting:
            return
        self._counting = True
        try:
            order, whole = self.session.order, self.session.whole
            if await self.tiebreak.jobs.run(self.session.keep_up):
                self.tiebreak.finder.share = self.session.share
            before, self.progress = self.progress, await self.count()
            following = await self.tiebreak.jobs.run(self.session.next) if self._may_follow else None
        except TiebreakError as error:
            self.complain(error)
            return
        finally:
            self._counting = False
        if self.review is None and following is not None:  # still: a key may have opened one meanwhile
            self.open(following)
        elif self.review is None:
            self.text_view.show(TextState(self.nothing_left, newline=" "))
        elif before is not None and (before.left, before.runs) != (self.progress.left, self.progress.runs):
            self.show_queue()
        self._tell_order(order, whole)
        self._draw_header()
        self.tell_error()
        self.tiebreak.see_to_learner()

    @property
    def _may_follow(self) -> bool:
        """Whether nothing is on screen, and the store may have an example by now, or another reason why not."""
        if self.review is not None or self.progress is None:
            return False
        if self.session.nothing_left.elsewhere:  # which are left, answered or free by now
            return True
        return bool(self.progress.left or (self.progress.engines and self.session.queue.only_status))

    def draw(self) -> None:
        """Draw the example, unless it is marked on the screen above: what is drawn below has all of that drawn anew."""
        self._draw_header()
        if self.marking is not None:
            return
        self.draw_footer()
        review = self.review
        if review is None:
            self.text_view.show(TextState(self.nothing_left, newline=" "))
            self.difference_list.show((), 0)
            self.category_bars.show((), "")
            for bar in (self.rule, self.answer, self.labels):
                bar.show(Text())
            self.share_room()
            return
        drawn = self.drawn(review)
        self.text_view.show(drawn.text)
        if self.drawing.has_bars:
            self.category_bars.show(drawn.bars, drawn.bar)
        self.difference_list.show(drawn.differences, drawn.focus, self.no_rows)
        self.rule.show(self.legend(review))
        self.answer.show(drawn.answer)
        self.show_labels(self.session.labels, self.key_of("type_label"), self.drawing.label_rows)
        self.share_room()

    def drawn(self, review: AnyReview) -> Drawn:
        """What the widgets show of the review."""
        drawn = self.drawing.draw(review, self.palette, self.answer_room, self.short_labels(self.session.labels))
        return replace(drawn, text=replace(drawn.text, only_focus=self.tiebreak.lanes_of_focus))

    def legend(self, review: AnyReview) -> Text:
        """The line between the text and the differences."""
        return legend_text(review, self._names(review), self.palette, self.column_width)

    @property
    def no_rows(self) -> str:
        accept, reject = self.key_of("accept"), self.key_of("reject")
        if self.session.options.adjudicate:
            return f"They chose the same, and differ on what it is: {accept} accepts it, {reject} rejects it."
        if self.review is not None and self.review.sliced is not None:
            return self.drawing.nothing_shown(self.key_of)
        names = {} if self.review is None else self._names(self.review)
        return self.drawing.no_rows(self.key_of, self.review, names)

    def _draw_header(self) -> None:
        disagreement = None
        if self.review is not None and self.review.item.differences and self.review.sliced is None:
            disagreement = self.review.item.score
        line = status_line(
            self.session,
            self.progress,
            disagreement,
            self.bar_width,
            self.trouble,
            self.review,
            self._short_names,
            begins=self.engine_begins,
        )
        (self if self.marking is None else self.marking).header.show(line)

    @property
    def _short_names(self) -> dict[str, str]:
        """How each predictor is called, in the line above the text and below it."""
        of_text = () if self.review is None else self.review.item.predictions
        of_store = () if self.progress is None else [name for name, _, _ in self.progress.runs]
        return short_names([*of_text, *of_store], self.column_width)

    def _names(self, review: AnyReview) -> dict[str, str]:
        names = shown_names(review, self._short_names, blind=self.hides_names)
        verdicts = {name: each.verdict for name, each in review.item.predictions.items() if each.verdict}
        return names | {name: f"{names[name]} ({verdict})" for name, verdict in verdicts.items()}

    async def answer_with(self, answer: AnswerValue) -> None:
        """Save the answer, and show the next example."""
        if self.review is None:
            return
        seconds = time.monotonic() - self.shown_at
        following = await self.tiebreak.jobs.run(
            self.session.answer, self.review, answer, seconds=seconds, keys=self.keys_pressed
        )
        self._count(-1)
        self.open(following)
        await self.nudge()

    def _count(self, change: int) -> None:
        """Keep `left` true between two counts of the store."""
        if self.progress is not None:
            self.progress = replace(self.progress, left=max(0, self.progress.left + change))

    async def do_accept(self) -> None:
        review = self.review
        if review is not None and self.refuses_open(review):
            return
        if review is not None and review.swapped:
            review.move(review.swapped[0] - review.focus)
            self.draw()
            self.say(f"two candidates are about as likely here: {self.key_of('confirm')} confirms what stands")
            return
        if review is not None and self.session.options.confirm_all and review.unconfirmed:
            count = f"{review.unconfirmed} of {review.row_count}"
            if not review.choices[review.focus].confirmed or review.move_unconfirmed(1):
                self.draw()
            one, every = self.key_of("confirm"), self.key_of("confirm_and_accept")
            what = f"{count} {row_word(review)}s"
            self.say(f"{what} are not confirmed (--confirm-all); {one} confirms one, {every} all of them")
            return
        await self.answer_with("accept")

    async def do_confirm_and_accept(self) -> None:
        if self.review is not None and not self.refuses_open(self.review):
            with self.review.one_step():
                self.review.confirm_all()
            await self.answer_with("accept")

    async def do_reject(self) -> None:
        await self.answer_with("reject")

    async def do_ignore(self) -> None:
        await self.answer_with("ignore")

    async def do_undo(self) -> None:
        review = self.review
        if review is None or not review.steps:
            await self.do_undo_answer()
            return
        before, outside, comes_back = review.choices, review.base, review.steps[-1].was_given_up
        review.take_back()
        self.draw()
        self.say(
            "the edit that was given up is back"
            if comes_back
            else taken_back_text(review, before, outside, self.drawing)
        )

    async def do_undo_answer(self) -> None:
        if self.review is not None:
            self.session.put_aside(self.review)
        review = await self.tiebreak.jobs.run(self.session.undo)
        if review is None or self.session.undone is None:
            self.say("nothing to take back: you have no answers in this store")
            return
        self._count(1)
        self.open(review)
        kept = "; what you chose on it since is kept" if review.steps else ""
        self.say(f"taken back: your newest answer, {self.session.undone.answer}; it is open again{kept}")

    async def do_skip(self) -> None:
        if self.review is not None:
            self.open(await self.tiebreak.jobs.run(self.session.skip, self.review))
            await self.nudge()

"""The review screen: the text, both readings, the list of differences, the answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, ParamSpec

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from tiebreak.core.queue.lookups import QueueProgress
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.tui.commands import REVIEW, bindings_of
from tiebreak.tui.jobs import run_latest
from tiebreak.tui.pages.review_text import legend_text
from tiebreak.tui.review.answering import Answering
from tiebreak.tui.review.bounds import Bounds
from tiebreak.tui.review.context import Context
from tiebreak.tui.review.counting import Counting
from tiebreak.tui.review.deciding import Deciding
from tiebreak.tui.review.editing import Editing
from tiebreak.tui.review.engine import EngineWatch
from tiebreak.tui.review.filtering import PANEL_FROM, PANEL_WIDTH, Filtering
from tiebreak.tui.review.keeping_up import REFRESH_SECONDS, WAITING_SECONDS, KeepingUp
from tiebreak.tui.review.marking import Marking
from tiebreak.tui.review.names import names_of, short_names_of
from tiebreak.tui.review.news import News
from tiebreak.tui.review.patterns import Patterns
from tiebreak.tui.review.reflecting import Reflecting
from tiebreak.tui.review.refusals import nothing_to_settle, refusals
from tiebreak.tui.review.row_layout import RowLayout
from tiebreak.tui.review.seen import Seen
from tiebreak.tui.review.settling import Settling
from tiebreak.tui.review.status_line import status_line
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.category_bars import CategoryBars
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.drawing import DrawnReview
from tiebreak.tui.widgets.drawings import drawing_of
from tiebreak.tui.widgets.example_list import ExampleRows
from tiebreak.tui.widgets.text_view import TextState, TextView

P = ParamSpec("P")


class ReviewScreen(CommandScreen[None]):
    """One example at a time. The controllers have its commands; this is what they show it on."""

    DEFAULT_CSS = """
    ReviewScreen > #chips { display: none; }
    ReviewScreen > #chips.shown { display: block; }
    ReviewScreen > #middle { height: 1fr; }
    ReviewScreen #column { width: 1fr; height: 100%; }
    ReviewScreen #rule { color: $foreground; background: $panel; }
    ReviewScreen > #middle > ExampleRows { display: none; width: 60; height: 100%; border-left: solid $panel; }
    """
    COMMANDS_HERE = REVIEW
    KEYMAP_NAME = "review"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(REVIEW)]
    GIVES_ANSWERS = True
    # The controllers that differ when a review goes place by place.
    ANSWERING: ClassVar[type[Answering]] = Answering
    SETTLING: ClassVar[type[Settling]] = Settling
    DECIDING: ClassVar[type[Deciding]] = Deciding
    EDITING: ClassVar[type[Editing]] = Editing
    ROW_LAYOUT: ClassVar[type[RowLayout]] = RowLayout

    def __init__(self, session: ReviewSession, review: AnyReview | None, notice: str = "") -> None:
        super().__init__()
        self.session = session
        self.review = review
        self.progress: QueueProgress | None = None
        self.drawing = drawing_of(session.task)
        self._notice = notice
        self.chips = TextBar("chips")
        self.rule = TextBar("rule")
        self.category_bars = CategoryBars()
        self.difference_list = DifferenceList()
        self.queue_panel = ExampleRows("queue")
        self._is_blank = False  # whether the screen shows that nothing is left
        self._add_controllers()

    def _add_controllers(self) -> None:
        bars = self.header, self.chips, self.rule, self.answer, self.message, self.footer
        self.seen = Seen(self)
        self.counting = Counting(self)
        self.engine = EngineWatch(self)
        self.context = Context(self)
        self.row_layout = self.ROW_LAYOUT(
            self, self.text_view, self.category_bars, self.difference_list, self.labels, bars
        )
        self.filtering = Filtering(self, self.counting, self.chips, self.queue_panel)
        self.patterns = Patterns(self, self.filtering)
        self.reflecting = Reflecting(self, self.filtering.go_through)
        self.answering = self.ANSWERING(self, self.seen, self.counting, self.reflecting)
        self.settling = self.SETTLING(self, self.answering)
        self.deciding = self.DECIDING(self, self.settling)
        self.bounds = Bounds(self, self.settling)
        self.marking = Marking(self, self.answering)
        self.editing = self.EDITING(self, self.settling, self.marking)
        self.news = News(self, self.marking)
        self.keeping_up = KeepingUp(self, self.counting, self.filtering, self.news, self.engine)

    @property
    def handlers(self) -> Sequence[object]:
        return (
            *(self.deciding, self.bounds, self.answering, self.editing, self.row_layout, self.filtering, self.patterns),
            *(self.context, self.reflecting, self.engine, self),
        )

    def compose(self) -> ComposeResult:
        yield from (self.header, self.chips)
        with Horizontal(id="middle"):
            with Vertical(id="column"):
                yield from (self.text_view, self.rule, self.category_bars, self.difference_list)
            yield self.queue_panel
        yield from self.lower_bars

    def on_mount(self) -> None:
        self.open(self.review)
        if self._notice:
            self.say(self._notice)
        self.set_interval(REFRESH_SECONDS, self.keeping_up.look)
        self.set_interval(WAITING_SECONDS, self.keeping_up.look_for_more)
        self.call_after_refresh(self.keeping_up.look)

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.filtering.show_queue)

    @on(events.Resize)
    @on(TextView.LaidOut)
    def _divide_rows(self) -> None:
        self.call_after_refresh(self.row_layout.divide)

    def on_screen_resume(self) -> None:
        """Go on marking, if a screen above has closed and it was not the marking itself."""
        self.marking.follow()

    async def on_difference_list_chosen(self, message: DifferenceList.Chosen) -> None:
        await self.editing.click_row(message)

    async def on_text_view_selected(self, message: TextView.Selected) -> None:
        await self.editing.click_text(message)

    def open(self, review: AnyReview | None) -> None:
        """Show `review`, or that nothing is left; and say what is wrong with its predictions, or new about it."""
        self.patterns.leave(self.review)
        self.review = review
        self.keys_pressed = 0
        self.seen.begin()
        self.marking.follow()
        self.draw()
        self.seen.await_paint()
        self.filtering.show_chips()
        self.filtering.show_queue()
        if review is not None:
            self.say(self.news.of(review))

    def begin_again(self) -> None:
        """Count time and keys on this example from now on: the introduction lay above it."""
        self.seen.begin()
        self.keys_pressed = 0
        self.seen.await_paint()

    async def action_do(self, name: str, key: str) -> None:
        if why := self.answering.why_passed_over(name, key, self.commands):
            self.say(why)
        elif name in (refused := self.refused) and not self.is_too_small:
            self.keys_pressed += 1
            self.say(refused[name])
        else:
            await super().action_do(name, key)

    def say(self, message: str, *, error: bool = False) -> None:
        if self.marking.screen is None:
            super().say(message, error=error)
        else:
            self.said = True
            self.marking.screen.say(message, error=error)

    @property
    def refused(self) -> Mapping[str, str]:
        return refusals(self)

    @property
    def switches(self) -> Sequence[tuple[str, Callable[[], None]]]:
        return self.settling.switches

    @property
    def shown_on(self) -> Screen[Any]:
        return self if self.marking.screen is None else self.marking.screen

    @property
    def text_begins(self) -> int:
        return 0

    @property
    def side_width(self) -> int:
        return self.context.side_width

    @property
    def column_width(self) -> int:
        return self.bar_width - (PANEL_WIDTH if self.app.size.width >= PANEL_FROM else 0)

    def fit(self) -> None:
        self.context.fit()
        super().fit()
        self.draw()

    async def put_beside(self, panel: Widget) -> None:
        await self.mount(panel)

    def in_background(
        self, group: str, call: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        run_latest(self, group, call, *args, **kwargs)

    def draw(self) -> None:
        """Draw the example, unless a screen above marks it: whatever is drawn below has all of that drawn again."""
        self.draw_header()
        if self.marking.screen is not None:
            return
        self.draw_footer()
        review = self.review
        if review is None:
            self._draw_nothing_left()
            return
        self._is_blank = False
        drawn = self.drawn(review)
        self.text_view.show(drawn.text)
        if self.drawing.has_bars:
            self.category_bars.show(drawn.bars, drawn.bar)
        self.difference_list.show(drawn.differences, drawn.focus, nothing_to_settle(self))
        self.rule.show(self.legend(review))
        self.answer.show(drawn.answer)
        self.show_labels(self.session.labels, self.key_of("type_label"), self.drawing.label_rows)
        self.row_layout.divide()

    def _draw_nothing_left(self) -> None:
        self.text_view.show(TextState(self.engine.nothing_left, newline=" "))
        if self._is_blank:
            return
        self._is_blank = True
        self.difference_list.show((), 0)
        self.category_bars.show((), "")
        for bar in (self.rule, self.answer, self.labels):
            bar.show(Text())
        self.row_layout.divide()

    def drawn(self, review: AnyReview) -> DrawnReview:
        """Return what the widgets show of the review."""
        drawn = self.drawing.draw(review, self.palette, self.answer_cells, self.short_labels(self.session.labels))
        return replace(drawn, text=replace(drawn.text, only_focus=self.tiebreak.lanes_of_focus))

    def legend(self, review: AnyReview) -> Text:
        """Return the line between the text and the differences."""
        return legend_text(review, names_of(self, review), self.palette, self.column_width)

    def draw_header(self) -> None:
        disagreement = None
        if self.review is not None and self.review.item.differences and self.review.sliced is None:
            disagreement = self.review.item.score
        line = status_line(
            self.session,
            self.progress,
            disagreement,
            self.bar_width,
            self.engine.trouble,
            self.review,
            short_names_of(self),
            begins=self.engine.begins,
        )
        (self.marking.screen or self).header.show(line)

"""How the text, the bars and the list share the rows of the review screen: each stands right under the one above."""

from __future__ import annotations

from textual import events, on
from textual.css.scalar import Scalar

from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.tui.review.finding import PANEL_FROM, FindingCommands
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.category_bars import CategoryBars
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.lines import set_height
from tiebreak.tui.widgets.text_view import TextView

QUEUE_WIDTH = 60  # cells of the queue, where it stands beside the text
_REST = Scalar.parse("1fr")


def list_rows(room: int, listed: int) -> int:
    """The rows that are the list's at least, of `room`: all `listed` up to a third of the room."""
    return max(min(listed, -(-room // 3)), 1)


def bars_rows(room: int, bars: int, text: int) -> int:
    """The rows for `bars` where they share `room` with a text of `text` rows: they give way to it, to half of it."""
    return min(bars, max(room - text, room // 2))


def _height(bar: TextBar) -> int:
    """The rows of a bar, before it is laid out, too."""
    height = bar.styles.height
    return 1 if height is None else int(height.value)


class SharedRoom(FindingCommands):
    """The text, the line under it, the bars of categories and the list of differences, one below the other."""

    def __init__(self, session: ReviewSession, review: AnyReview | None) -> None:
        super().__init__(session, review)
        self.rule = TextBar("rule")
        self.difference_list = DifferenceList()
        self.category_bars = CategoryBars()
        self.category_bars.display = self.drawing.has_bars
        self._shared_for: tuple[AnyReview, int, int, bool] | None = None  # what the next is of
        self._rows_given = 0  # to the text of that review

    @property
    def column_width(self) -> int:
        """Cells of the text and what stands under it."""
        return self.bar_width - (QUEUE_WIDTH if self.app.size.width >= PANEL_FROM else 0)

    @on(events.Resize)
    @on(TextView.LaidOut)
    def _share_anew(self) -> None:
        self.call_after_refresh(self.share_room)

    def share_room(self) -> None:
        """Give the text and the bars what they need, where there is room; and the list all that is left."""
        review = self.review
        if review is None:
            set_height(self.difference_list, 0)
            self.text_view.styles.height = _REST
            self._shared_for = None
            return
        count = self.category_bars.count
        if self.drawing.has_bars:
            self.labels.display = count < len(review.labels) and not self.has_class("low")
        room = self.app.size.height - sum(_height(each) for each in self._others if each.display)
        room = max(room - list_rows(room, self.rows_listed(review)), 1)
        wanted = self.text_view.rows_wanted(room)
        bars = bars_rows(room, count, wanted)
        set_height(self.category_bars, bars)
        set_height(self.text_view, self._not_less(review, max(min(wanted, room - bars), 1)))
        if self.difference_list.styles.height != _REST:
            self.difference_list.styles.height = _REST

    def do_lanes(self) -> None:
        """Show the lanes of the focused difference alone, or all again."""
        if self.review is None:
            return
        alone = self.tiebreak.lanes_of_focus = not self.tiebreak.lanes_of_focus
        self.draw()
        self.say("the lanes of the focused difference alone" if alone else "all lanes")

    def _not_less(self, review: AnyReview, rows: int) -> int:
        """The rows for the text: as long as it is on screen never fewer than before, so that the list stays in place.

        They may change as another difference comes into focus, where the lanes are those of one alone.
        """
        alone = self.tiebreak.lanes_of_focus
        shown = review, self.text_view.outer_size.width, self.app.size.height, alone
        if not alone or shown != self._shared_for:
            self._rows_given = 0
        self._shared_for = shown
        self._rows_given = max(rows, self._rows_given)
        return self._rows_given

    @property
    def _others(self) -> tuple[TextBar, ...]:
        """The bars above and below what shares the room, and the one in it."""
        return self.header, self.chips, self.rule, self.answer, self.labels, self.message, self.footer

    def rows_listed(self, review: AnyReview) -> int:
        """Rows that the list could use: one a difference, and if something was learned one for what it rests on."""
        return review.row_count + any(review.learned)

"""The rows of the review screen: how the text, the bars and the list below it share them."""

from __future__ import annotations

from collections.abc import Sequence

from textual.css.scalar import Scalar

from tiebreak.core.review.review import AnyReview
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.category_bars import CategoryBars
from tiebreak.tui.widgets.difference_list import DifferenceList
from tiebreak.tui.widgets.lines import set_height
from tiebreak.tui.widgets.text_view import TextView

LOW = 20  # rows; below that the answer and the labels give up rows
_REST = Scalar.parse("1fr")


def list_rows(room: int, listed: int) -> int:
    """Return the least rows of the list in `room`: all `listed` up to a third of the room."""
    return max(min(listed, -(-room // 3)), 1)


def bars_rows(room: int, bars: int, text: int) -> int:
    """Return the rows for `bars` in a `room` shared with a text of `text` rows: the text keeps up to half of it."""
    return min(bars, max(room - text, room // 2))


def _height(bar: TextBar) -> int:
    """Return the rows of a bar, before it is laid out, too."""
    height = bar.styles.height
    return 1 if height is None else int(height.value)


class RowLayout(Controller):
    """The rows of the text, the bars of categories and the list; the other bars above and below keep theirs."""

    def __init__(
        self,
        view: ReviewView,
        text_view: TextView,
        category_bars: CategoryBars,
        difference_list: DifferenceList,
        labels: TextBar,
        others: Sequence[TextBar],
    ) -> None:
        super().__init__(view)
        self.text_view = text_view
        self._category_bars = category_bars
        self._category_bars.display = view.drawing.has_bars
        self._difference_list = difference_list
        self._labels = labels
        self._others = others
        self._shared_for: tuple[AnyReview, int, int, bool] | None = None  # what the next line is about
        self._rows_given = 0  # to the text

    def divide(self) -> None:
        """Give the text and the bars the rows that they need, within the terminal; the list has the rest."""
        review = self.view.review
        if review is None:
            set_height(self._difference_list, 0)
            self.text_view.styles.height = _REST
            self._shared_for = None
            return
        count = self._category_bars.count
        if self.view.drawing.has_bars:
            self._labels.display = count < len(review.labels) and self.view.app.size.height >= LOW
        bars = [bar for bar in (self._labels, *self._others) if bar.display]
        room = self.view.app.size.height - sum(_height(bar) for bar in bars)
        room = max(room - list_rows(room, self.rows_listed(review)), 1)
        wanted = self.text_view.rows_wanted(room)
        rows = bars_rows(room, count, wanted)
        set_height(self._category_bars, rows)
        set_height(self.text_view, self._never_fewer(review, max(min(wanted, room - rows), 1)))
        if self._difference_list.styles.height != _REST:
            self._difference_list.styles.height = _REST

    def _never_fewer(self, review: AnyReview, rows: int) -> int:
        """Return the rows for the text: while it is on screen never fewer than before, so that the list stays in place.

        Another difference in focus may change them if only its lanes are drawn.
        """
        alone = self.view.tiebreak.lanes_of_focus
        shown = review, self.text_view.outer_size.width, self.view.app.size.height, alone
        if not alone or shown != self._shared_for:
            self._rows_given = 0
        self._shared_for = shown
        self._rows_given = max(rows, self._rows_given)
        return self._rows_given

    def rows_listed(self, review: AnyReview) -> int:
        """Return the rows that the list could use: its differences, and a row for the reason of what was learned."""
        return review.row_count + any(review.learned)

    def do_lanes(self) -> None:
        if self.view.review is None:
            return
        alone = self.view.tiebreak.lanes_of_focus = not self.view.tiebreak.lanes_of_focus
        self.view.draw()
        self.view.say("only the lanes of the focused difference" if alone else "all lanes")

    def do_fold(self) -> None:
        if self.view.review is not None:
            is_whole = self.text_view.toggle_folds()
            self.view.say("the whole text" if is_whole else "agreed stretches are folded")
            self.divide()

    def do_text_down(self) -> None:
        self._scroll(1)

    def do_text_up(self) -> None:
        self._scroll(-1)

    def _scroll(self, pages: int) -> None:
        self.text_view.scroll_rows(pages * max(self.text_view.size.height - 1, 1))

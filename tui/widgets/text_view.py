"""The text with every predictor's spans in a lane of its own under each line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tiebreak.core.records import Span, Spans
from tiebreak.tui.text.folding import Stretch, Stretches, describe_fold, fold
from tiebreak.tui.text.lanes import Piece, SpanIndex, lane_pieces
from tiebreak.tui.text.layout import TextLayout
from tiebreak.tui.text.render import letter_number
from tiebreak.tui.text.span_marks import AGREED, LIKELY, UNLIKELY, SpanMarks, lane_segments, text_segments
from tiebreak.tui.widgets.lines import LinesWidget

_WHEEL = 3  # rows; one step of the mouse wheel


@dataclass(frozen=True)
class TextState:
    """What the view draws: the text, each predictor's spans (the left one first), the answer, and the focus.

    `focus` is a stretch of code points, drawn in reverse; `newline` is drawn at the end of a line. `cursor` is the
    part of the focus that must be in sight, None for all of it. `places` are the bounds of the differences: a long
    text is folded away from them, and nowhere if there are none. A lane with the letter `=` shows each span in the
    stroke and colour of its source. `short` has the labels' short names. With `only_focus` the lanes show the focus
    alone.
    """

    text: str = ""
    lanes: Mapping[str, Spans] = field(default_factory=dict)
    answer: Spans = ()
    focus: tuple[int, int] | None = None
    lane_letters: Sequence[str] = ()
    proposals: Sequence[Spans] = ()  # of the predictors: the sources of the answer's spans
    newline: str = "⏎"
    cursor: tuple[int, int] | None = None
    places: Sequence[tuple[int, int]] = ()
    short: Mapping[str, str] = field(default_factory=dict)
    only_focus: bool = False

    @property
    def only(self) -> tuple[int, int] | None:
        """The stretch that the lanes show; None for the whole text."""
        return self.focus if self.only_focus else None


def _lanes_of(state: TextState) -> tuple[object, ...]:
    """Return everything that decides what the lanes show."""
    return state.lanes, state.proposals, state.short, state.only


class _Row(NamedTuple):
    """A row on the screen: a line of the text, a row of a lane under it, or folded lines (`pieces` None in both)."""

    sign: str = ""
    lane: str = ""  # the letter of the first predictor in it
    pieces: Sequence[Piece] | None = None


class TextView(LinesWidget):
    """Draws a TextState, and keeps the focus in sight.

    Each line of the text stands over the lanes of the predictors that have spans in it. Spans that all predictors have
    stand once, in a lane `=` below them. A lane for each predictor would take rows that a small terminal lacks.
    Predictors that agree on a whole line share a lane, under all their letters.
    """

    DEFAULT_CSS = """
    TextView { height: 1fr; }
    """

    class Selected(Message):
        """The mouse was pressed at the code point `anchor` and is now at `position`; `done`: it was let go.

        `mark` is the span of a lane that is there, and the number of the first predictor that has it.
        """

        def __init__(self, anchor: int, position: int, done: bool, mark: tuple[int, Span] | None = None) -> None:
            super().__init__()
            self.anchor = anchor
            self.position = position
            self.done = done
            self.mark = mark

    class LaidOut(Message):
        """The text is laid out in another width, so that it wants another number of rows."""

    def __init__(self) -> None:
        super().__init__()
        self._state = TextState()
        self._wanted: dict[int, int] = {}  # by a number of rows: how many of them the text takes
        self._marks = SpanMarks({}, (), ())
        self._layout = TextLayout("", 78)
        self._stretches = Stretches(1)
        self._rows: dict[int, list[_Row]] = {}  # of the stretches drawn so far
        self._top = (0, 0)  # the first stretch in sight, and the first row in it
        self._unfolded = False
        self._rows_for_labels = True
        self._answer = SpanIndex(())
        self._anchor: int | None = None

    def show(self, state: TextState) -> None:
        """Draw `state`, and lay out only what has changed."""
        before, self._state = self._state, state
        new_text = state.text != before.text or state.newline != before.newline
        new_lanes = new_text or _lanes_of(state) != _lanes_of(before)
        if new_text:
            self._unfolded = False
        if new_lanes or self._kept(before) != self._kept(state):
            self._wanted = {}
        if new_lanes:
            self._marks = SpanMarks(state.lanes, state.lane_letters, state.proposals, state.only)
        if state.answer != before.answer:
            self._answer = SpanIndex(state.answer)
        if new_text or self._layout.width != self._text_width:
            self._lay_out()
        elif new_lanes or self._kept(before) != self._kept(state):
            self._fold()
        self._scroll_to_focus()
        self.redraw(whole=new_text)

    def toggle_folds(self) -> bool:
        """Open or close the folds. Returns whether they are open now."""
        self._unfolded = not self._unfolded
        self._wanted = {}
        self._fold()
        self._scroll_to_focus()
        self.redraw()
        return self._unfolded

    def rows_wanted(self, most: int) -> int:
        """Return the rows that the text and its lanes take, at most `most`; it is folded only if it takes more."""
        if most not in self._wanted:
            everything, kept = Stretches(self._layout.line_count), self._kept_now
            ways = [everything, fold(self._layout, kept)] if kept else [everything]
            counts = (
                self._count(stretches, most, rows_for_labels=with_labels)
                for stretches in ways
                for with_labels in (True, False)
            )
            self._wanted[most] = next((count for count in counts if count <= most), most)
        return self._wanted[most]

    def _count(self, stretches: Stretches, most: int, *, rows_for_labels: bool) -> int:
        """Rows of the stretches; those beyond `most` are not counted to the end."""
        rows = 0
        for number in range(len(stretches)):
            rows += 1 + len([*self._lane_rows(stretches[number], rows_for_labels=rows_for_labels)])
            if rows > most:
                break
        return rows

    @property
    def has_folds(self) -> bool:
        """Whether something of the text is folded away."""
        return bool(self._stretches.folds)

    def scroll_rows(self, rows: int) -> None:
        """Scroll down by `rows`, or up if negative; the ends of the text stop it."""
        self._top = self._move(self._top, rows)
        self._top = min(self._top, self._last_top())
        self.redraw()

    def on_resize(self) -> None:
        if self._layout.width != self._text_width:
            self._lay_out()
            self.post_message(self.LaidOut())
        else:
            self._fold()
        self._scroll_to_focus()
        self.redraw()

    @property
    def _text_width(self) -> int:
        return max((self.outer_size.width or 80) - self._marks.margin - 1, 2)

    @property
    def layout_of_text(self) -> TextLayout:
        """Where each character stands."""
        return self._layout

    def lay_out_again(self) -> None:
        """Lay everything out again, with other widths of signs."""
        self._lay_out()
        self._scroll_to_focus()
        self.redraw(whole=True)

    def _lay_out(self) -> None:
        self._wanted = {}
        self._layout = TextLayout(self._state.text, self._text_width, self._state.newline)
        self._stretches, self._top = Stretches(self._layout.line_count), (0, 0)
        self._fold()

    def _kept(self, state: TextState) -> list[tuple[int, int]]:
        """Return the places that folding leaves in sight: differences, the annotator's own spans, the cursor."""
        if not state.places:
            return []
        known = self._marks.origins
        added = [(span.start, span.end) for span in state.answer if span not in known]
        here = [place for place in (state.focus, state.cursor) if place is not None and place not in state.places]
        return [*state.places, *added, *here]

    @property
    def _kept_now(self) -> list[tuple[int, int]]:
        return [] if self._unfolded else self._kept(self._state)

    def _fold(self) -> None:
        """Lay the stretches; if there is no room for all rows, with folds, and without rows that only have labels."""
        top = self._stretches[self._top[0]].first
        everything = Stretches(self._layout.line_count)
        kept = self._kept_now
        self._lay_stretches(everything, rows_for_labels=True)
        if self._last_top() > (0, 0):
            self._lay_stretches(everything, rows_for_labels=False)
        if self._last_top() > (0, 0) and kept:
            folded = fold(self._layout, kept)
            self._lay_stretches(folded, rows_for_labels=True)
            if self._last_top() > (0, 0):
                self._lay_stretches(folded, rows_for_labels=False)
        self._top = min((self._stretches.number_of(top), 0), self._last_top())

    def _lay_stretches(self, stretches: Stretches, *, rows_for_labels: bool) -> None:
        self._stretches = stretches
        self._rows = {}
        self._rows_for_labels = rows_for_labels

    def _rows_of(self, number: int) -> list[_Row]:
        """Return the rows of a stretch."""
        rows = self._rows.get(number)
        if rows is None:
            lanes = self._lane_rows(self._stretches[number], rows_for_labels=self._rows_for_labels)
            rows = self._rows[number] = [_Row(), *lanes]
        return rows

    def _lane_rows(self, stretch: Stretch, *, rows_for_labels: bool) -> Iterable[_Row]:
        if stretch.folded:
            return
        line = self._layout.line(stretch.first)
        for signs, spans in self._marks.lanes_of(line):
            strokes = partial(self._marks.stroke, signs[0], self.palette)
            lane = lane_pieces(
                self._layout, line, spans, strokes, rows_for_labels=rows_for_labels, short=self._state.short
            )
            for index, pieces in enumerate(lane):
                yield _Row(signs if index == 0 else "", signs[0], pieces)

    def _move(self, top: tuple[int, int], rows: int) -> tuple[int, int]:
        """Return the place `rows` rows from `top`, within the text."""
        number, row = top[0], top[1] + rows
        while row < 0 and number > 0:
            number -= 1
            row += len(self._rows_of(number))
        while number < len(self._stretches) - 1 and row >= len(self._rows_of(number)):
            row -= len(self._rows_of(number))
            number += 1
        return number, max(row, 0)

    def _last_top(self) -> tuple[int, int]:
        """Return the place from which the end of the text just fills the height."""
        last = len(self._stretches) - 1
        return self._move((last, len(self._rows_of(last))), -(self.outer_size.height or 1))

    def _scroll_to_focus(self) -> None:
        """Bring a focus out of sight to the top, so that the next differences are in sight, too."""
        place = self._state.cursor or self._state.focus
        if place is None:
            return
        first = self._stretches.number_of(self._layout.line_at(place[0]))
        last = self._stretches.number_of(self._layout.line_at(max(place[0], place[1] - 1)))
        height = self.outer_size.height or 1
        end = self._move((last, len(self._rows_of(last)) - 1), 0)
        bottom = self._move(self._top, height - 1)
        if self._top <= (first, 0) and (end <= bottom or self._top == (first, 0)):
            return
        before = (max(first - 1, 0), 0)
        with_context = end <= self._move(before, height - 1)
        self._top = min(before if with_context else (first, 0), self._last_top())

    def draw_lines(self, width: int, height: int) -> list[list[Segment]]:
        lines: list[list[Segment]] = []
        number, row = self._top
        while len(lines) < height and number < len(self._stretches):
            stretch = self._stretches[number]
            rows = [self._segments(stretch, each) for each in self._rows_of(number)[row : row + height - len(lines)]]
            lines += rows
            number, row = number + 1, 0
        return self._with_scroll_bar(lines, width, height)

    def _segments(self, stretch: Stretch, row: _Row) -> list[Segment]:
        margin = self._marks.margin
        line = self._layout.line(stretch.first)
        if row.pieces is not None:
            return lane_segments(row.sign, row.lane, row.pieces, self._state.focus, self._marks, self.palette)
        if stretch.folded:
            last = self._layout.line(stretch.end - 1)
            agreed = self._marks.everyones.starting(line.start, last.end)
            return [Segment(" " * margin), Segment(describe_fold(self._layout, stretch, agreed), Style(dim=True))]
        answer = self._answer.between(line.start, line.end)
        return [
            Segment(" " * margin),
            *text_segments(self._layout, line, answer, self._state.focus, self._marks, self.palette),
        ]

    def _with_scroll_bar(self, lines: list[list[Segment]], width: int, height: int) -> list[list[Segment]]:
        """Return the lines; if they are not the whole text, with their place in it at the right edge."""
        last_top = self._last_top()
        if last_top == (0, 0):
            return lines
        count = len(self._stretches)
        size = max(1, height * height // max(count, height + 1))
        share = self._top[0] / max(last_top[0], 1) if self._top < last_top else 1.0
        first = round((height - size) * share)
        bar = Style(dim=True)
        for y, line in enumerate(lines):
            filled = Segment.adjust_line_length(line, width - 1)
            lines[y] = [*filled, Segment("┃" if first <= y < first + size else " ", bar)]
        return lines

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.scroll_rows(_WHEEL)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scroll_rows(-_WHEEL)
        event.stop()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        number, _ = self._move(self._top, event.y)
        if self._stretches[number].folded:
            self.toggle_folds()
            self.post_message(self.LaidOut())
            return
        self._anchor = self._position_at(event.x, event.y)
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._anchor is not None:
            self.post_message(self.Selected(self._anchor, self._position_at(event.x, event.y), done=False))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._anchor is not None:
            self.release_mouse()
            position, mark = self._position_at(event.x, event.y), self._mark_at(event.x, event.y)
            self.post_message(self.Selected(self._anchor, position, done=True, mark=mark))
            self._anchor = None

    def _mark_at(self, x: int, y: int) -> tuple[int, Span] | None:
        """Return the span or label at a cell of a predictor's lane, with the predictor's number."""
        number, at = self._move(self._top, max(0, min(y, self.size.height - 1)))
        rows = self._rows_of(number)
        row = rows[at] if at < len(rows) else _Row()
        if row.pieces is None or row.lane in (AGREED, LIKELY, UNLIKELY):
            return None
        cell = x - self._marks.margin
        hit = (piece.span for piece in row.pieces if piece.first <= cell < piece.first + cell_len(piece.text))
        return next(((letter_number(row.lane), span) for span in hit), None)

    def _position_at(self, x: int, y: int) -> int:
        """Return the code point at a cell of the widget; for a cell in a lane, that of the line above."""
        y = max(0, min(y, self.size.height - 1))
        stretch = self._stretches[self._move(self._top, y)[0]]
        return self._layout.position_at(stretch.first, x - self._marks.margin)

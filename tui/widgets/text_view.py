"""The text with every predictor's spans in a lane of its own under each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tiebreak.core.records import Span, Spans
from tiebreak.tui.layout import Line, TextLayout, lane_rows, lane_segments
from tiebreak.tui.render import Palette, letter, origin_style, palette_of

_MARGIN = 2  # cells left of the text, for the letters of the lanes


@dataclass(frozen=True)
class TextState:
    """What the view draws: the text, each predictor's spans (the left one first), the answer, and where one is.

    `focus` is a stretch of code points, drawn in reverse; `newline` is drawn at the end of a line.
    `cursor` is what has to be in sight, where that is not all of the focus.
    """

    text: str = ""
    lanes: Mapping[str, Spans] = field(default_factory=dict)
    answer: Spans = ()
    focus: tuple[int, int] | None = None
    lane_letters: Sequence[str] = ()
    proposals: Sequence[Spans] = ()  # of the predictors, to tell where a span of the answer comes from
    newline: str = "⏎"
    cursor: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row on the screen: a line of the text (`lane` None), or one lane under it."""

    line: Line
    lane: int | None = None
    spans: tuple[Span, ...] = ()
    first: bool = True


class TextView(ScrollView, can_focus=False):
    """Draws a TextState, and scrolls to what is in focus."""

    DEFAULT_CSS = """
    TextView { height: 1fr; padding: 0; scrollbar-size-vertical: 1; overflow-x: hidden; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state = TextState()
        self._layout = TextLayout("", 78)
        self._rows: list[_Row] = []
        self._text_rows: list[int] = []

    def show(self, state: TextState) -> None:
        """Draw `state`; where only the focus or the answer is new, nothing is laid out again."""
        new_text = state.text != self._state.text
        new_lanes = new_text or state.lanes != self._state.lanes
        self._state = state
        if new_text:
            self._layout = TextLayout(state.text, self._text_width, state.newline)
            self.scroll_to(0, 0, animate=False, force=True, immediate=True)
        if new_lanes:
            self._lay_rows()
        self._scroll_to_focus()
        self.refresh()

    def on_resize(self) -> None:
        if self._layout.width != self._text_width:
            self._layout = TextLayout(self._state.text, self._text_width, self._state.newline)
            self._lay_rows()
            self.call_after_refresh(self._scroll_to_focus)
            self.refresh()

    @property
    def palette(self) -> Palette:
        return palette_of(self.app)

    @property
    def _text_width(self) -> int:
        return max((self.size.width or 80) - _MARGIN - 1, 2)

    def _lay_rows(self) -> None:
        lanes = [lane_rows(spans) for spans in self._state.lanes.values()]
        self._rows, self._text_rows = [], []
        for line in self._layout.lines:
            self._text_rows.append(len(self._rows))
            self._rows.append(_Row(line))
            for number, rows in enumerate(lanes):
                here = [tuple(span for span in row if span.start < line.end and line.start < span.end) for row in rows]
                for index, spans in enumerate(row for row in here if row):
                    self._rows.append(_Row(line, number, spans, index == 0))
        self.virtual_size = Size(self._text_width + _MARGIN, len(self._rows))

    def _scroll_to_focus(self) -> None:
        place = self._state.cursor or self._state.focus
        if place is None or not self._text_rows:
            return
        start, end = place
        first, last = self._layout.line_at(start), self._layout.line_at(max(start, end - 1))
        top = self._text_rows[first]
        bottom = self._text_rows[last + 1] if last + 1 < len(self._text_rows) else len(self._rows)
        height = min(bottom - top, self.size.height or 1)
        self.scroll_to_region(Region(0, top, 1, max(height, 1)), animate=False, force=True, immediate=True)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        number = y + int(self.scroll_offset.y)
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[number]
        segments = self._text_segments(row.line) if row.lane is None else self._lane_segments(row, row.lane)
        return Strip(segments).adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)

    def _text_segments(self, line: Line) -> list[Segment]:
        """The line cut at every bound of the focus and of the answer's spans."""
        state = self._state
        shown = self._layout.shown
        spans = [span for span in state.answer if span.start < line.end and line.start < span.end]
        bounds = {line.start, line.end, *(edge for span in spans for edge in span[:2]), *(state.focus or ())}
        edges = sorted(edge for edge in bounds if line.start <= edge <= line.end)
        segments = [Segment(" " * _MARGIN)]
        for start, end in pairwise(edges):
            style = Style.null()
            for span in spans:
                if span.start <= start and end <= span.end:
                    style += origin_style(span, state.proposals, self.palette)
            if state.focus is not None and state.focus[0] <= start and end <= max(state.focus[1], state.focus[0] + 1):
                style += Style(reverse=True)
            segments.append(Segment(shown[start:end], style))
        return segments

    def _lane_segments(self, row: _Row, number: int) -> list[Segment]:
        state = self._state
        sign = state.lane_letters[number] if number < len(state.lane_letters) else letter(number)
        segments = [Segment(f"{sign} " if row.first else "  ", self.palette.style(number, bold=True))]
        at = 0
        for first, stroke, span in lane_segments(self._layout, row.line, row.spans, self.palette.line(number)):
            agreed = bool(state.proposals) and all(span in spans for spans in state.proposals)
            style = Style(color=self.palette.agreed) if agreed else self.palette.style(number)
            if state.focus is not None and span.start < state.focus[1] and state.focus[0] < span.end:
                style += Style(bold=True)
            segments.append(Segment(" " * (first - at)))
            segments.append(Segment(stroke, style))
            at = first + sum(segment.cell_length for segment in segments[-1:])
        return segments

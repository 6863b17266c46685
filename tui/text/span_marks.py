"""The marking of spans: their lanes, strokes and colours, and the focus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tiebreak.core.records import Span, Spans
from tiebreak.tui.text.lanes import Piece, SpanIndex
from tiebreak.tui.text.layout import Line, TextLayout
from tiebreak.tui.text.render import Palette, letter, letter_number, origin_style, span_origins

LIKELY = "?"  # the sign of the lane of proposals that are likely right
UNLIKELY = "."  # the sign of the lane of proposals that are likely wrong
AGREED = "="  # the sign of the lane of agreed spans, or of the answer's
_LETTERS = 4  # letters at most, left of a lane that several predictors share
Place = tuple[int, int] | None


class SpanMarks:
    """The spans of a text by lane: all that follows from the lanes and the proposals alone.

    With `only`, a stretch of code points, the lanes have only the spans in it.
    """

    def __init__(
        self, lanes: Mapping[str, Spans], letters: Sequence[str], proposals: Sequence[Spans], only: Place = None
    ) -> None:
        self.origins = span_origins(proposals)
        agreed = frozenset(cast(Span, span) for span, origin in self.origins.items() if origin is None)
        signs = [*letters, *(letter(number) for number in range(len(letters), len(lanes)))]
        self.everyones = SpanIndex(agreed)
        self.lanes = {
            sign: SpanIndex(_at([span for span in spans if sign == AGREED or span not in agreed], only))
            for sign, spans in zip(signs, lanes.values(), strict=True)
        }
        self.lanes.setdefault(AGREED, self.everyones if only is None else SpanIndex(_at(agreed, only)))

    @property
    def margin(self) -> int:
        """Cells left of the text, for the letters of a lane: of all predictors but one, and a blank."""
        return min(max(len(self.lanes) - 1, 2), _LETTERS + 1)

    def lanes_of(self, line: Line) -> list[tuple[str, list[Span]]]:
        """Return the lanes that have spans in `line`; predictors with the same spans in all of it share a lane."""
        shared: dict[tuple[Span, ...], str] = {}
        for sign, index in self.lanes.items():
            if here := tuple(index.between(line.start, line.end)):
                shared[here] = shared.get(here, "") + sign
        return [(signs, [*spans]) for spans, signs in shared.items()]

    def stroke(self, sign: str, palette: Palette, span: Span) -> str:
        """Return the stroke of `span` in the lane `sign`."""
        if sign in (LIKELY, UNLIKELY):
            return sign
        number = self._number(sign, span)
        if number is None:
            return palette.agreed_line
        return palette.line(number) if number >= 0 else palette.human_line

    def style(self, sign: str, palette: Palette, span: Span) -> Style:
        """Return the colour of `span` in the lane `sign`."""
        if sign in (LIKELY, UNLIKELY):
            return Style(color=palette.human, dim=True)
        number = self._number(sign, span)
        if number is None:
            return Style(color=palette.agreed)
        return palette.style(number) if number >= 0 else Style(color=palette.human)

    def _number(self, sign: str, span: Span) -> int | None:
        """Return the number of the predictor that `span` is from; None: all predictors; -1: the annotator."""
        return self.origins.get(span, -1) if sign == AGREED else letter_number(sign)


def _at(spans: Iterable[Span], only: Place) -> Iterable[Span]:
    return spans if only is None else [span for span in spans if span.start < only[1] and only[0] < span.end]


def text_segments(
    layout: TextLayout, line: Line, answer: Sequence[Span], focus: Place, marks: SpanMarks, palette: Palette
) -> list[Segment]:
    """Return `line` with the spans of the answer, inner spans drawn over outer spans, and with the focus reversed."""
    size = line.end - line.start
    styles: list[Style | None] = [None] * size
    for span in answer:
        start, end = (max(position - line.start, 0) for position in layout.cluster(span.start, min(span.end, line.end)))
        styles[start:end] = [origin_style(span, marks.origins, palette)] * (min(end, size) - start)
    focused = [False] * size
    if focus is not None and focus[0] < line.end and line.start <= focus[1]:
        start, end = layout.cluster(focus[0], min(max(focus[1], focus[0] + 1), len(layout.text)))
        start, end = max(start - line.start, 0), min(end - line.start, size)
        focused[start:end] = [True] * max(end - start, 0)
    segments = []
    at = line.start
    for (style, reverse), run in groupby(zip(styles, focused, strict=True)):
        end = at + len([*run])
        plain = style or Style.null()
        segments.append(Segment(layout.draw(at, end), plain + Style(reverse=True) if reverse else plain))
        at = end
    return segments


def lane_segments(
    sign: str, lane: str, pieces: Sequence[Piece], focus: Place, marks: SpanMarks, palette: Palette
) -> list[Segment]:
    """Return one row of the lane `lane`, after `sign`; a focused stroke is bold and reversed, its label bold."""
    own = Style(color=palette.agreed) if lane in (AGREED, LIKELY, UNLIKELY) else palette.style(letter_number(lane))
    segments = [Segment(sign[: marks.margin - 1].ljust(marks.margin), own + Style(bold=True))]
    at = 0
    for first, text, span, is_stroke in pieces:
        style = marks.style(lane, palette, span)
        in_focus = focus is not None and span.start < focus[1] and focus[0] < span.end
        if in_focus and marks.origins.get(span, -1) is not None:
            style += Style(bold=True, reverse=is_stroke)
        segments += Segment(" " * (first - at)), Segment(text, style)
        at = first + cell_len(text)
    return segments

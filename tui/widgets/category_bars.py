"""The categories of an example, a row a label: each predictor's score as a bar, and which labels hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tiebreak.tui.text.render import fit, letter, visible
from tiebreak.tui.widgets.lines import LinesWidget

_MARKS = 7  # cells left of a label: focus, digit, state, whether it holds
_BARE = 7  # cells of a predictor without a bar: "A 0.83 "
_WITH_BAR = 16  # with a bar of some use: "A ━━━━━━━━━ 0.83 "
_LONGEST_BAR = 40


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """The prediction of one predictor for a label.

    `number` is the predictor's, 0 for the left one. `score` is 0..1, None if the predictor does not score the label.
    `holds` is its decision. `in_words`: its scores are only 0 and 1.
    """

    number: int
    score: float | None
    holds: bool
    in_words: bool

    @property
    def said(self) -> str:
        """The score as the bar shows it: `0.83`, or `yes` and `no`."""
        if self.score is None:
            return "–"
        return ("yes" if self.holds else "no") if self.in_words else f"{self.score:.2f}"


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One label. `digit` is the key that sets it, or "". `chosen`: it holds in the answer, drawn in `style`.

    `confirmed` is None if the predictors agree. `bars` are empty if the predictions are hidden.
    """

    label: str
    digit: str
    bars: Sequence[ScoreBar]
    chosen: bool
    confirmed: bool | None
    style: Style

    @property
    def is_proposed(self) -> bool:
        return any(bar.holds for bar in self.bars)

    @property
    def is_in_question(self) -> bool:
        """Whether the answer or a predictor has the label, or the predictions are hidden."""
        return self.chosen or self.confirmed is not None or self.is_proposed or not self.bars

    @property
    def is_against_all(self) -> bool:
        """Whether the answer differs from all predictors."""
        return self.confirmed is None and bool(self.bars) and self.chosen != self.is_proposed


class CategoryBars(LinesWidget):
    """Draws the rows, and keeps the focused label in sight. If not all fit, labels in dispute come first."""

    DEFAULT_CSS = """
    CategoryBars { height: 4; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[CategoryRow] = ()
        self._focus = ""

    @property
    def count(self) -> int:
        """How many rows there are to draw."""
        return len(self._rows)

    def show(self, rows: Sequence[CategoryRow], focus: str) -> None:
        """Draw `rows`, in the order of the digits, with the label `focus` marked."""
        self._rows, self._focus = rows, focus
        self.redraw()

    def _ordered(self, height: int) -> Sequence[CategoryRow]:
        """Return the rows in the order of drawing: if not all fit, labels in dispute first, then those that all
        predictors have."""
        if len(self._rows) <= height:
            return self._rows
        return sorted(self._rows, key=lambda row: (row.confirmed is None, not row.is_proposed))

    def draw_lines(self, width: int, height: int) -> list[list[Segment]]:
        rows = self._ordered(height)
        focused = next((number for number, row in enumerate(rows) if row.label == self._focus), 0)
        top = max(0, min(focused - height // 2, len(rows) - height))
        shown = rows[top : top + height]
        lines = [self._segments(row, width) for row in shown]
        for at, is_cut in ((0, top > 0), (-1, top + height < len(rows))):
            if is_cut and shown[at].label != self._focus:
                lines[at][0] = Segment("…", lines[at][0].style)
        return lines

    def _segments(self, row: CategoryRow, width: int) -> list[Segment]:
        palette, focused = self.palette, row.label == self._focus
        bold = Style(bold=focused)
        settled = Style(color=palette.agreed) if row.confirmed is not False else Style.null()
        agreed = "≠" if row.is_against_all else "=" if len(row.bars) > 1 else " "
        state = {None: agreed, True: "✓", False: "?"}[row.confirmed]
        name, share = self._widths(len(row.bars), width)
        quiet = Style(dim=not (focused or row.chosen or row.confirmed is not None))
        segments = [
            Segment("▶" if focused else " ", bold),
            Segment(f"{row.digit or ' '} ", Style(bold=True)),
            Segment(f"{state} ", bold + settled),
            Segment("● " if row.chosen else "○ ", row.style if row.chosen else quiet),
            Segment(fit(visible(row.label), name), (row.style if row.chosen else quiet) + bold),
            Segment(" "),
        ]
        for bar in row.bars:
            segments += self._bar_segments(bar, share, agreed=row.confirmed is None)
        return segments

    def _widths(self, count: int, width: int) -> tuple[int, int]:
        """Return the cells of a label's name and of each predictor, in a row of `width` cells."""
        longest = max([cell_len(visible(row.label)) for row in self._rows], default=0)
        room = width - _MARKS - 1
        name = min(longest, max(room - count * _WITH_BAR, min(room - count * _BARE, 18), 8))
        return name, max((room - name) // max(count, 1), _BARE)

    def _bar_segments(self, bar: ScoreBar, share: int, *, agreed: bool) -> list[Segment]:
        palette = self.palette
        style = palette.style(bar.number, bold=bar.holds, dim=not bar.holds)
        if agreed:
            style = Style(color=palette.agreed if bar.holds else None, dim=not bar.holds)
        said = bar.said
        if share >= _WITH_BAR + 4 and not bar.in_words and bar.score is not None:
            said = f"{said} {'yes' if bar.holds else 'no '}"
        size = min(share - len(f"{letter(bar.number)}   ") - max(len(said), 4), _LONGEST_BAR)
        segments = [Segment(f"{letter(bar.number)} ", palette.style(bar.number, bold=True))]
        if size >= 3:
            filled = min(round((bar.score or 0.0) * size), size)
            segments += [
                Segment(palette.line(bar.number) * filled, style),
                Segment("·" * (size - filled), Style(dim=True)),
                Segment(" "),
            ]
        used = sum(segment.cell_length for segment in segments)
        return [*segments, Segment(fit(said, max(share - used, 1)), style)]

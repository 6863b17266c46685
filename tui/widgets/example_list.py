"""Examples in rows: score or value, differences, answers, text. A list of a million draws only the rows in sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tiebreak.core.records import ExampleRow
from tiebreak.tui.text.render import SLICE_SIGN, fit, palette_of, visible
from tiebreak.tui.text.values import value_cells

_KIND_WORDS = {"missing": "miss", "boundary": "bound"}
_WITH_ANSWERS = 100  # columns; from there on the rows have the answers, too


def row_segments(
    row: ExampleRow, width: int, *, current: bool, with_value: bool, agreed: str | None, error: str | None
) -> list[Segment]:
    """Return one example in a line of `width` cells; the `current` one has an arrow and is bold.

    `with_value` puts its value in place of its score. A text of the slice that waits has neither, nor any differences,
    because it is reviewed blind.
    """
    if row.of_slice and not row.answers:
        row = replace(row, score=None, kinds=(), value=None)
    base = Style(bold=current)
    remark = "⚑" if row.flagged else "✎" if row.noted else ""
    signs = ("✓" if row.answers else "") + (SLICE_SIGN if row.of_slice else remark)
    score = value_cells(row.value) if with_value else "    –" if row.score is None else f"{row.score:5.2f}"
    kinds = ",".join(dict.fromkeys(_KIND_WORDS.get(kind, visible(kind)) for kind in row.kinds))
    segments = [
        Segment("▶" if current else " ", base),
        Segment(fit(signs, 2), base + Style(color=agreed if signs else None)),
        Segment("!" if row.failed else " ", base + Style(color=error if row.failed else None)),
        Segment(score, base),
        Segment(fit(f" {len(row.kinds) or ''} {kinds}", 14), base + Style(dim=not current)),
    ]
    used = 18 + len(score)
    if width >= _WITH_ANSWERS:
        answers = " ".join(f"{answer} {annotator}" for annotator, answer in row.answers)
        segments.append(Segment(fit(f" {visible(answers)}", 20), base + Style(dim=not current)))
        used += 20
    return [*segments, Segment(fit(" " + visible(row.text[:width]), max(width - used, 1)), base)]


class ExampleRows(Widget, can_focus=False):
    """A few rows, the current one marked; without rows, the sentence `empty`."""

    DEFAULT_CSS = """
    ExampleRows { height: 8; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.with_values = False
        self._rows: Sequence[ExampleRow] = ()
        self._current: int | None = None
        self._empty = ""

    def show(self, rows: Sequence[ExampleRow], current: int | None = None, empty: str = "") -> None:
        """Draw `rows`; the one of the example `current` is marked."""
        self._rows, self._current, self._empty = rows, current, empty
        self.refresh()

    @property
    def texts(self) -> list[str]:
        return [row.text for row in self._rows]

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        palette = palette_of(self.app)
        segments: list[Segment] = []
        if y < len(self._rows):
            row = self._rows[y]
            current = row.id == self._current
            segments = row_segments(
                row,
                width,
                current=current,
                with_value=self.with_values,
                agreed=palette.agreed,
                error=palette.error,
            )
        elif y == 0:
            segments = [Segment(f" {visible(self._empty)}", Style(dim=True))]
        return Strip(segments).adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)


class ExampleList(Widget, can_focus=False):
    """A list of `count` rows that draws those in sight. `Wanted` asks for the examples that it does not know yet."""

    DEFAULT_CSS = """
    ExampleList { height: 1fr; }
    """

    @dataclass
    class Wanted(Message):
        """The rows from `first` to before `end` are in sight, and not all of them known."""

        first: int
        end: int

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ExampleList.Wanted)

    @dataclass
    class Opened(Message):
        """The row was clicked."""

        row: int

    def __init__(self) -> None:
        super().__init__()
        self.with_values = False
        self.count = 0
        self.cursor = 0
        self._top = 0
        self._rows: Mapping[int, ExampleRow] = {}
        self._empty = ""

    def show(self, count: int, rows: Mapping[int, ExampleRow], cursor: int, empty: str = "") -> None:
        """Draw another list, with the cursor in the middle."""
        self.count, self._rows, self._empty = count, rows, empty
        self.cursor = max(0, min(cursor, count - 1))
        self._top = self.cursor - self.size.height // 2
        self.move(0)

    def take_rows(self, rows: Mapping[int, ExampleRow]) -> None:
        """Draw the examples known by now."""
        self._rows = rows
        self.refresh()

    def move(self, step: int) -> None:
        """Move the cursor, and the rows in sight with it."""
        height = max(self.size.height, 1)
        self.cursor = max(0, min(self.cursor + step, self.count - 1))
        self._look_from(max(self.cursor - height + 1, min(self._top, self.cursor)))

    def _look_from(self, top: int) -> None:
        height = max(self.size.height, 1)
        self._top = max(0, min(top, self.count - height))
        end = min(self._top + height, self.count)
        if any(number not in self._rows for number in range(self._top, end)):
            self.post_message(self.Wanted(self._top, end))
        self.refresh()

    @property
    def page(self) -> int:
        return max(self.size.height - 1, 1)

    def on_resize(self) -> None:
        self.move(0)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if (row := self._top + event.y) < self.count:
            self.post_message(self.Opened(row))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        palette = palette_of(self.app)
        number = self._top + y
        row = self._rows.get(number)
        segments: list[Segment] = []
        current = number == self.cursor
        if row is not None and number < self.count:
            segments = row_segments(
                row,
                width,
                current=current,
                with_value=self.with_values,
                agreed=palette.agreed,
                error=palette.error,
            )
        elif number < self.count:
            segments = [Segment("▶ …" if current else "  …", Style(dim=True))]
        elif y == 0:
            segments = [Segment(f"  {self._empty}", Style(dim=True))]
        style = self.rich_style + Style(reverse=current and self.count > 0)
        return Strip(segments).adjust_cell_length(width, style).apply_style(style)

"""The commands that move the cursor, and select."""

from __future__ import annotations

from tiebreak.tui.edit.view import EditController, EditView
from tiebreak.tui.text.drawn_lines import column_of, line_away, line_ends
from tiebreak.tui.text.layout import TextLayout

LINE_MOVES = ("up", "down", "extend_up", "extend_down")


class Cursor(EditController):
    """Moves by token, word, line and text."""

    def __init__(self, view: EditView) -> None:
        super().__init__(view)
        self._column: int | None = None  # the cell that moves by line keep to

    def before(self, name: str) -> None:
        """Prepare for a command: moves by line keep to a column until another command comes."""
        if name not in LINE_MOVES:
            self._column = None

    def do_left(self) -> None:
        self._move(-1)

    def do_right(self) -> None:
        self._move(1)

    def do_extend_left(self) -> None:
        self.view.editor.move(-1, extend=True)

    def do_extend_right(self) -> None:
        self.view.editor.move(1, extend=True)

    def do_word_left(self) -> None:
        self.view.editor.move_by_word(-1, extend=self.view.selecting)

    def do_word_right(self) -> None:
        self.view.editor.move_by_word(1, extend=self.view.selecting)

    def do_extend_word_left(self) -> None:
        self.view.editor.move_by_word(-1, extend=True)

    def do_extend_word_right(self) -> None:
        self.view.editor.move_by_word(1, extend=True)

    def do_up(self) -> None:
        self._move_line(-1, extend=self.view.selecting)

    def do_down(self) -> None:
        self._move_line(1, extend=self.view.selecting)

    def do_extend_up(self) -> None:
        self._move_line(-1, extend=True)

    def do_extend_down(self) -> None:
        self._move_line(1, extend=True)

    def do_line_start(self) -> None:
        self._go_to(self._line_ends()[0])

    def do_line_end(self) -> None:
        self._go_to(self._line_ends()[1])

    def do_text_start(self) -> None:
        self._move(-len(self.view.editor.units))

    def do_text_end(self) -> None:
        self._move(len(self.view.editor.units))

    def do_select(self) -> None:
        self.view.selecting = not self.view.selecting
        self._move(0)

    def do_characters(self) -> None:
        self.view.editor.toggle_characters()

    def _move(self, units: int) -> None:
        self.view.editor.move(units, extend=self.view.selecting)

    def _go_to(self, position: int) -> None:
        self.view.editor.move_to(position, extend=self.view.selecting)

    @property
    def _drawn(self) -> TextLayout:
        return self.view.text_view.layout_of_text

    def _line_ends(self) -> tuple[int, int]:
        return line_ends(self._drawn, self.view.editor.units, self.view.editor.cursor)

    def _move_line(self, step: int, *, extend: bool) -> None:
        editor = self.view.editor
        if self._column is None:
            self._column = column_of(self._drawn, editor.units, editor.cursor)
        position = line_away(self._drawn, editor.units, editor.cursor, step, self._column)
        if position is None:
            self.view.say("this is the last line" if step > 0 else "this is the first line")
        else:
            editor.move_to(position, extend=extend)

"""A screen with a cursor in one text: moving it, selecting, and finding text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual import events

from tiebreak.core.records import Spans, Token
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.text.occurrences import find
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.prompt import FindScreen
from tiebreak.tui.text.drawn_lines import column_of, line_away, line_ends
from tiebreak.tui.text.layout import TextLayout

LINE_MOVES = ("up", "down", "extend_up", "extend_down")


class TextSelected(Protocol):
    """What the text view says while the mouse is dragged over it: code points, and whether the button is up again."""

    anchor: int
    position: int
    done: bool


class CursorScreen(CommandScreen[Spans | None]):
    """Moves the cursor of `editor`; `places` are the differences of the text, in its order."""

    def __init__(self, editor: SpanEditor, places: Sequence[Token]) -> None:
        super().__init__()
        self.editor = editor
        self.places = places
        self.matches: list[Token] = []
        self.selecting = False
        self._column: int | None = None  # the cell that moves by line keep to

    def draw(self) -> None:
        """Draw what the editor holds."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.draw)

    async def action_do(self, name: str, key: str) -> None:
        if name not in LINE_MOVES:
            self._column = None
        await super().action_do(name, key)
        if self.is_current:
            self.draw()

    def on_text_view_selected(self, message: TextSelected) -> None:
        """The mouse was dragged over the text, or clicked on it."""
        if message.anchor == message.position:
            self.editor.move_to(message.position)
        else:
            self.editor.select(message.anchor, message.position)
        self.selecting = False
        self.draw()

    def do_left(self) -> None:
        self.editor.move(-1, extend=self.selecting)

    def do_right(self) -> None:
        self.editor.move(1, extend=self.selecting)

    def do_extend_left(self) -> None:
        self.editor.move(-1, extend=True)

    def do_extend_right(self) -> None:
        self.editor.move(1, extend=True)

    def do_word_left(self) -> None:
        self.editor.move_by_word(-1, extend=self.selecting)

    def do_word_right(self) -> None:
        self.editor.move_by_word(1, extend=self.selecting)

    def do_extend_word_left(self) -> None:
        self.editor.move_by_word(-1, extend=True)

    def do_extend_word_right(self) -> None:
        self.editor.move_by_word(1, extend=True)

    def do_up(self) -> None:
        self._move_line(-1, self.selecting)

    def do_down(self) -> None:
        self._move_line(1, self.selecting)

    def do_extend_up(self) -> None:
        self._move_line(-1, True)

    def do_extend_down(self) -> None:
        self._move_line(1, True)

    def do_line_start(self) -> None:
        self.editor.move_to(self._line_ends()[0], extend=self.selecting)

    def do_line_end(self) -> None:
        self.editor.move_to(self._line_ends()[1], extend=self.selecting)

    def do_text_start(self) -> None:
        self.editor.move(-len(self.editor.units), extend=self.selecting)

    def do_text_end(self) -> None:
        self.editor.move(len(self.editor.units), extend=self.selecting)

    def do_select(self) -> None:
        self.selecting = not self.selecting
        self.editor.move(0, extend=self.selecting)

    @property
    def _drawn(self) -> TextLayout:
        return self.text_view.layout_of_text

    def _line_ends(self) -> tuple[int, int]:
        return line_ends(self._drawn, self.editor.units, self.editor.cursor)

    def _move_line(self, step: int, extend: bool) -> None:
        editor = self.editor
        if self._column is None:
            self._column = column_of(self._drawn, editor.units, editor.cursor)
        position = line_away(self._drawn, editor.units, editor.cursor, step, self._column)
        if position is None:
            self.say("this is the last line" if step > 0 else "this is the first line")
        else:
            editor.move_to(position, extend=extend)

    def do_next(self) -> None:
        self._move_span(1)

    def do_previous(self) -> None:
        self._move_span(-1)

    def _move_span(self, step: int) -> None:
        self.selecting = False
        if not self.editor.move_to_span(step):
            self.say("there are no spans yet; a digit labels what is under the cursor")

    def do_next_difference(self) -> None:
        self._move_difference(1)

    def do_previous_difference(self) -> None:
        self._move_difference(-1)

    def _move_difference(self, step: int) -> None:
        index = self.editor.next_place(self.places, step)
        if index is None:
            self.say("the models do not differ here")
        else:
            self.go_to_place(index)

    def go_to_place(self, index: int) -> None:
        """Move the cursor to one of the places."""
        self.editor.move_to(self.places[index][0], extend=self.selecting)

    async def do_find(self) -> None:
        """Ask for text, and go to its first place after the cursor while it is typed."""
        editor = self.editor
        before, origin = self.matches, (editor.cursor, editor.anchor, editor.has_selection)

        def look(typed: str) -> str:
            editor.cursor, editor.anchor, editor.has_selection = origin
            self.matches = find(editor.text, typed)
            said = self._go_to_match(1) if typed.strip() else ""
            self.draw()
            return said

        def found(typed: str | None) -> None:
            self.keys_pressed += screen.keys_pressed
            if typed is None:
                self.matches = before
                editor.cursor, editor.anchor, editor.has_selection = origin
            elif typed.strip():
                following, previous = self.key_of("next_match"), self.key_of("previous_match")
                keys = f"{following}: next match, {previous}: previous, a digit labels it"
                self.say(keys if self.matches else f"not found: {typed}")
            self.draw()

        screen = FindScreen(look)
        await self.app.push_screen(screen, found)

    def do_next_match(self) -> None:
        self._look_on(1)

    def do_previous_match(self) -> None:
        self._look_on(-1)

    def _look_on(self, step: int) -> None:
        nothing = f"nothing was found; {self.key_of('find')} finds text"
        self.say(self._go_to_match(step) if self.matches else nothing)

    def _go_to_match(self, step: int) -> str:
        """Select the next or previous match, and say which it is."""
        index = self.editor.next_place(self.matches, step)
        if index is None:
            return "not in this text"
        start, end = self.matches[index]
        self.selecting = False
        self.editor.select(start, end - 1)
        return f"match {index + 1} of {len(self.matches)}"

"""The commands that find words in the text of an edit."""

from __future__ import annotations

from tiebreak.core.records import Token
from tiebreak.core.text.occurrences import find
from tiebreak.tui.edit.view import EditController, EditView
from tiebreak.tui.screens.prompt import FindScreen


class Search(EditController):
    """Finds text, and goes from match to match."""

    def __init__(self, view: EditView) -> None:
        super().__init__(view)
        self._matches: list[Token] = []

    def forget(self) -> None:
        """Forget the matches: another text is edited."""
        self._matches = []

    async def do_find(self) -> None:
        """Ask for text, and go to its first place after the cursor at each letter."""
        view, editor = self.view, self.view.editor
        before, origin = self._matches, (editor.cursor, editor.anchor, editor.has_selection)

        def look(typed: str) -> str:
            editor.cursor, editor.anchor, editor.has_selection = origin
            self._matches = find(editor.text, typed)
            outcome = self._go_to_match(1) if typed.strip() else ""
            view.draw()
            return outcome

        def found(typed: str | None) -> None:
            view.keys_pressed += screen.keys_pressed
            if typed is None:
                self._matches = before
                editor.cursor, editor.anchor, editor.has_selection = origin
            elif typed.strip():
                following, previous = view.key_of("next_match"), view.key_of("previous_match")
                keys = f"{following}: next match, {previous}: previous, a digit labels it"
                view.say(keys if self._matches else f"not found: {typed}")
            view.draw()

        screen = FindScreen(look)
        await view.app.push_screen(screen, found)

    def do_next_match(self) -> None:
        self._look_on(1)

    def do_previous_match(self) -> None:
        self._look_on(-1)

    def _look_on(self, step: int) -> None:
        nothing = f"nothing found yet; {self.view.key_of('find')} searches the text"
        self.view.say(self._go_to_match(step) if self._matches else nothing)

    def _go_to_match(self, step: int) -> str:
        """Select the next (1) or previous (-1) match; return which one it is, in words."""
        index = self.view.editor.next_place(self._matches, step)
        if index is None:
            return "not in this text"
        start, end = self._matches[index]
        self.view.selecting = False
        self.view.editor.select(start, end - 1)
        return f"match {index + 1} of {len(self._matches)}"

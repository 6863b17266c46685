"""The commands that jump to the next span or difference."""

from __future__ import annotations

from tiebreak.core.review.edit_place import go_to_difference
from tiebreak.tui.edit.view import NO_SPANS, EditController


class Jumps(EditController):
    """Jumps from span to span, and from difference to difference."""

    def do_next(self) -> None:
        self.to_span(1)

    def do_previous(self) -> None:
        self.to_span(-1)

    def to_span(self, step: int) -> None:
        """Go to the next (1) or previous (-1) span."""
        self.view.selecting = False
        if not self.view.editor.move_to_span(step):
            self.view.say(NO_SPANS)

    def do_next_difference(self) -> None:
        self._to_difference(1)

    def do_previous_difference(self) -> None:
        self._to_difference(-1)

    def _to_difference(self, step: int) -> None:
        index = self.view.editor.next_place(self.view.places, step)
        if index is None:
            self.view.say("the models do not differ here")
        else:
            self.to_place(index)

    def to_place(self, index: int) -> None:
        """Go to the spans that stand at a difference; if there are none, select the words that it is about."""
        view = self.view
        if view.selecting:
            view.editor.move_to(view.places[index][0], extend=True)
        else:
            go_to_difference(view.editor, view.review, index)

"""The commands that change the spans of an edit."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.review.editing import MERGE_REACH
from tiebreak.tui.edit.view import NO_SPAN, EditController
from tiebreak.tui.screens.choose_label import ChooseLabelScreen
from tiebreak.tui.screens.prompt import LetterScreen, no_word
from tiebreak.tui.text.render import describe_spans, shorten
from tiebreak.tui.text.values import counted


class SpanEdits(EditController):
    """Gives labels, moves bounds, splits, merges, deletes and undoes."""

    def do_label(self, key: str) -> None:
        names = self.view.names
        if int(key) > len(names):
            self.view.say(f"there is no label {key}")
        else:
            self.label(names[int(key) - 1])

    async def do_label_by_name(self) -> None:
        view = self.view
        if not view.names:
            view.say("this store has no labels yet")
            return

        def chosen(label: str | None) -> None:
            view.keys_pressed += screen.keys_pressed
            if label is not None:
                self.label(label)
            view.draw()

        editor = view.editor
        start, end = editor.current[:2] if editor.current and not editor.has_selection else editor.selection
        screen = ChooseLabelScreen(view.names, f"Label of {shorten(editor.text[start:end], 24)}")
        await view.app.push_screen(screen, chosen)

    def label(self, label: str) -> None:
        """Give a label to what is selected, else to the span or the word under the cursor."""
        key = self.view.key_of("characters")
        refusal = f"white space alone cannot be labelled; by characters ({key}) it can"
        self._edited(self.view.editor.label(label), refusal)

    def do_delete(self) -> None:
        self._edited(self.view.editor.delete(), NO_SPAN)

    def do_end_right(self) -> None:
        self._edited(self.view.editor.move_end(1), self._of_span("the span ends where the text does"))

    def do_end_left(self) -> None:
        self._edited(self.view.editor.move_end(-1), self._of_span(self._nothing_left))

    def do_start_right(self) -> None:
        self._edited(self.view.editor.move_start(1), self._of_span(self._nothing_left))

    def do_start_left(self) -> None:
        self._edited(self.view.editor.move_start(-1), self._of_span("the span begins where the text does"))

    async def do_start_to(self) -> None:
        await self._ask_letter("The start", self.view.editor.move_start_to)

    async def do_end_to(self) -> None:
        await self._ask_letter("The end", self.view.editor.move_end_to)

    async def _ask_letter(self, bound: str, move: Callable[[str], bool]) -> None:
        """Ask for a letter; move the bound of the span or of the selection to the nearest word that begins with it."""
        view, screen = self.view, LetterScreen(bound)

        def typed(letter: str | None) -> None:
            view.keys_pressed += screen.keys_pressed
            if letter is not None:
                view.take_here()
                self._edited(move(letter), no_word(letter))
            view.draw()

        await view.app.push_screen(screen, typed)

    @property
    def _nothing_left(self) -> str:
        return f"nothing would be left of the span; {self.view.key_of('delete')} deletes it"

    def do_split(self) -> None:
        refusal = "the span begins here; first move to where its second part should begin"
        self._edited(self.view.editor.split(), self._of_span(refusal))

    def do_merge(self) -> None:
        if self.view.editor.has_selection:
            self._edited(self.view.editor.merge(), "the selection touches fewer than two spans")
        else:
            way = f"select from one to the other, then {self.view.key_of('merge')}"
            refusal = f"no span within {MERGE_REACH} tokens after this one; {way}"
            self._edited(self.view.editor.merge(), self._of_span(refusal))

    def do_label_same(self) -> None:
        current = self.view.editor.current
        labelled, in_the_way = self.view.editor.label_same()
        if current is None:
            self.view.say(NO_SPAN)
            return
        span = describe_spans(self.view.editor.text, (current,), 30)
        left = f"; {in_the_way} left alone, where other spans overlap" if in_the_way else ""
        self.view.say((f"{span}: {labelled} more" if labelled else f"{span}: nothing more to label") + left)

    def do_delete_same(self) -> None:
        deleted = self.view.editor.delete_same()
        self.view.say(
            f"{counted(deleted, 'span')} deleted; {self.view.key_of('undo')} undoes that" if deleted else NO_SPAN
        )

    def do_redo(self) -> None:
        if not self.view.editor.redo():
            self.view.say("nothing to redo")

    def _of_span(self, refusal: str) -> str:
        """Return `refusal`, or that no span is here."""
        editor = self.view.editor
        return refusal if editor.current is not None or editor.has_selection else NO_SPAN

    def _edited(self, is_done: object, refusal: str) -> None:
        """Say why nothing changed, or which spans gave way to the change."""
        editor = self.view.editor
        self.view.selecting = False
        if not is_done:
            self.view.say(refusal)
        elif editor.displaced:
            gave_way = describe_spans(editor.text, editor.displaced[:3], 20)
            self.view.say(f"gave way: {gave_way}; back when the span shrinks, or with {self.view.key_of('undo')}")

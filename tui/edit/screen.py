"""Edit mode: the spans of one example, token by token, with the keyboard alone or the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.records import Spans, Token
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.commands import EDIT, Command, bindings_of
from tiebreak.tui.edit.cursor import Cursor
from tiebreak.tui.edit.jumps import Jumps
from tiebreak.tui.edit.readings import Readings
from tiebreak.tui.edit.search import Search
from tiebreak.tui.edit.spans import SpanEdits
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.text.render import answer_text, first_in_sight, letter, shorten, visible
from tiebreak.tui.text.span_marks import AGREED
from tiebreak.tui.widgets.text_view import TextState, TextView


def _editor_of(review: SpanReview, tokens: Sequence[Token], at: int) -> tuple[SpanEditor, list[Token]]:
    """Return the editor of a review, with the cursor at `at`, and the bounds of its differences."""
    editor = SpanEditor(review.item.example.text, tokens, review.marks, review.task, at)
    return editor, [(difference.start, difference.end) for difference in review.differences]


class EditScreen(CommandScreen[Spans | None]):
    """Returns the edited spans, or None if the annotator gives the edit up. `editor.spans` is the edit as it stands.

    It begins at the difference in focus, or with the words `selected` by the mouse (code points, as dragged).
    `accepts`: the answer is to be accepted with them. `passes_over` says why a key may not do that yet, "" if it may.
    """

    COMMANDS_HERE: ClassVar[Sequence[Command]] = EDIT
    KEYMAP_NAME = "edit"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(EDIT)]
    # The controllers that differ in marking.
    JUMPS: ClassVar[type[Jumps]] = Jumps
    SPAN_EDITS: ClassVar[type[SpanEdits]] = SpanEdits

    def __init__(
        self,
        review: SpanReview,
        tokens: Sequence[Token],
        labels: Sequence[str],
        selected: tuple[int, int] | None = None,
        passes_over: Callable[[str, str, Sequence[Command]], str] = lambda name, key, commands: "",
    ) -> None:
        super().__init__()
        self.review = review
        self.places: Sequence[Token] = ()
        self.editor, self.places = _editor_of(review, tokens, 0)
        self.names = labels
        self.selecting = False
        self.accepts = False
        self._passes_over = passes_over
        self._proposals = tuple(review.proposals.values())
        self.cursor = Cursor(self)
        self.jumps = self.JUMPS(self)
        self.search = Search(self)
        self.span_edits = self.SPAN_EDITS(self)
        self.readings = Readings(self)
        if selected is not None:
            self.editor.select(*selected)
        elif review.differences:
            self.jumps.to_place(review.focus)

    def take_up(self, review: SpanReview, at: int) -> None:
        """Edit another text from here on."""
        self.editor, self.places = _editor_of(review, review.tokens, at)
        self.review = review
        self._proposals = tuple(review.proposals.values())
        self.search.forget()
        self.selecting = False

    @property
    def handlers(self) -> Sequence[object]:
        return self.cursor, self.jumps, self.search, self.span_edits, self.readings, self

    def compose(self) -> ComposeResult:
        yield from (self.header, self.text_view, *self.lower_bars)

    def on_mount(self) -> None:
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.draw)

    def on_text_view_selected(self, message: TextView.Selected) -> None:
        """Move the cursor to a click, or select what the mouse was dragged over."""
        if message.anchor == message.position:
            self.editor.move_to(message.position)
        else:
            self.editor.select(message.anchor, message.position)
        self.selecting = False
        self.draw()

    def draw(self) -> None:
        editor, lanes = self.editor, self.review.lanes
        self.header.show(self.edit_header())
        letters = [letter(number) for number, name in enumerate(self.review.item.predictions) if name in lanes]
        self.draw_spans(
            TextState(
                editor.text,
                {**lanes, "": editor.spans},
                editor.spans,
                editor.selection,
                (*letters, AGREED),
                self._proposals,
                cursor=editor.units[editor.cursor],
                short=self.short_labels(self.names),
            )
        )

    def draw_spans(self, state: TextState) -> None:
        """Draw the text, the labels and the answer."""
        editor, current = self.editor, self.editor.current
        self.show_labels(self.names, self.key_of("label_by_name"))
        self.text_view.show(state)
        first = first_in_sight(editor.spans, (current.start, current.end) if current else None, self.answer_cells)
        self.answer.show(answer_text(editor.text, editor.spans, state.proposals, self.palette, current, first))

    def edit_header(self) -> Text:
        """Return the line of the mode: the unit, the selection or the span under the cursor, the difference."""
        editor, current = self.editor, self.editor.current
        unit = "character" if editor.by_characters else "token"
        start, end = editor.selection
        header = Text.assemble((f" {self.KEYMAP_NAME.upper()} ", "bold reverse"), f" by {unit}s · ")
        if editor.has_selection:
            count = abs(editor.cursor - editor.anchor) + 1
            header.append(
                f"{'selecting' if self.selecting else 'selected'} {count} {unit}{'s' * (count > 1)}: ", "bold"
            )
            header.append(shorten(editor.text[start:end], 40))
        elif current is not None:
            header.append(f"{visible(current.label)} ", "bold")
            header.append(shorten(editor.text[current.start : current.end], 40))
        else:
            header.append(f"{shorten(editor.text[start:end], 40)} (no span)")
        here = [number for number, place in enumerate(self.places, 1) if place[0] < end and start < place[1]]
        if here:
            header.append(f" · difference {here[0]} of {len(self.places)}", "dim")
        return header.append(f" · {len(editor.spans)} span{'s' * (len(editor.spans) != 1)}", "dim")

    def keep(self) -> None:
        self.review.replace_spans(self.editor.spans)

    def take_here(self) -> None:
        """Take nothing: edit mode proposes nothing under the cursor."""

    async def action_do(self, name: str, key: str) -> None:
        self.cursor.before(name)
        self.readings.before(name)
        if why := self._passes_over(name, key, self.commands):
            self.say(why)
            return
        await super().action_do(name, key)
        if self.is_current:
            self.draw()

    async def do_undo(self) -> None:
        if not self.editor.undo():
            self.say("nothing to undo in this edit")

    def do_done(self) -> None:
        self.dismiss(self.editor.spans)

    async def do_accept(self) -> None:
        self.accepts = True
        self.dismiss(self.editor.spans)

    def do_cancel(self) -> None:
        if self.editor.has_selection and self.keys_pressed > 1:  # else it is as edit mode began
            self.selecting = False
            self.editor.move(0)
            self.say(f"selection dropped; {self.key_of('cancel')} again gives the edit up")
        else:
            self.dismiss(None)

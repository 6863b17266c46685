"""Edit mode: the spans of one example, token by token, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.editing import SpanEditor
from tiebreak.core.records import Span, Spans, Token
from tiebreak.core.review import Review
from tiebreak.tui.commands import EDIT, bindings_of
from tiebreak.tui.render import answer_text, label_text, shorten, visible
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.widgets.text_view import TextState


class EditScreen(CommandScreen[Spans | None]):
    """Gives back the edited spans, or None where the edit was given up."""

    COMMANDS_HERE = EDIT
    PLACE = "edit"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(EDIT)]

    def __init__(self, review: Review, tokens: Sequence[Token], labels: Sequence[str], at: int) -> None:
        super().__init__()
        self.review = review
        self.names = labels
        self.editor = SpanEditor(review.item.example.text, tokens, review.spans, review.task, at)

    def compose(self) -> ComposeResult:
        yield from (self.header, self.text_view, *self.lower_bars)

    def on_mount(self) -> None:
        self.labels.show(label_text(self.names, self.app.size.width))
        self.draw()

    def draw(self) -> None:
        editor = self.editor
        predictions = {name: each.spans for name, each in self.review.item.predictions.items() if each.error is None}
        proposals = tuple(predictions.values())
        start, end = editor.selection
        self.header.show(
            Text.assemble(
                (" EDIT ", "bold reverse"),
                f" by {'characters' if editor.by_characters else 'tokens'} · ",
                shorten(editor.text[start:end], 40),
                f" {visible(editor.current.label)}" if editor.current else " (no span)",
            )
        )
        self.text_view.show(
            TextState(
                editor.text,
                {"answer": editor.spans},
                editor.spans,
                (start, end),
                ("=",),
                proposals,
                cursor=editor.units[editor.cursor],
            )
        )
        self.answer.show(answer_text(editor.text, editor.spans, proposals, self.palette, editor.current))

    def keep(self) -> None:
        self.review.replace_spans(self.editor.spans)

    async def action_do(self, name: str, key: str) -> None:
        await super().action_do(name, key)
        if self.is_current:
            self.draw()

    def do_left(self) -> None:
        self.editor.move(-1)

    def do_right(self) -> None:
        self.editor.move(1)

    def do_extend_left(self) -> None:
        self.editor.move(-1, extend=True)

    def do_extend_right(self) -> None:
        self.editor.move(1, extend=True)

    def do_first(self) -> None:
        self.editor.move(-len(self.editor.units))

    def do_last(self) -> None:
        self.editor.move(len(self.editor.units))

    def do_next(self) -> None:
        self.editor.move_to_span(1)

    def do_previous(self) -> None:
        self.editor.move_to_span(-1)

    def do_label(self, key: str) -> None:
        if int(key) > len(self.names):
            self.say(f"there is no label {key}")
        else:
            self.editor.label(self.names[int(key) - 1])

    def do_next_label(self) -> None:
        current: Span | None = self.editor.current
        if current is None:
            self.say("no span under the cursor; make one with a digit first")
            return
        known = current.label in self.names
        self.editor.label(self.names[(self.names.index(current.label) + 1) % len(self.names) if known else 0])

    def do_delete(self) -> None:
        self.editor.delete()

    def do_end_right(self) -> None:
        self.editor.move_end(1)

    def do_end_left(self) -> None:
        self.editor.move_end(-1)

    def do_start_right(self) -> None:
        self.editor.move_start(1)

    def do_start_left(self) -> None:
        self.editor.move_start(-1)

    def do_characters(self) -> None:
        self.editor.toggle_characters()

    def do_done(self) -> None:
        self.dismiss(self.editor.spans)

    def do_cancel(self) -> None:
        self.dismiss(None)

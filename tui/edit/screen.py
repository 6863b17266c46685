"""Edit mode: the spans of one example, token by token, with the keyboard alone or the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.records import Token
from tiebreak.core.review.edit_place import difference_here, go_to_difference, take_reading
from tiebreak.core.review.editing import MERGE_REACH, SpanEditor
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.commands import EDIT, Command, bindings_of
from tiebreak.tui.edit.cursor import CursorScreen
from tiebreak.tui.screens.choose_label import ChooseLabelScreen
from tiebreak.tui.screens.prompt import LetterScreen, no_word
from tiebreak.tui.text.marks import AGREED
from tiebreak.tui.text.readings import reading_letters
from tiebreak.tui.text.render import answer_text, describe_spans, first_in_sight, letter, shorten, visible
from tiebreak.tui.widgets.text_view import TextState

NO_SPAN = "no span under the cursor; a digit makes one"


def _editor_of(review: SpanReview, tokens: Sequence[Token], at: int) -> tuple[SpanEditor, list[Token]]:
    """The editor of a review, with the cursor at `at`, and the bounds of its differences."""
    editor = SpanEditor(review.item.example.text, tokens, review.marks, review.task, at)
    return editor, [(difference.start, difference.end) for difference in review.differences]


class EditScreen(CursorScreen):
    """Gives back the edited spans, or None where the edit was given up. `editor.spans` is the edit as it stands.

    It begins at the difference in focus, or with the words `selected` by the mouse (code points, as dragged).
    `accepts`: the answer is to be accepted with them. `passes_over` says why a key may not do that yet, "" if it may.
    """

    COMMANDS_HERE: ClassVar[Sequence[Command]] = EDIT
    PLACE = "edit"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(EDIT)]

    def __init__(
        self,
        review: SpanReview,
        tokens: Sequence[Token],
        labels: Sequence[str],
        selected: tuple[int, int] | None = None,
        passes_over: Callable[[str, str, Sequence[Command]], str] = lambda name, key, commands: "",
    ) -> None:
        super().__init__(*_editor_of(review, tokens, 0))
        self.accepts = False
        self._passes_over = passes_over
        self.review = review
        self.names = labels
        self.proposals = tuple(review.proposals.values())
        self._taken: tuple[int, str, int] | None = None  # the reading just taken: of which difference, by what, which
        if selected is not None:
            self.editor.select(*selected)
        elif review.differences:
            self.go_to_place(review.focus)

    def take_up(self, review: SpanReview, at: int) -> None:
        """Edit another text from here on."""
        self.editor, self.places = _editor_of(review, review.tokens, at)
        self.review = review
        self.proposals = tuple(review.proposals.values())
        self.matches = []
        self.selecting = False

    def compose(self) -> ComposeResult:
        yield from (self.header, self.text_view, *self.lower_bars)

    def draw(self) -> None:
        editor, lanes = self.editor, self.review.lanes
        self.header.show(self._header())
        letters = [letter(number) for number, name in enumerate(self.review.item.predictions) if name in lanes]
        self.show_labels(self.names, self.key_of("label_by_name"))
        self.text_view.show(
            TextState(
                editor.text,
                {**lanes, "": editor.spans},
                editor.spans,
                editor.selection,
                (*letters, AGREED),
                self.proposals,
                cursor=editor.units[editor.cursor],
                short=self.short_labels(self.names),
            )
        )
        current = editor.current
        first = first_in_sight(editor.spans, (current.start, current.end) if current else None, self.answer_room)
        self.answer.show(answer_text(editor.text, editor.spans, self.proposals, self.palette, current, first))

    def keep(self) -> None:
        self.review.replace_spans(self.editor.spans)

    def _header(self) -> Text:
        editor, current = self.editor, self.editor.current
        unit = "character" if editor.by_characters else "token"
        start, end = editor.selection
        header = Text.assemble((f" {self.PLACE.upper()} ", "bold reverse"), f" by {unit}s · ")
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

    def go_to_place(self, index: int) -> None:
        """Stand on what holds at a difference; where nothing does, select the words that it is about."""
        if self.selecting:
            super().go_to_place(index)
        else:
            go_to_difference(self.editor, self.review, index)

    def do_left_reading(self) -> None:
        self._take_reading("left_reading")

    def do_right_reading(self) -> None:
        self._take_reading("right_reading")

    def _take_reading(self, name: str) -> None:
        """Take a model's reading at the difference here, or the next one; again the next of three readings or more."""
        review, before = self.review, self._taken
        at = difference_here(self.editor, review) if before is None else before[0]
        if at is None:
            self.say(f"no difference here or after it; {self.key_of('previous_difference')} goes back to the last one")
            return
        readings, step = review.readings[at], 1 if name == "left_reading" else -1
        is_again = before is not None and before[1] == name and len(readings) > 2
        number = (before[2] + step) % len(readings) if before and is_again else (0 if step > 0 else len(readings) - 1)
        take_reading(self.editor, review, at, number)
        self.selecting = False
        self._taken = at, name, number
        numbers = {name: number for number, name in enumerate(review.item.predictions)}
        whose = reading_letters(review.differences[at], readings[number], numbers)
        which = f"reading {number + 1} of {len(readings)}, " if len(readings) > 2 else ""
        marks = readings[number].marks
        what = describe_spans(self.editor.text, marks, 40) if marks else "no span"
        self.say(f"{which}{whose or 'offered'}: {what}")

    def do_label(self, key: str) -> None:
        if int(key) > len(self.names):
            self.say(f"there is no label {key}")
        else:
            self._label(self.names[int(key) - 1])

    async def do_label_by_name(self) -> None:
        if not self.names:
            self.say("this store has no labels yet")
            return

        def chosen(label: str | None) -> None:
            self.keys_pressed += screen.keys_pressed
            if label is not None:
                self._label(label)
            self.draw()

        editor = self.editor
        start, end = editor.current[:2] if editor.current and not editor.has_selection else editor.selection
        screen = ChooseLabelScreen(self.names, f"Label of {shorten(editor.text[start:end], 24)}")
        await self.app.push_screen(screen, chosen)

    def _label(self, label: str) -> None:
        key = self.key_of("characters")
        self._edited(self.editor.label(label), f"white space alone cannot be labelled; by characters ({key}) it can")

    def do_delete(self) -> None:
        self._edited(self.editor.delete(), NO_SPAN)

    def do_end_right(self) -> None:
        self._edited(self.editor.move_end(1), self._of_span("the span ends where the text does"))

    def do_end_left(self) -> None:
        self._edited(self.editor.move_end(-1), self._of_span(self._nothing_left))

    def do_start_right(self) -> None:
        self._edited(self.editor.move_start(1), self._of_span(self._nothing_left))

    def do_start_left(self) -> None:
        self._edited(self.editor.move_start(-1), self._of_span("the span begins where the text does"))

    def take_here(self) -> None:
        """Take what is proposed under the cursor, where something is."""

    async def do_start_to(self) -> None:
        await self._ask_letter("The start", self.editor.move_start_to)

    async def do_end_to(self) -> None:
        await self._ask_letter("The end", self.editor.move_end_to)

    async def _ask_letter(self, what: str, move: Callable[[str], bool]) -> None:
        """Ask for a letter, and put a bound of the span, or of what is selected, at the nearest word with it."""
        screen = LetterScreen(what)

        def typed(letter: str | None) -> None:
            self.keys_pressed += screen.keys_pressed
            if letter is not None:
                self.take_here()
                self._edited(move(letter), no_word(letter))
            self.draw()

        await self.app.push_screen(screen, typed)

    @property
    def _nothing_left(self) -> str:
        return f"nothing would be left of the span; {self.key_of('delete')} deletes it"

    def do_split(self) -> None:
        refusal = "the span begins here; move to where its second part is to begin"
        self._edited(self.editor.split(), self._of_span(refusal))

    def do_merge(self) -> None:
        if self.editor.has_selection:
            self._edited(self.editor.merge(), "the selection touches fewer than two spans")
        else:
            way = f"select from one to the other, then {self.key_of('merge')}"
            refusal = f"no span within {MERGE_REACH} tokens after this one; {way}"
            self._edited(self.editor.merge(), self._of_span(refusal))

    def do_label_same(self) -> None:
        current = self.editor.current
        labelled, in_the_way = self.editor.label_same()
        if current is None:
            self.say(NO_SPAN)
            return
        what = describe_spans(self.editor.text, (current,), 30)
        left = f"; {in_the_way} left alone, where other spans overlap" if in_the_way else ""
        self.say((f"{what}: {labelled} more" if labelled else f"{what}: nothing more to label") + left)

    def do_delete_same(self) -> None:
        deleted = self.editor.delete_same()
        self.say(f"{deleted} deleted; {self.key_of('undo')} brings back" if deleted else NO_SPAN)

    async def do_undo(self) -> None:
        if not self.editor.undo():
            self.say("nothing to undo in this edit")

    def do_redo(self) -> None:
        if not self.editor.redo():
            self.say("nothing was undone")

    def do_characters(self) -> None:
        self.editor.toggle_characters()

    async def action_do(self, name: str, key: str) -> None:
        if name not in ("left_reading", "right_reading"):
            self._taken = None
        if why := self._passes_over(name, key, self.commands):
            self.say(why)
        else:
            await super().action_do(name, key)

    def do_done(self) -> None:
        self.dismiss(self.editor.spans)

    async def do_accept(self) -> None:
        self.accepts = True
        self.dismiss(self.editor.spans)

    def do_cancel(self) -> None:
        if self.editor.has_selection and self.keys_pressed > 1:  # else it is as edit mode began
            self.selecting = False
            self.editor.move(0)
            self.say(f"nothing is selected now; {self.key_of('cancel')} once more gives the edit up")
        else:
            self.dismiss(None)

    def _of_span(self, refusal: str) -> str:
        return refusal if self.editor.current is not None or self.editor.has_selection else NO_SPAN

    def _edited(self, done: object, refusal: str) -> None:
        """Say why nothing was done, or what gave way to what was."""
        self.selecting = False
        if not done:
            self.say(refusal)
        elif self.editor.displaced:
            gave_way = describe_spans(self.editor.text, self.editor.displaced[:3], 20)
            self.say(f"gave way: {gave_way}; back when the span shrinks, or with {self.key_of('undo')}")

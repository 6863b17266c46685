"""The spans on screen while a text is marked, and how each key changes them, by the rules of the real screens."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

from tiebreak.core.records import Span
from tiebreak.core.review.editing import SpanEditor

_OF_SPAN: Mapping[str, Callable[[SpanEditor], object]] = {  # keys that first take the proposal under the cursor
    "full_stop": lambda editor: editor.move_end(1),
    "comma": lambda editor: editor.move_end(-1),
    "greater_than_sign": lambda editor: editor.move_start(1),
    "less_than_sign": lambda editor: editor.move_start(-1),
    "asterisk": SpanEditor.label_same,
    "m": SpanEditor.merge,
}
TO_LETTER: Mapping[str, Callable[[SpanEditor, str], bool]] = {  # a letter is typed after these keys
    "left_parenthesis": SpanEditor.move_start_to,
    "right_parenthesis": SpanEditor.move_end_to,
}
_PLAIN: Mapping[str, Callable[[SpanEditor], object]] = {
    "D": SpanEditor.delete_same,
    "c": SpanEditor.toggle_characters,
    "left": lambda editor: editor.move(-1),
    "right": lambda editor: editor.move(1),
    "H": lambda editor: editor.move(-1, extend=True),
    "L": lambda editor: editor.move(1, extend=True),
    "B": lambda editor: editor.move_by_word(-1, extend=True),
    "W": lambda editor: editor.move_by_word(1, extend=True),
}


def commands_of(keys: Sequence[str]) -> list[str]:
    """Return the keys that are commands, without the letters typed after some of them."""
    return [key for at, key in enumerate(keys) if at == 0 or keys[at - 1] not in TO_LETTER]


class Standing:
    """The spans, the cursor, and the proposals, each with whether it is likely; edit mode has no proposals."""

    def __init__(
        self, editor: SpanEditor, labels: Sequence[str], proposals: Mapping[Span, bool], *, marks: bool
    ) -> None:
        self.editor = editor
        self.labels = labels
        self.marks = marks  # whether this is the screen that marks texts, rather than edit mode
        self._proposals = proposals
        self.dropped: frozenset[Span] = frozenset()

    @property
    def state(self) -> tuple[object, ...]:
        """A value that is equal for equal standings."""
        editor = self.editor
        return editor.spans, editor.cursor, editor.current, editor.has_selection, self.dropped

    @property
    def waiting(self) -> list[Span]:
        """The proposals that are neither taken nor dropped nor in the way of a span."""
        return [
            span for span in self._proposals if span not in self.dropped and not self._in_the_way(span, self.editor)
        ]

    @property
    def likely(self) -> list[Span]:
        """The waiting proposals that are taken together."""
        return [span for span in self.waiting if self._proposals[span]]

    @staticmethod
    def _in_the_way(span: Span, editor: SpanEditor) -> bool:
        overlaps = editor.task.allows_overlap
        return any(span == own or (not overlaps and span.overlaps(own)) for own in editor.spans)

    @property
    def here(self) -> Span | None:
        """The proposal under the cursor, if no span is there."""
        if self.editor.current is not None or self.editor.has_selection:
            return None
        start, end = self.editor.selection
        return next((span for span in self.waiting if span.start < end and start < span.end), None)

    def at(self, unit: int) -> Standing:
        """Return a copy with the cursor at the token `unit`."""
        moved = self._copy()
        moved.editor.move(unit - moved.editor.cursor)
        return moved

    def pressed(self, keys: Sequence[str]) -> Standing:
        """Return a copy after these keys; they must type no text."""
        after, pressed = self._copy(), iter(keys)
        for key in pressed:
            if key in TO_LETTER:
                after.to_letter(key, next(pressed))
            else:
                after.press(key)
        return after

    def labelled(self, label: str) -> Standing:
        """Return a copy in which the selection, span or proposal here has this label."""
        after = self._copy()
        after.label(label)
        return after

    def _copy(self) -> Standing:
        made = copy.copy(self)
        made.editor = copy.copy(self.editor)
        return made

    def press(self, key: str) -> None:
        if key.isdigit() and key != "0":
            self.label(self.labels[int(key) - 1])
        elif key == "d":
            self._drop()
        elif key in ("tab", "shift+tab"):
            self._to_span(1 if key == "tab" else -1)
        elif key == "enter":
            if (here := self.here) is not None:
                self.editor.add([here])
            self._go_on()
        elif key == "right_square_bracket":
            self.editor.add(self.likely)
        elif key in _OF_SPAN:
            if (here := self.here) is not None:
                self.editor.add([here])
            _OF_SPAN[key](self.editor)
        else:
            _PLAIN[key](self.editor)

    def to_letter(self, key: str, letter: str) -> None:
        if (here := self.here) is not None:
            self.editor.add([here])
        TO_LETTER[key](self.editor, letter)

    def label(self, label: str) -> None:
        if (here := self.here) is not None:
            self.editor.select(here.start, here.end - 1)
        self.editor.label(label)
        if here is not None and self.waiting:
            self._go_on()

    def _drop(self) -> None:
        if (here := self.here) is None:
            self.editor.delete()
            return
        self.dropped |= {here}
        if self.waiting:
            self._go_on()

    def _go_on(self) -> None:
        waiting = self.waiting
        index = self.editor.next_place([span[:2] for span in waiting], 1)
        if index is not None:
            self.editor.move_to(waiting[index].start)

    def _to_span(self, step: int) -> None:
        if not self.marks:
            self.editor.move_to_span(step)
            return
        places = sorted({span[:2] for span in (*self.editor.spans, *self.waiting)})
        index = self.editor.next_place(places, step)
        if index is not None:
            self.editor.move_to(places[index][0])

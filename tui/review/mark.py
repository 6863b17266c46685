"""Marking a text that no model has read: the cursor is in the text, and likely spans are proposed lightly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.records import AnswerValue
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.commands import MARK, bindings_of
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.answering import Answering
from tiebreak.tui.review.proposals import MarkedJumps, MarkedSpans, Proposals
from tiebreak.tui.review.view import ReviewView
from tiebreak.tui.text.likely import percent
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.text.span_marks import AGREED, LIKELY, UNLIKELY
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.text_view import TextState

PASSED_ON = ("skip", "flag", "inspect", "reflect", "engine", "quit")  # commands of the review, which lies below
_OF_SPAN = ("end_right", "end_left", "start_left", "start_right", "label_same", "split", "merge")


class MarkScreen(EditScreen, inherit_bindings=False):
    """Edits the spans of one text after the other, and answers. `rule` describes what is under the cursor.

    `view` is the screen of the review below, and `answering` answers its example.
    """

    COMMANDS_HERE = MARK
    KEYMAP_NAME = "mark"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(MARK)]
    GIVES_ANSWERS = True
    DEFAULT_CSS = """
    MarkScreen > #header { background: $panel; }
    MarkScreen > #rule { color: $foreground; background: $panel; }
    """
    JUMPS: ClassVar = MarkedJumps
    SPAN_EDITS: ClassVar = MarkedSpans

    def __init__(self, view: ReviewView, answering: Answering, review: SpanReview) -> None:
        super().__init__(review, review.tokens, view.session.labels, passes_over=answering.why_passed_over)
        self._view = view
        self._answering = answering
        self.rule = TextBar("rule")
        self.proposals = Proposals(self)
        self.take_up(review, 0)

    @property
    def handlers(self) -> Sequence[object]:
        return self.proposals, *super().handlers

    def compose(self) -> ComposeResult:
        yield from (self.header, self.text_view, self.rule, *self.lower_bars)

    def take_up(self, review: SpanReview, at: int) -> None:
        """Mark another text from here on, from its first proposal or `at`."""
        super().take_up(review, at)
        self.places = []  # nothing differs here
        self.names = self._view.session.labels
        self._steps_before = len(review.steps)  # which can be taken back from here
        self.proposals.take_up(review)

    def draw(self) -> None:
        editor, proposals = self.editor, self.proposals
        waiting, likely, here = proposals.waiting, proposals.likely, proposals.here
        self.rule.show(self._rule(len(waiting), len(likely)))
        lanes = {
            "answer": editor.spans,
            "likely": tuple(likely),
            "unlikely": tuple([span for span in waiting if span not in likely]),
        }
        focus = here[:2] if here is not None else editor.selection
        signs = (AGREED, LIKELY, UNLIKELY)
        cursor, short = editor.units[editor.cursor], self.short_labels(self.names)
        self.draw_spans(TextState(editor.text, lanes, editor.spans, focus, signs, (), cursor=cursor, short=short))

    def _rule(self, waiting: int, likely: int) -> Text:
        here = self.proposals.here
        if here is None:
            rule = self.edit_header()
        else:
            words = shorten(self.editor.text[here.start : here.end], 40)
            label = f"{visible(here.label)} {percent(self.proposals.probabilities[here])}"
            rule = Text.assemble((" MARK ", "bold reverse"), f" proposed: {words} ", (label, "bold"))
        if waiting:
            rule.append(f" · {waiting} proposed, {likely} likely", "dim")
        return rule

    @property
    def news_of_proposals(self) -> str:
        """The news when spans begin to be proposed."""
        take, drop = self.key_of("take"), self.key_of("delete")
        return f"from now on likely spans are proposed: {take} takes one, {drop} drops it"

    def keep(self) -> None:
        self.review.replace_spans(self.editor.spans)
        dropped = self.proposals.dropped
        for at, place in enumerate(self.review.readings):
            if not dropped.isdisjoint(place[-1].marks) and not self.review.choices[at].marks:
                self.review.choose(0, at=at)

    def take_here(self) -> None:
        self.proposals.take_here()

    async def action_do(self, name: str, key: str) -> None:
        passes_on = name in PASSED_ON and not self.is_too_small
        if passes_on and not self._answering.why_passed_over(name, key, self.commands):
            self._put_back()
            await self._view.action_do(name, key)
            return
        if name in _OF_SPAN:
            self.take_here()
        await super().action_do(name, key)

    def _put_back(self) -> None:
        """Put the edit into the review."""
        with self.review.one_step():
            self.keep()
        self._view.keys_pressed += self.keys_pressed
        self.keys_pressed = 0

    async def _answer(self, answer: AnswerValue) -> None:
        self._put_back()
        await self._answering.answer_with(answer)

    async def do_accept(self) -> None:
        await self._answer("accept")

    async def do_confirm_and_accept(self) -> None:
        self.editor.add(self.proposals.likely)
        await self._answer("accept")

    async def do_reject(self) -> None:
        await self._answer("reject")

    async def do_ignore(self) -> None:
        await self._answer("ignore")

    async def do_undo(self) -> None:
        if not self.proposals.undo_drop() and not self.editor.undo():
            self._put_back()
            await self._undo_earlier()

    async def _undo_earlier(self) -> None:
        """Take back the last step from before this marking, else the newest answer."""
        review, at = self.review, self.editor.units[self.editor.cursor][0]
        if not self._steps_before:
            await self._answering.do_undo_answer()
            return
        while len(review.steps) >= self._steps_before:
            review.take_back()
        self.take_up(review, at)
        self.say("taken back: your last change before you left this text")

    def do_out(self) -> None:
        if self.editor.has_selection:
            self.selecting = False
            self.editor.move(0)
        else:
            self._put_back()
            self.dismiss(None)

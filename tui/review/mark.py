"""Marking a text that no model has read: the cursor is in the text, and what was learned is proposed lightly."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.records import AnswerValue, Span, Spans
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.commands import MARK, bindings_of
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.answering import Answering
from tiebreak.tui.review.view import ReviewView
from tiebreak.tui.text.likely import percent
from tiebreak.tui.text.marks import AGREED, LIKELY, UNLIKELY
from tiebreak.tui.text.render import answer_text, first_in_sight, shorten, visible
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.text_view import TextState

NOTHING_MORE = "nothing more is proposed here"
LEAST_LIKELY = 0.5  # probability
_PASSED_ON = ("skip", "flag", "inspect", "reflect", "engine", "quit")  # commands of the review, which lies below
_OF_SPAN = ("end_right", "end_left", "start_left", "start_right", "label_same", "split", "merge")


class MarkScreen(EditScreen, inherit_bindings=False):
    """Edits the spans of one text after the other, and answers; `rule` says what is under the cursor.

    A proposal is no span before it is taken, and none any more once it was dropped.
    """

    COMMANDS_HERE = MARK
    PLACE = "mark"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(MARK)]
    GIVES_ANSWERS = True
    DEFAULT_CSS = """
    MarkScreen > #header { background: $panel; }
    MarkScreen > #rule { color: $foreground; background: $panel; }
    """

    def __init__(self, view: ReviewView, answering: Answering, review: SpanReview) -> None:
        super().__init__(review, review.tokens, view.session.labels)
        self._view = view
        self._answering = answering
        self.rule = TextBar("rule")
        self.take_up(review, 0)

    def compose(self) -> ComposeResult:
        yield from (self.header, self.text_view, self.rule, *self.lower_bars)

    def take_up(self, review: SpanReview, at: int) -> None:
        """Mark another text from here on, from its first proposal or `at`."""
        super().take_up(review, at)
        self.places = []  # nothing differs here
        self.names = self._view.session.labels
        self._drops: list[tuple[int, list[Span]]] = []  # what was dropped at once, and after how many changes of spans
        self._earlier = len(review.steps)  # that were taken before, and can be taken back from here
        self._proposals = _proposals_of(review)
        if waiting := self.waiting:
            self.editor.move_to(waiting[0].start)

    @property
    def waiting(self) -> list[Span]:
        """What is proposed and neither taken nor dropped, nor in the way of a span."""
        gone = self._dropped
        taken = self.editor.spans
        overlaps = self.editor.task.allows_overlap
        return [
            span
            for span in self._proposals
            if span not in gone and not any(span == own or (not overlaps and span.overlaps(own)) for own in taken)
        ]

    @property
    def _dropped(self) -> set[Span]:
        return {span for _, spans in self._drops for span in spans}

    @property
    def likely(self) -> list[Span]:
        """What of that is rather right than wrong: what is taken together."""
        return [span for span in self.waiting if self._proposals[span] >= LEAST_LIKELY]

    @property
    def _here(self) -> Span | None:
        """The proposal under the cursor, if no span is."""
        if self.editor.current is not None or self.editor.has_selection:
            return None
        start, end = self.editor.selection
        return next((span for span in self.waiting if span.start < end and start < span.end), None)

    def draw(self) -> None:
        editor, waiting = self.editor, tuple(self.waiting)
        self.rule.show(self._rule(waiting))
        self.show_labels(self.names, self.key_of("label_by_name"))
        likely = tuple(self.likely)
        lanes = {
            "answer": editor.spans,
            "likely": likely,
            "unlikely": tuple([span for span in waiting if span not in likely]),
        }
        here = self._here
        focus = here[:2] if here is not None else editor.selection
        cursor = editor.units[editor.cursor]
        signs = (AGREED, LIKELY, UNLIKELY)
        self.text_view.show(
            TextState(
                editor.text, lanes, editor.spans, focus, signs, (), cursor=cursor, short=self.short_labels(self.names)
            )
        )
        current = editor.current
        first = first_in_sight(editor.spans, (current.start, current.end) if current else None, self.answer_room)
        self.answer.show(answer_text(editor.text, editor.spans, (), self.palette, current, first))

    def _rule(self, waiting: Spans) -> Text:
        here = self._here
        if here is None:
            rule = self._header()
        else:
            words = shorten(self.editor.text[here.start : here.end], 40)
            likely = f"{visible(here.label)} {percent(self._proposals[here])}"
            rule = Text.assemble((" MARK ", "bold reverse"), f" proposed: {words} ", (likely, "bold"))
        if waiting:
            rule.append(f" · {len(waiting)} proposed, {len(self.likely)} likely", "dim")
        return rule

    @property
    def news_of_proposals(self) -> str:
        """What is said once, when spans begin to be proposed."""
        take, drop = self.key_of("take"), self.key_of("delete")
        return f"what earlier answers make likely is proposed from now on: {take} takes one, {drop} drops it"

    def keep(self) -> None:
        self.review.replace_spans(self.editor.spans)
        for at, place in enumerate(self.review.readings):
            if not self._dropped.isdisjoint(place[-1].marks) and not self.review.choices[at].marks:
                self.review.choose(0, at=at)

    async def action_do(self, name: str, key: str) -> None:
        if why := self._answering.why_passed_over(name, key, self.commands):
            self.say(why)
        elif name in _PASSED_ON and not self.is_too_small:
            self._put_back()
            await self._view.action_do(name, key)
        else:
            if name in _OF_SPAN:
                self.take_here()
            await super().action_do(name, key)

    def take_here(self) -> None:
        if (here := self._here) is not None:
            self.editor.add([here])

    def _put_back(self) -> None:
        """Have the review hold what was done here."""
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
        self.editor.add(self.likely)
        await self._answer("accept")

    async def do_reject(self) -> None:
        await self._answer("reject")

    async def do_ignore(self) -> None:
        await self._answer("ignore")

    def do_take(self) -> None:
        if (here := self._here) is not None:
            self.editor.add([here])
        self._go_on()

    def _go_on(self) -> None:
        """Go to the next proposal, if there is one."""
        waiting = self.waiting
        index = self.editor.next_place([span[:2] for span in waiting], 1)
        if index is None:
            self.say(f"{NOTHING_MORE}; {self.key_of('accept')} accepts")
        else:
            self.editor.move_to(waiting[index].start)

    def do_take_all(self) -> None:
        if not self.editor.add(self.likely):
            waiting = len(self.waiting)
            self.say(f"{waiting} proposed, none likely: {self.key_of('take')} takes one" if waiting else NOTHING_MORE)

    def do_drop_all(self) -> None:
        waiting = self.waiting
        self._drop(waiting)
        self.say(f"{len(waiting)} dropped; {self.key_of('undo')} brings back" if waiting else NOTHING_MORE)

    def _drop(self, spans: list[Span]) -> None:
        if spans:
            self._drops.append((self.editor.changes, spans))

    def do_delete(self) -> None:
        here = self._here
        if here is None:
            super().do_delete()
            return
        self._drop([here])
        if self.waiting:
            self._go_on()

    def _label(self, label: str) -> None:
        here = self._here
        if here is not None:
            self.editor.select(here.start, here.end - 1)
        super()._label(label)
        if here is not None and self.waiting:
            self._go_on()

    def _move_span(self, step: int) -> None:
        self.selecting = False
        places = sorted({span[:2] for span in (*self.editor.spans, *self.waiting)})
        index = self.editor.next_place(places, step)
        if index is None:
            self.say("there are no spans yet; a digit labels what is under the cursor")
        else:
            self.editor.move_to(places[index][0])

    async def do_undo(self) -> None:
        if self._drops and self._drops[-1][0] >= self.editor.changes:
            self._drops.pop()
        elif not self.editor.undo():
            self._put_back()
            await self._undo_earlier()

    async def _undo_earlier(self) -> None:
        """Take back what was set before the marking began anew, else the newest answer."""
        review, at = self.review, self.editor.units[self.editor.cursor][0]
        if not self._earlier:
            await self._answering.do_undo_answer()
            return
        while len(review.steps) >= self._earlier:
            review.take_back()
        self.take_up(review, at)
        self.say("taken back: what was set last, before you came back here")

    def do_out(self) -> None:
        if self.editor.has_selection:
            self.selecting = False
            self.editor.move(0)
        else:
            self._put_back()
            self.dismiss(None)


def _proposals_of(review: SpanReview) -> dict[Span, float]:
    """What is proposed in the text and was not settled yet, each with its probability, in text order."""
    found: dict[Span, float] = {}
    for at, place in enumerate(review.places):
        if place.difference.is_offer and not review.choices[at].confirmed:
            for span in place.readings[-1].marks:
                likely = () if place.learned is None else place.learned.candidates
                found[span] = next((each.probability for each in likely if each.marks == (span,)), 0.0)
    return found

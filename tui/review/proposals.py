"""The spans that earlier answers make likely, while a text is marked: taking and dropping them."""

from __future__ import annotations

from typing import Protocol

from tiebreak.core.records import Span
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.edit.jumps import Jumps
from tiebreak.tui.edit.spans import SpanEdits
from tiebreak.tui.edit.view import NO_SPANS, EditController, EditView
from tiebreak.tui.text.values import counted

NOTHING_MORE = "nothing more is proposed here"
LEAST_LIKELY = 0.5  # probability; from here on a proposal is taken together with others


class Proposals(EditController):
    """The proposals of a text. None of them is a span before the annotator takes it, nor after it was dropped."""

    def __init__(self, view: EditView) -> None:
        super().__init__(view)
        self._drops: list[tuple[int, list[Span]]] = []  # spans dropped at once, and the number of edits before
        self.probabilities: dict[Span, float] = {}  # of all proposals, in text order

    def take_up(self, review: SpanReview) -> None:
        """Propose spans in another text, and go to the first."""
        self._drops = []
        self.probabilities = _proposals_of(review)
        if waiting := self.waiting:
            self.view.editor.move_to(waiting[0].start)

    @property
    def dropped(self) -> set[Span]:
        return {span for _, spans in self._drops for span in spans}

    @property
    def waiting(self) -> list[Span]:
        """The proposals that are neither taken nor dropped, nor in the way of a span."""
        dropped, taken = self.dropped, self.view.editor.spans
        overlaps = self.view.editor.task.allows_overlap
        return [
            span
            for span in self.probabilities
            if span not in dropped and not any(span == own or (not overlaps and span.overlaps(own)) for own in taken)
        ]

    @property
    def likely(self) -> list[Span]:
        """The proposals that are rather right than wrong, and taken together."""
        return [span for span in self.waiting if self.probabilities[span] >= LEAST_LIKELY]

    @property
    def here(self) -> Span | None:
        """The proposal under the cursor, if no span is there and nothing is selected."""
        editor = self.view.editor
        if editor.current is not None or editor.has_selection:
            return None
        start, end = editor.selection
        return next((span for span in self.waiting if span.start < end and start < span.end), None)

    def take_here(self) -> None:
        """Take the proposal under the cursor, if there is one."""
        if (here := self.here) is not None:
            self.view.editor.add([here])

    def drop(self, spans: list[Span]) -> None:
        """Drop proposals, as one step to undo."""
        if spans:
            self._drops.append((self.view.editor.changes, spans))

    def undo_drop(self) -> bool:
        """Propose the spans dropped last again; return False if an edit came after that."""
        if not self._drops or self._drops[-1][0] < self.view.editor.changes:
            return False
        self._drops.pop()
        return True

    def go_on(self) -> None:
        """Go to the next proposal, if there is one."""
        waiting = self.waiting
        index = self.view.editor.next_place([span[:2] for span in waiting], 1)
        if index is None:
            self.view.say(f"{NOTHING_MORE}; {self.view.key_of('accept')} accepts")
        else:
            self.view.editor.move_to(waiting[index].start)

    def do_take(self) -> None:
        self.take_here()
        self.go_on()

    def do_take_all(self) -> None:
        if not self.view.editor.add(self.likely):
            waiting, take = len(self.waiting), self.view.key_of("take")
            self.view.say(f"{waiting} proposed, none likely: {take} takes one" if waiting else NOTHING_MORE)

    def do_drop_all(self) -> None:
        waiting = self.waiting
        self.drop(waiting)
        undo = self.view.key_of("undo")
        self.view.say(f"{counted(len(waiting), 'proposal')} dropped; {undo} undoes that" if waiting else NOTHING_MORE)


class MarkView(EditView, Protocol):
    """The screen of a text that is marked."""

    proposals: Proposals


class MarkedSpans(SpanEdits):
    """Changes the spans; a label or a deletion under the cursor may be about a proposal."""

    view: MarkView

    def do_delete(self) -> None:
        proposals = self.view.proposals
        if (here := proposals.here) is None:
            super().do_delete()
            return
        proposals.drop([here])
        if proposals.waiting:
            proposals.go_on()

    def label(self, label: str) -> None:
        proposals = self.view.proposals
        if (here := proposals.here) is not None:
            self.view.editor.select(here.start, here.end - 1)
        super().label(label)
        if here is not None and proposals.waiting:
            proposals.go_on()


class MarkedJumps(Jumps):
    """Jumps from span to span; a proposal counts as one."""

    view: MarkView

    def to_span(self, step: int) -> None:
        editor = self.view.editor
        self.view.selecting = False
        places = sorted({span[:2] for span in (*editor.spans, *self.view.proposals.waiting)})
        index = editor.next_place(places, step)
        if index is None:
            self.view.say(NO_SPANS)
        else:
            editor.move_to(places[index][0])


def _proposals_of(review: SpanReview) -> dict[Span, float]:
    """Return the spans proposed in the text and not settled yet, each with its probability, in text order."""
    found: dict[Span, float] = {}
    for at, place in enumerate(review.places):
        if place.difference.is_offer and not review.choices[at].confirmed:
            for span in place.readings[-1].marks:
                likely = () if place.learned is None else place.learned.candidates
                found[span] = next((each.probability for each in likely if each.marks == (span,)), 0.0)
    return found

"""A sitting of one annotator: what comes next, saving answers, undoing them, and how far one is."""

from __future__ import annotations

import shlex
import time
import uuid
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiebreak.core.blind import shuffled
from tiebreak.core.category_review import CategoryReview
from tiebreak.core.compare.cats import decided
from tiebreak.core.queue_filter import DISAGREEING, Order, QueueFilter
from tiebreak.core.queue_walk import QueueWalk
from tiebreak.core.records import Answer, AnswerValue, Spans
from tiebreak.core.review import Review
from tiebreak.core.store import Store
from tiebreak.core.store.annotators import Place, read_place, save_place
from tiebreak.core.store.answers import accept_agreed, answer_of, save_answer, undo_last_answer
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.queue import queue_counts, queue_item
from tiebreak.core.store.remarks import remark_of, save_remark

_NOTHING_FILTERED = (
    "Nothing is left in this filter: all that it finds has an answer.\n\n"
    "/ changes the filter (empty it, and enter goes on with everything), l lists the examples, u undoes"
)
_NOTHING_MATCHES = (
    "Nothing matches this filter, or all that does has an answer.\n\n"
    "/ changes the filter (empty it, and enter goes on with everything), l lists the examples; status:all in the "
    "filter finds the answered ones, too"
)

PACE_WINDOW = 300.0  # seconds over which the pace is taken
PACE_ANSWERS = 3  # that it takes to say how long the rest will last


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a sitting goes. `seconds` is how long it is meant to last, None without an end.

    `blind` hides the predictors' names and shuffles their sides; `confirm_all` refuses an accept until each difference
    is settled. `config` is the project config that was named for this sitting.
    """

    blind: bool = False
    confirm_all: bool = False
    seconds: float | None = None
    config: Path | None = None


class ReviewSession:
    """Gives out reviews and takes answers; slow only where the disk is, so call it off the UI thread."""

    def __init__(
        self,
        store: Store,
        annotator: str,
        queue: QueueFilter = DISAGREEING,
        options: SessionOptions = SessionOptions(),
        order: Order = Order.DISAGREEMENT,
    ) -> None:
        self.store = store
        self.annotator = annotator
        self.options = options
        self.task = store.task
        self.id = f"{annotator}-{time.strftime('%Y%m%dT%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self.done = 0
        self.labels = label_names(store)
        self.nothing_left = ""  # why `next` gave nothing, and what to do then
        self._walk = QueueWalk(store, queue, order)
        self._skipped: list[int] = []
        self._drafts: dict[int, tuple[list[dict[str, Any]], Spans]] = {}
        self._answered_at: list[float] = []
        self._answered: Review | None = None  # the last review that was answered
        self.begin()

    def begin(self) -> None:
        """Begin to count the time of this sitting, now."""
        self.began = time.monotonic()

    @property
    def queue(self) -> QueueFilter:
        return self._walk.queue

    @property
    def order(self) -> Order:
        return self._walk.order

    @property
    def settled(self) -> int:
        """How many examples were answered since the queue was set."""
        return len(self._walk.settled)

    def set_queue(self, queue: QueueFilter, order: Order, ids: array[int] | None = None) -> None:
        """Go on with another filter or order; `ids` are its examples, where somebody has looked them up already."""
        self._walk = QueueWalk(self.store, queue, order, ids)
        self._skipped.clear()

    def upcoming(self, count: int) -> list[int]:
        """The ids of the examples that come next, `count` at most, the one to be reviewed now first."""
        return self._walk.upcoming(self._skipped, count)

    def next(self) -> Review | None:
        """The most valuable example left; what was skipped comes back once nothing else is left."""
        example_id = self._walk.next(self._skipped)
        if example_id is None and self._skipped:
            self._skipped.clear()
            self._walk.rewind()
            example_id = self._walk.next(())
        if example_id is None:
            self.nothing_left = self._why_nothing_is_left()
            return None
        return self._open(example_id)

    def resume(self) -> Review | None:
        """The example that was on screen when the annotator left, with what was chosen there; else the next one.

        Where a filter or an order was asked for, the next one of that.
        """
        place = read_place(self.store, self.annotator)
        if place is None or not self.queue.only_status or self.order is not Order.DISAGREEMENT:
            return self.next()
        review = self.open(place.example_id)
        if place.choices is not None:
            review.restore(place.choices, place.spans)
        return review

    def leave(self, review: Review | None) -> None:
        """Keep what is on screen, and was not answered just now, for the next start."""
        place = None
        if review is not None and review is not self._answered:
            example_id = review.item.example.id
            answer = answer_of(self.store, example_id, self.annotator)
            place = Place(example_id, None if answer is None else answer.id)
            if review.is_touched:
                place = Place(example_id, place.answer_id, review.choice_records(), review.spans)
        save_place(self.store, self.annotator, place)

    def open(self, example_id: int) -> Review:
        """A certain example; where the annotator has answered it, as it was answered."""
        review = self._open(example_id)
        answer = answer_of(self.store, example_id, self.annotator) if example_id not in self._drafts else None
        if answer is not None:
            review.restore(answer.choices, self._decided(answer))
            review.shown = review.spans
        return review

    def answer(self, review: Review, answer: AnswerValue, *, seconds: float, keys: int) -> Review | None:
        """Save the answer, and once it is on disk give out the next review."""
        save_answer(
            self.store,
            Answer(
                example_id=review.item.example.id,
                annotator=self.annotator,
                session=self.id,
                answer=answer,
                spans=() if self.task.is_categories else review.spans,
                cats=review.cats,
                choices=review.choice_records(),
                shown=review.shown,
                seconds=round(seconds, 3),
                keys=keys,
                screen={"predictors": list(review.item.predictions), "blind": self.options.blind},
            ),
        )
        self._answered = review
        self.done += 1
        self._answered_at.append(time.monotonic())
        self._walk.settled.add(review.item.example.id)
        self._drafts.pop(review.item.example.id, None)
        return self.next()

    def skip(self, review: Review) -> Review | None:
        """Go on without an answer; the example comes back later in this session, as it was left."""
        self.put_aside(review)
        self._skipped.append(review.item.example.id)
        return self.next()

    def put_aside(self, review: Review) -> None:
        """Keep what was chosen, for when the example is opened again in this session."""
        if any(choice.confirmed for choice in review.choices) or review.spans != review.shown:
            self._drafts[review.item.example.id] = review.choice_records(), review.spans

    def undo(self) -> Review | None:
        """Take back the annotator's last answer, of this session or an earlier one, and open it as it was."""
        answer = undo_last_answer(self.store, self.annotator, self.id)
        if answer is None:
            return None
        self.done = max(0, self.done - 1)
        if self._answered_at:
            self._answered_at.pop()
        if answer.example_id in self._skipped:
            self._skipped.remove(answer.example_id)
        self._walk.settled.discard(answer.example_id)
        self._drafts.pop(answer.example_id, None)
        review = self._open(answer.example_id)
        review.restore(answer.choices, self._decided(answer))
        review.shown = review.spans
        return review

    def remark(self, review: Review, *, flagged: bool, note: str) -> None:
        """Keep a flag and a note on the example; on disk when this returns."""
        example_id = review.item.example.id
        review.remark = save_remark(self.store, example_id, self.annotator, self.id, flagged=flagged, note=note)

    def accept_agreed(self) -> int:
        """Accept what all predictors agree on, as annotator `auto`. Returns how many examples."""
        return accept_agreed(self.store, self.id)

    def pace(self) -> float:
        """Answers a minute over the last five minutes of this session, or over what there is of it."""
        now = time.monotonic()
        window = min(PACE_WINDOW, max(now - self.began, 10.0))
        return 60.0 * sum(at > now - window for at in self._answered_at) / window

    def minutes_left(self, left: int) -> float | None:
        """How long `left` answers take at this pace; None until there are a few answers to tell it by."""
        return left / self.pace() if len(self._answered_at) >= PACE_ANSWERS and self.pace() else None

    def seconds_to_go(self) -> float | None:
        """What is left of the time the sitting was meant to last, negative once it is over; None without an end."""
        return None if self.options.seconds is None else self.options.seconds - (time.monotonic() - self.began)

    def _why_nothing_is_left(self) -> str:
        if not self.queue.only_status:
            return _NOTHING_FILTERED if self.settled else _NOTHING_MATCHES
        counts = queue_counts(self.store)
        path = shlex.quote(str(self.store.path))
        if not counts.examples:
            return f"The store holds no texts yet. Load some:\n\n  tiebreak load {path} SOURCE"
        if not counts.compared:
            return (
                "Nothing is compared yet: that takes predictions of two models, and the store has those of "
                f"{counts.predictors}.\n\n  tiebreak predict {path} PIPELINE\n\nThe first disagreement shows here."
            )
        if not counts.disagreeing:
            return (
                f"All models agree on all {counts.compared} compared examples.\n\n"
                "  --include-agreed shows them, --auto-accept accepts them"
            )
        return (
            "Nothing left to review: every disagreement has an answer.\n\n"
            f"q leaves, u goes back to your last answer. Export what was settled:\n\n  tiebreak export {path} "
            "reviewed.jsonl"
        )

    def _open(self, example_id: int) -> Review:
        item = queue_item(self.store, example_id)
        if self.options.blind:
            item = shuffled(item, self.annotator)
        known = set(self.labels)
        said = item.predictions.values()
        if self.task.is_categories:
            if any(label not in known for each in said for label in each.cats):
                self.labels = label_names(self.store)
            return self._with_draft(CategoryReview(item, self.task, self.labels))
        if any(span.label not in known for each in said for span in each.spans):
            self.labels = label_names(self.store)
        return self._with_draft(Review(item, self.task))

    def _with_draft(self, review: Review) -> Review:
        """`review` with the annotator's remark, and with what was chosen when it was left for another example."""
        example_id = review.item.example.id
        review.remark = remark_of(self.store, example_id, self.annotator)
        if example_id in self._drafts:
            review.restore(*self._drafts[example_id])
        return review

    def _decided(self, answer: Answer) -> Spans:
        """What an answer says, as spans: of categories, those that hold."""
        return decided(answer.cats or {}, self.task) if self.task.is_categories else answer.spans

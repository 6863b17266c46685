"""A sitting of one annotator: what comes next, saving answers, undoing them, and how far one is."""

from __future__ import annotations

import shlex
import time
import uuid
from dataclasses import dataclass

from tiebreak.core.blind import shuffled
from tiebreak.core.category_review import CategoryReview
from tiebreak.core.compare.cats import decided
from tiebreak.core.records import Answer, AnswerValue, Spans
from tiebreak.core.review import Review
from tiebreak.core.store import Store
from tiebreak.core.store.annotators import Place, read_place, save_place
from tiebreak.core.store.answers import accept_agreed, answer_of, save_answer, undo_last_answer
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.queue import DISAGREEING, QueueFilter, next_example, queue_counts, queue_item, queue_length
from tiebreak.core.store.status import run_statuses

PACE_WINDOW = 300.0  # seconds over which the pace is taken


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the queue and the runs are. `runs` has (predictor, ok, failed) of each current run."""

    left: int
    runs: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a sitting goes. `seconds` is how long it is meant to last, None without an end.

    `blind` hides the predictors' names and shuffles their sides; `confirm_all` refuses an accept until each difference
    is settled.
    """

    blind: bool = False
    confirm_all: bool = False
    seconds: float | None = None


class ReviewSession:
    """Gives out reviews and takes answers; slow only where the disk is, so call it off the UI thread."""

    def __init__(
        self,
        store: Store,
        annotator: str,
        queue: QueueFilter = DISAGREEING,
        options: SessionOptions = SessionOptions(),
    ) -> None:
        self.store = store
        self.annotator = annotator
        self.queue = queue
        self.options = options
        self.began = time.monotonic()
        self.task = store.task
        self.id = f"{annotator}-{time.strftime('%Y%m%dT%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self.done = 0
        self.labels = label_names(store)
        self.nothing_left = ""  # why `next` gave nothing, and what to do then
        self._skipped: list[int] = []
        self._answered_at: list[float] = []

    def next(self) -> Review | None:
        """The most valuable example left; what was skipped comes back once nothing else is left."""
        example_id = next_example(self.store, self.queue, self._skipped)
        if example_id is None and self._skipped:
            self._skipped.clear()
            example_id = next_example(self.store, self.queue)
        if example_id is None:
            self.nothing_left = self._why_nothing_is_left()
            return None
        return self._open(example_id)

    def resume(self) -> Review | None:
        """The example that was on screen when the annotator left, with what was chosen there; else the next one."""
        place = read_place(self.store, self.annotator)
        if place is None:
            return self.next()
        review = self._open(place.example_id)
        review.restore(place.choices, place.spans)
        return review

    def leave(self, review: Review | None) -> None:
        """Keep what is on screen for the next start."""
        place = None
        if review is not None:
            place = Place(review.item.example.id, review.choice_records(), review.spans)
        save_place(self.store, self.annotator, place)

    def open(self, example_id: int) -> Review:
        """A certain example; where the annotator has answered it, as it was answered."""
        review = self._open(example_id)
        answer = answer_of(self.store, example_id, self.annotator)
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
        self.done += 1
        self._answered_at.append(time.monotonic())
        return self.next()

    def skip(self, review: Review) -> Review | None:
        """Go on without an answer; the example comes back later in this session."""
        self._skipped.append(review.item.example.id)
        return self.next()

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
        review = self._open(answer.example_id)
        review.restore(answer.choices, self._decided(answer))
        review.shown = review.spans
        return review

    def accept_agreed(self) -> int:
        """Accept what all predictors agree on, as annotator `auto`. Returns how many examples."""
        return accept_agreed(self.store, self.id)

    def progress(self) -> Progress:
        """Counts over the whole queue: not for a key press."""
        runs = tuple((run["predictor"], run["ok"], run["failed"]) for run in run_statuses(self.store) if run["current"])
        return Progress(queue_length(self.store, self.queue), runs)

    def pace(self) -> float:
        """Answers a minute over the last five minutes of this session, or over what there is of it."""
        now = time.monotonic()
        recent = [at for at in self._answered_at if at > now - PACE_WINDOW]
        return 60.0 * len(recent) / max(now - recent[0], 10.0) if recent else 0.0

    def _why_nothing_is_left(self) -> str:
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
            return CategoryReview(item, self.task, self.labels)
        if any(span.label not in known for each in said for span in each.spans):
            self.labels = label_names(self.store)
        return Review(item, self.task)

    def _decided(self, answer: Answer) -> Spans:
        """What an answer says, as spans: of categories, those that hold."""
        return decided(answer.cats or {}, self.task) if self.task.is_categories else answer.spans

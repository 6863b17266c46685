"""A sitting place by place: one difference at a time, from any text. The last place answers its text."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tiebreak.core.errors import ConfigError
from tiebreak.core.queue.places import Next, TextPlaces
from tiebreak.core.records import AnswerValue, SettledDifference
from tiebreak.core.review.at_hand import TextsAtHand
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.picking import Picking
from tiebreak.core.review.place_draft import answered, begun, keys_of, waiting_in
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.reviews import settled_of
from tiebreak.core.review.session import BY_HAND, ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, AnyOrder, QueueFilter
from tiebreak.core.store.annotators import read_bookmark
from tiebreak.core.store.connection import Store
from tiebreak.core.store.drafts import (
    PlaceDraft,
    drafts_of,
    newest_draft,
    place_objects,
    read_draft,
    read_places,
    save_draft,
)

_OPTIONS = SessionOptions()
_PLACE = "place"  # marks an answer as given place by place


class PlacePicking(Picking):
    """Picks the text whose place comes next; `place` is that place, None if the text is shown whole.

    `begun` are the texts that the annotator has begun. `look` returns the places that wait in a text.
    """

    def __init__(
        self,
        store: Store,
        annotator: str,
        session: str,
        queue: QueueFilter,
        options: SessionOptions,
        order: AnyOrder | None,
        look: Callable[[int], TextPlaces],
    ) -> None:
        super().__init__(store, annotator, session, queue, options, order)
        self.place: Next | None = None
        self.begun = {each for each in drafts_of(store, annotator) if self.walk.holds(each)}
        self._look = look
        self.at_hand = TextsAtHand(store, look)

    def gives_slice(self, queue: QueueFilter) -> bool:
        return False

    def set_queue(self, queue: QueueFilter, order: AnyOrder, ids: array[int] | None, *, is_asked: bool) -> None:
        super().set_queue(queue, order, ids, is_asked=is_asked)
        self.at_hand = TextsAtHand(self.store, self._look)

    def keep_up(self) -> bool:
        walk = self.walk
        is_changed = super().keep_up()
        if self.walk is not walk:
            self.at_hand = TextsAtHand(self.store, self._look)
        self.at_hand.wants_more = True
        return is_changed

    def pick(self, beside: Collection[int] = ()) -> int | None:
        """Return the text whose place comes next: no text that another annotator has, and none of `beside`."""
        others = {*beside, *self.hold.held_by_others()}
        for example_id in beside:
            self.at_hand.drop(example_id)
        while True:
            if self.at_hand.wants_more:
                is_whole = self.queue.only_status and self.portion.is_whole
                self.at_hand.take_in(self.walk, sorted(self.begun) if is_whole else (), others)
            self.place = self.at_hand.waiting.best(others)
            if self.place is None or self.waits(self.place.example_id):
                return None if self.place is None else self.place.example_id
            self.at_hand.drop(self.place.example_id)
            self.begun.discard(self.place.example_id)

    def note_reached(self, picked: int | None) -> None:
        if picked is None:  # any other text was noted when it came in
            super().note_reached(None)


class PlaceSession(ReviewSession):
    """Gives out the places of texts, the most valuable first, and takes an answer to each.

    The settled places of a text are a draft. Once the last is settled, the text is answered as in any sitting.
    `settle` answers a place, `answer` a whole text. A text without a place to settle is given out as a whole. Slice
    texts are not given out, since they need an answer to every row.
    """

    _picking: PlacePicking

    def __init__(
        self,
        store: Store,
        annotator: str,
        queue: QueueFilter = DISAGREEING,
        options: SessionOptions = _OPTIONS,
        order: AnyOrder | None = None,
    ) -> None:
        if not store.rules.has_places:
            raise ConfigError("only spans can be answered place by place; categories are about the whole text")
        self._opened: PlaceDraft | None = None  # the text on screen, as it was given out
        super().__init__(store, annotator, queue, options, order)
        self.places: int = 0

    def _new_picking(self, queue: QueueFilter, order: AnyOrder | None) -> PlacePicking:
        def look(example_id: int) -> TextPlaces:
            return waiting_in(self._reviews.begun(example_id))

        return PlacePicking(self.store, self.annotator, self.id, queue, self.options, order, look)

    @property
    def begun(self) -> int:
        """The number of texts that the annotator has begun."""
        return len(self._picking.begun)

    @property
    def offers_places(self) -> bool:
        return False

    def _open(
        self, example_id: int, selected_by: str = "", settled: Sequence[SettledDifference] | None = None
    ) -> AnyReview:
        """Open a text at the place that was picked; if another text was picked, at its first waiting place."""
        review = super()._open(example_id, selected_by, settled)
        review.steps.clear()
        self._opened = begun(review, self._reviews.kept_draft(example_id))
        waiting = self._look_at(review).waiting
        if review.sliced is None and waiting:
            place = self._picking.place
            wanted = None if place is None or place.example_id != example_id else place.key
            keys = [each.key for each in waiting]
            review.answers_one_place = True
            review.focus = keys_of(self._opened.settled).index(wanted if wanted in keys else keys[0])
        return review

    def _look_at(self, review: AnyReview) -> TextPlaces:
        """Return what waits in a text by now, and keep it unless a filter leaves the text out."""
        waiting, example_id = waiting_in(review), review.item.example.id
        if review.sliced is None and (self.queue.only_status or example_id in self._picking.at_hand.waiting.texts):
            self._picking.at_hand.waiting.put(example_id, waiting)
        return waiting

    def open(
        self, example_id: int, selected_by: str = "list", settled: Sequence[SettledDifference] | None = None
    ) -> AnyReview:
        """Open a certain text: whole if the annotator has answered it, else at its first waiting place."""
        review = super().open(example_id, selected_by, settled)
        review.answers_one_place = review.answers_one_place and self._reviews.own_answer(example_id) is None
        return review

    def resume(self) -> AnyReview | None:
        """Open the place that was on screen when the annotator left, as it was left; else the next place."""
        place = read_bookmark(self.store, self.annotator)
        review = super().resume()
        if review is None or place is None or place.at is None or review.item.example.id != place.example_id:
            return review
        review.steps.clear()
        if place.at < len(review.differences) and (place.choices is not None or not review.choices[place.at].confirmed):
            review.focus = place.at
            review.answers_one_place = True
        return review

    def settle(self, review: AnyReview, *, seconds: float, keys: int) -> AnyReview | None:
        """Save the confirmed answer to the focused place, and once it is on disk give out the next place.

        The last place answers the text. Raises TakenError, and saves nothing, if another annotator has taken the text
        over.
        """
        if not review.unconfirmed:
            return self.answer(review, "accept", seconds=seconds, keys=keys)
        example_id = review.item.example.id
        draft = answered(self._draft(review), review, seconds=seconds, keys=keys)
        self._picking.hold.refuse_taken(example_id)
        self._look_at(review)
        picked = self._picking.pick()
        with self.store.transaction():  # one write to disk for the answer and the hold on the next text
            self._picking.hold.refuse_taken(example_id)
            save_draft(self.store, self.annotator, draft)
            following = self._picking.take(picked)
        self._settled(review)
        self.pace.answered()
        self._picking.begun.add(example_id)
        return None if following is None else self._go_on(review, draft, following)

    def _go_on(self, review: AnyReview, draft: PlaceDraft, following: int) -> AnyReview:
        """Return the review of the next place: the review at hand if the place is in the same text."""
        keys = keys_of(draft.settled)
        if following != draft.example_id or self._picking.place is None or self._picking.place.key not in keys:
            return self._open(following)
        self._opened, self._answered = draft, None
        review.steps.clear()
        review.focus = keys.index(self._picking.place.key)
        return review

    def answer(
        self, review: AnyReview, answer: AnswerValue, *, seconds: float, keys: int, how: Mapping[str, Any] = {}
    ) -> AnyReview | None:
        """Answer a whole text: with its last place, or before that."""
        if review.answers_one_place:
            draft = self._draft(review)
            if answer == "accept":
                draft = answered(draft, review, seconds=seconds, keys=keys)
            how = {**how, "by": _PLACE, "places": place_objects(draft.places, self.store.rules)}
        was_begun = review.item.example.id in self._picking.begun
        self._picking.begun.discard(review.item.example.id)
        try:
            following = super().answer(review, answer, seconds=seconds, keys=keys, how=how)
        except BaseException:
            if was_begun:
                self._picking.begun.add(review.item.example.id)
            raise
        if answer == "accept":
            self._settled(review)
        return following

    def _settled(self, review: AnyReview) -> None:
        """Count the place on screen, which is settled and on disk."""
        self._answered = review
        self._reviews.drafts.pop(review.item.example.id, None)
        self.places += review.answers_one_place
        self._picking.at_hand.waiting.settled()

    def _draft(self, review: AnyReview) -> PlaceDraft:
        """Return the draft of the text on screen, as it was when it was given out."""
        assert self._opened is not None
        assert self._opened.example_id == review.item.example.id
        return self._opened

    def skip(self, review: AnyReview) -> AnyReview | None:
        """Go on without an answer to this place or text; it comes back later in this sitting, as it was left."""
        if review.sliced is not None:
            return super().skip(review)
        self.put_aside(review)
        key = keys_of(review.settled())[review.focus] if review.answers_one_place else None
        self._picking.at_hand.waiting.skip(review.item.example.id, key)
        return self.next()

    def put_aside(self, review: AnyReview) -> None:
        """Keep the annotator's choices and edits; the place itself is still to be settled."""
        if review.answers_one_place:
            review.reopen()
            self._look_at(review)
        super().put_aside(review)

    def undo(self) -> AnyReview | None:
        """Take back the annotator's last answer, to a place or a whole text, and open it again.

        `undone` is the answer to a whole text, None if the answer was to a place. Raises TakenError, and leaves the
        answer in force, if another annotator has the text on screen.
        """
        self.undone = None
        example_id = newest_draft(self.store, self.annotator)
        kept = None if example_id is None else read_draft(self.store, example_id, self.annotator)
        if kept is None:
            return self._undo_answer()
        with self.store.transaction():
            self._picking.hold.take(kept.example_id, "the text of your last place", ", so your answer stands")
            save_draft(self.store, self.annotator, kept.before_last())
        self.places = max(0, self.places - 1)
        self.pace.taken_back()
        return self._open_again(kept.before_last(), kept.places[-1].at)

    def _undo_answer(self) -> AnyReview | None:
        """Take back the newest answer to a whole text; of an accepted text, the last place alone."""
        with self.store.transaction():
            review = super().undo()
            if review is None or self.undone is None:
                return None
            screen = self.undone.screen or {}
            if screen.get("by") != _PLACE:
                review.answers_one_place = False
                return review
            settled, rules = settled_of(self.undone), self.store.rules
            places = read_places(screen.get("places"), len(settled), rules)
            answer = self.undone
            kept = PlaceDraft(answer.example_id, settled, rules.marks_of(answer), places, answer.seconds, answer.keys)
            is_last = answer.answer == "accept" and bool(places)
            before = kept.before_last() if is_last else kept
            save_draft(self.store, self.annotator, before)
        self.places = max(0, self.places - is_last)
        return self._open_again(before, places[-1].at if is_last else None)

    def _open_again(self, draft: PlaceDraft, at: int | None) -> AnyReview:
        """Open a text as the draft has it, at its place `at`."""
        self._reviews.drafts.pop(draft.example_id, None)
        (self._picking.begun.add if draft.places else self._picking.begun.discard)(draft.example_id)
        self._picking.place = None if at is None else Next(draft.example_id, keys_of(draft.settled)[at])
        return self._open(draft.example_id, BY_HAND, draft.settled)

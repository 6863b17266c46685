"""The few texts that a sitting place by place takes its places from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from tiebreak.core.queue.places import TextPlaces, WaitingPlaces
from tiebreak.core.queue.walk import QueueWalk
from tiebreak.core.store.connection import Store
from tiebreak.core.store.slices import mark_reached, save_skip, slice_text, take_off

PLACES = 200  # places, settled or not; with as many, no more texts come in
TEXTS = 20  # texts; no more are at hand


class TextsAtHand:
    """Texts as an order gives them out, and the places that wait in them.

    At first, texts come in until they have enough places. From then on their number stays: a text comes in for each
    that is answered. With more, the annotator would begin every text and finish few.

    A text counts as given out by its order when it comes in, no matter when its places are shown. From then on it
    counts as put off, until it is answered.
    """

    def __init__(self, store: Store, look: Callable[[int], TextPlaces]) -> None:
        """Begin without texts; `look` returns the places that wait in a text."""
        self.waiting = WaitingPlaces()
        self.wants_more = True  # whether it is time to look for more texts
        self._store = store
        self._look = look
        self._size: int | None = None
        self._passed_over: set[int] = set()

    def drop(self, example_id: int) -> None:
        """Forget a text in which nothing waits any more, so that another may come in."""
        self.waiting.drop(example_id)
        self.wants_more = True

    def take_in(self, walk: QueueWalk, begun: Iterable[int], others: Collection[int]) -> None:
        """Take in the texts that were `begun`, then the next texts of the walk; none that `others` have."""
        self.wants_more = False
        for example_id in begun:
            if example_id not in others and example_id not in self.waiting.texts:
                self.waiting.put(example_id, self._look(example_id))
        if self._is_full:
            return
        following = self._following(walk, others)
        if not following and not self.waiting.texts:
            walk.next([*others, *self._passed_over])  # makes the walk query its list again
            following = self._following(walk, others)
        with self._store.transaction():
            for example_id in following:
                if not self._is_full:
                    self._give_out(walk, example_id)
        if self._size is None and self._is_full:
            self._size = len(self.waiting.texts)

    @property
    def _is_full(self) -> bool:
        texts = len(self.waiting.texts)
        if self._size is None:
            return texts >= TEXTS or len(self.waiting) >= PLACES
        return texts >= self._size

    def _following(self, walk: QueueWalk, others: Collection[int]) -> list[int]:
        return walk.upcoming([*{*others, *self.waiting.texts, *self._passed_over}], TEXTS)

    def _give_out(self, walk: QueueWalk, example_id: int) -> None:
        """Take in a text, but pass over a slice text: only a sitting that shows whole texts may give it out."""
        text = slice_text(self._store, example_id)
        if text is not None and text.is_drawn:
            self._passed_over.add(example_id)
            return
        mark_reached(self._store, walk.reached(example_id))
        take_off(self._store, example_id)
        save_skip(self._store, example_id)
        self.waiting.put(example_id, self._look(example_id))

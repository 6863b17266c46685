"""The few texts from which the places come, where texts are answered place by place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from tiebreak.core.queue.places import TextPlaces, WaitingPlaces
from tiebreak.core.queue.walk import QueueWalk
from tiebreak.core.store.connection import Store
from tiebreak.core.store.slices import keep_skip, mark_reached, slice_text, take_off

PLACES = 200  # of the texts at hand, settled or not, at least
TEXTS = 20  # at hand, at most


class TextsAtHand:
    """Texts as an order gives them out, and the places that wait in them.

    At first as many come in as have enough places. From then on as many are at hand, so that one comes in for each that
    is answered: more would all be begun, and none finished. A text is given out by its order when it comes in, whatever
    place of it is shown when: it counts as put off from then on, until it is answered.
    """

    def __init__(self, store: Store, look: Callable[[int], TextPlaces]) -> None:
        """`look` returns what waits in a text."""
        self.waiting = WaitingPlaces()
        self.wants_more = True  # whether it is time to see what may come in
        self._store = store
        self._look = look
        self._size: int | None = None
        self._passed_over: set[int] = set()

    def drop(self, example_id: int) -> None:
        """Nothing of the text waits any more: another one may come in for it."""
        self.waiting.drop(example_id)
        self.wants_more = True

    def take_in(self, walk: QueueWalk, begun: Iterable[int], others: Collection[int]) -> None:
        """Take in those that were `begun`, and what comes next on the walk; nothing of what `others` have."""
        self.wants_more = False
        for example_id in begun:
            if example_id not in others and example_id not in self.waiting.texts:
                self.waiting.put(example_id, self._look(example_id))
        if self._is_full:
            return
        following = self._following(walk, others)
        if not following and not self.waiting.texts:
            walk.next([*others, *self._passed_over])  # looks a list up again, for what came in meanwhile
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
        """Take in a text. One of the slice is passed over: it is for a sitting that shows whole texts."""
        text = slice_text(self._store, example_id)
        if text is not None and text.is_drawn:
            self._passed_over.add(example_id)
            return
        mark_reached(self._store, walk.reached(example_id))
        take_off(self._store, example_id)
        keep_skip(self._store, example_id)
        self.waiting.put(example_id, self._look(example_id))

"""The hold of a sitting on the example on its screen: no other annotator gets it meanwhile."""

from __future__ import annotations

import time

from tiebreak.core.errors import TakenError
from tiebreak.core.store.answers import answered_since, newest_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.team import is_overlap, on_other_screens, put_on_screen, touch
from tiebreak.core.ways_out import Way, WayOut

TOUCH_EVERY = 60.0  # seconds; then the store notes again that keys are pressed


class Hold:
    """The hold of the sitting `session` of `annotator`. It ends when the sitting idles too long, leaves, or dies.

    An example that all annotators answer is held by none of them, except in adjudication, which takes one annotator.
    """

    def __init__(self, store: Store, session: str, annotator: str, *, adjudicates: bool = False) -> None:
        self._adjudicates = adjudicates
        self._store = store
        self._session = session
        self._annotator = annotator
        self._held: int | None = None
        self._seen = 0  # the newest answer of any annotator when the example was taken
        self._pressed_at = self._touched_at = time.monotonic()  # the last key, and the last that the store knows of

    def held_by_others(self) -> dict[int, str]:
        """Return the examples that other annotators hold: the example's id -> the annotator."""
        return on_other_screens(self._store, self._session, self._annotator, overlap_too=self._adjudicates)

    def put(self, example_id: int | None) -> None:
        """Hold this example from now on, and no other; None lets go of it."""
        if example_id is None and self._held is None:
            return
        with self._store.transaction():
            put_on_screen(self._store, self._session, self._annotator, example_id)
            self._seen = newest_answer(self._store)
        self._held = example_id
        self._touched_at = self._pressed_at

    def take(self, example_id: int, name: str = "this example", so: str = "") -> None:
        """Hold a certain example. Raises TakenError if another annotator has it; `name` and `so` word the message."""
        with self._store.transaction():
            if (other := self.held_by_others().get(example_id)) is not None:
                raise TakenError(f"{other} has {name} on screen now{so}; it is free once {other} answers or leaves it")
            self.put(example_id)

    def refuse_taken(self, example_id: int) -> None:
        """Raise TakenError if another annotator has the example by now, or has answered it since it was taken."""
        other = self.held_by_others().get(example_id)
        if other is None and (self._adjudicates or not is_overlap(self._store, example_id)):
            other = answered_since(self._store, example_id, self._annotator, self._seen, adjudicated=self._adjudicates)
        if other is not None:
            raise TakenError(
                f"{other} took this example while you were away; your answer was not saved", WayOut(Way.SKIP)
            )

    def pressed(self) -> None:
        """Note that a key was pressed."""
        self._pressed_at = time.monotonic()

    def keep_up(self) -> None:
        """Note in the store that keys are pressed, if it last heard of that long ago."""
        if self._held is not None and self._pressed_at - self._touched_at > TOUCH_EVERY:
            self._touched_at = self._pressed_at
            touch(self._store, self._session)

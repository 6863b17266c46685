"""What one sitting holds of the store: the example on its screen, which no other annotator gets meanwhile."""

from __future__ import annotations

import time

from tiebreak.core.errors import TakenError
from tiebreak.core.store.answers import answered_since, newest_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.sharing import is_overlap, put_on_screen, taken, touch
from tiebreak.core.ways_out import Way, WayOut

TELL_EVERY = 60.0  # seconds after which the store is told again that keys are pressed


class Hold:
    """The hold of the sitting `session` of `annotator`: until it is idle for long, leaves, or its process ends.

    What all annotators answer is nobody's alone, but for those who adjudicate: an example is settled by one of them.
    """

    def __init__(self, store: Store, session: str, annotator: str, *, adjudicates: bool = False) -> None:
        self._adjudicates = adjudicates
        self._store = store
        self._session = session
        self._annotator = annotator
        self._held: int | None = None
        self._seen = 0  # the newest answer of anybody when the example was taken
        self._pressed_at = self._told_at = time.monotonic()  # the last key, and the last that the store knows of

    def taken(self) -> dict[int, str]:
        """What others have on screen and is theirs alone: the example's id -> who."""
        return taken(self._store, self._session, self._annotator, overlap_too=self._adjudicates)

    def put(self, example_id: int | None) -> None:
        """Hold this example from now on, and no other; None lets go of it."""
        if example_id is None and self._held is None:
            return
        with self._store.transaction():
            put_on_screen(self._store, self._session, self._annotator, example_id)
            self._seen = newest_answer(self._store)
        self._held = example_id
        self._told_at = self._pressed_at

    def take(self, example_id: int, what: str = "this example", so: str = "") -> None:
        """Hold a certain example. Raises TakenError where another annotator has it; `what` and `so` say of it more."""
        with self._store.transaction():
            if (who := self.taken().get(example_id)) is not None:
                raise TakenError(f"{who} has {what} on screen now; {so}it is free once it is answered or left")
            self.put(example_id)

    def refuse_taken(self, example_id: int) -> None:
        """Raise TakenError where another annotator has the example by now, or has answered it since it was taken."""
        who = self.taken().get(example_id)
        if who is None and (self._adjudicates or not is_overlap(self._store, example_id)):
            who = answered_since(self._store, example_id, self._annotator, self._seen, adjudicated=self._adjudicates)
        if who is not None:
            raise TakenError(
                f"{who} took this example while you were away; your answer was not saved", WayOut(Way.SKIP)
            )

    def pressed(self) -> None:
        """A key was pressed."""
        self._pressed_at = time.monotonic()

    def keep_up(self) -> None:
        """Tell the store that keys are pressed, where the last word of it is old."""
        if self._held is not None and self._pressed_at - self._told_at > TELL_EVERY:
            self._told_at = self._pressed_at
            touch(self._store, self._session)

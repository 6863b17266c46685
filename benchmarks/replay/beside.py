"""The learner beside a player: it takes in each answer before the next one comes."""

from __future__ import annotations

from collections.abc import Sequence

from tiebreak.core.learning.learner import Learner
from tiebreak.core.store.connection import Store

_AT_ONCE = 60  # answers, each of which has the next examples ranked anew
_EVERY = 4  # answers after those, until they are ranked again


class Beside:
    """A learner at work on a store."""

    def __init__(self, store: Store) -> None:
        self.learner = Learner(store)
        self.learner.catch_up()
        self._learned = 0  # answers

    def learn(self, following: Sequence[int]) -> None:
        """Take in what was answered, save what it makes of the `following` examples, and rank those that come next.

        In life the ranks run behind the answers; here they are most of the time of a replay.
        """
        self.learner.catch_up()
        self.learner.save(self.learner.stale(following, len(following)))
        self._learned += 1
        if self._learned <= _AT_ONCE or not self._learned % _EVERY:
            self.learner.rank(self.learner.unranked())

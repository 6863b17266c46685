"""The learner: takes in the answers in force, and says of any example what holds there most probably."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.records import Marks
from tiebreak.core.store.connection import Store


class Best(NamedTuple):
    """What holds most probably in a whole text: the `marks`, and how probable all of them together are, 0..1.

    `answers` is how many answers this rests on.
    """

    marks: Marks
    confidence: float
    answers: int


class Learner:
    """Learns from one store. It is the same once caught up as one that began anew: it reads the answers in force in
    the order of their ids, and the predictions.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.answers = 0  # that have taught

    def catch_up(self) -> bool:
        """Take in what was answered, taken back and predicted since; returns whether there was anything."""
        raise NotImplementedError

    def stale(self, first: Sequence[int] = (), count: int = 50) -> list[int]:
        """Return examples whose rows in the store are not what they would be now, `count` at most.

        Those of `first` come first, then the next of the queue, then all others. Empty once all is up to date.
        """
        raise NotImplementedError

    def save(self, example_ids: Sequence[int]) -> None:
        """Save what is learned of these examples, in transactions of at most some milliseconds; drop rows that are
        none any more.
        """
        raise NotImplementedError

    def best(self, example_id: int) -> Best:
        """Return what holds most probably in the text: at each difference the most probable candidate, agreed spans
        unless they are probably wrong, and unmarked occurrences that are probably right.
        """
        raise NotImplementedError

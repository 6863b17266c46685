"""The one learner at work on a store: it takes in answers, and saves what the next examples need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import NamedTuple, Protocol

from tiebreak.core.errors import StoreBusyError, StoreError
from tiebreak.core.store.connection import Store
from tiebreak.core.store.droppable import kept_tables, make_learned_tables
from tiebreak.core.store.learners import give_back_lease, hold_lease, learner_at_work
from tiebreak.core.store.team import on_screen

POLL = 0.1  # seconds between two looks for new writes
LOOK = 1.0  # seconds between two looks at the lease, the sittings and the file, which cost more
QUIET = 1.0  # seconds without news; then the learner goes through the rest of the store
SHARE = 0.2  # share of a core; going through the rest takes no more while anyone reviews
LONGEST = 30.0  # seconds; if taking in the last answers took long, the next wait no longer than this
LONGER = 0.1  # share by which the answers have grown; then the learner goes through the rest again
LAST = 5.0  # seconds that are left for the rest once the last sitting has gone
AHEAD = 20  # examples of the queue; their rows follow every answer at once
RANKED = 100  # examples; so many values are updated at a time, once no stale row is about to be shown
PART = 50  # examples of the rest; so many are saved at a time
SLICE = 10  # examples that are saved between two looks for new writes


class Learns(Protocol):
    """The methods needed of a `Learner`, which imports more than a process without the lease should."""

    @property
    def answers(self) -> int: ...

    def catch_up(self) -> bool: ...
    def stale(self, first: Sequence[int] = (), count: int = 50) -> list[int]: ...
    def unranked(self) -> list[int]: ...
    def save(self, example_ids: Sequence[int]) -> None: ...
    def rank(self, example_ids: Sequence[int]) -> None: ...
    def forget_saved(self) -> None: ...


Begin = Callable[[Store], Learns]


class Learnt(NamedTuple):
    """The numbers of answers that taught, and of examples that were brought up to date with them."""

    answers: int
    examples: int


def learn(store: Store, begin: Begin, report: Callable[[Learnt], None] = lambda _: None) -> Learnt:
    """Learn all that the store holds by now, and call `report` with the progress now and then.

    Raises StoreBusyError if another learner is at work.
    """
    _take_lease(store)
    try:
        learner, examples = begin(store), 0
        while True:
            is_new, stale = learner.catch_up(), learner.stale(count=PART)
            if not (is_new or stale):
                return Learnt(learner.answers, examples)
            learner.save(stale)
            examples += len(stale)
            report(Learnt(learner.answers, examples))
            _take_lease(store)
    finally:
        _give_back(store)


def follow(store: Store, begin: Begin) -> Learnt | None:
    """Learn beside the sittings on the store until the last has gone; None if another learner is at work already.

    This also ends when another learner takes over, or when the store's file is gone.
    """
    if not hold_lease(store):
        return None
    try:
        follower = Follower(store, begin(store))
        while (pause := _next_step(follower)) is not None:
            sleep(pause)
        return Learnt(follower.learner.answers, follower.examples)
    finally:
        _give_back(store)


def _next_step(follower: Follower) -> float | None:
    try:
        return follower.step()
    except StoreBusyError:
        return LOOK
    except StoreError:
        if follower.store.is_in_place and not make_learned_tables(follower.store):
            raise
        return LOOK


class Follower:
    """Runs a learner beside reviews: the most urgent work first, a little at a time."""

    def __init__(self, store: Store, learner: Learns) -> None:
        self.store = store
        self.learner = learner
        self.examples = 0
        self._seen: int | None = None  # the version of the store that was taken in
        self._take_in_at = 0.0  # when to take in the next answers
        self._looked_at = self._new_at = self._left_at = -float("inf")
        self._shown: list[int] = []  # the examples on the screens
        self._ahead: list[int] = []  # examples whose rows are to be saved now
        self._to_rank: list[int] = []  # the next examples of the queue whose values are to be saved after that
        self._rest_is_due = True
        self._rest_at = 0.0  # when to go on with the rest
        self._kept: set[str] = set()  # the tables in which this learner has left rows
        self._gone_through = 0  # answers that taught when the rest was last done

    def step(self) -> float | None:
        """Do one piece of work; returns the seconds to wait before the next, None if there is no more to come."""
        now = monotonic()
        if now - self._looked_at >= LOOK and not self._look(now):
            return None
        version, _ = self.store.version()
        if version != self._seen and (now >= self._take_in_at or not self._shown):
            self._take_in(version, now)
        elif self._ahead:
            self._save(self._ahead[:SLICE])
            del self._ahead[:SLICE]
        elif self._to_rank:
            self._rank()
        elif not self._rest_is_due:
            return POLL if self._shown else None
        elif now < self._rest_at or (self._shown and now - self._new_at < QUIET):
            return POLL
        else:
            self._go_through_rest(now)
        return 0.0

    def _look(self, now: float) -> bool:
        """Return whether to go on: this learner still has the lease, and a sitting is open or has just gone."""
        self._looked_at = now
        if not self.store.is_in_place or not hold_lease(self.store):
            return False
        before, self._shown = self._shown, [each.example_id for each in on_screen(self.store)]
        if not self._shown and (before or self._left_at < 0):
            self._left_at = now
            self._rest_is_due = True
        return bool(self._shown) or now - self._left_at < LAST

    def _take_in(self, version: int, now: float) -> None:
        """Take in new writes; if that takes long, as it does while an engine predicts, wait before the next time."""
        before, is_first = self.learner.answers, self._seen is None
        self._seen = version
        if self.learner.catch_up():
            self._new_at = now
            grown = abs(self.learner.answers - self._gone_through)
            # If no answer came, the predictions have changed, and rows of the rest are about old differences.
            if self.learner.answers == before or grown > LONGER * self._gone_through:
                self._rest_is_due = True
        if self._kept - kept_tables(self.store):  # another process has deleted them
            self.learner.forget_saved()
            self._rest_is_due = True
        end = monotonic()
        if not is_first:
            self._take_in_at = end + min((end - now) * (1 / SHARE - 1), LONGEST)
        if is_first and not self._shown:
            self._left_at = end  # the first time may have taken longer than LAST
        self._ahead = self.learner.stale(self._shown, AHEAD)
        self._to_rank = self.learner.unranked()

    def _rank(self) -> None:
        """Rank a part of the next examples; once all are ranked, look for rows that the new order needs."""
        self.learner.rank(self._to_rank[:RANKED])
        del self._to_rank[:RANKED]
        if not self._to_rank:
            self._ahead = self.learner.stale(self._shown, AHEAD)

    def _go_through_rest(self, now: float) -> None:
        """Save a part of the rest, then leave the core alone for a while if anyone is reviewing."""
        stale = self.learner.stale(count=PART)
        if not stale:
            self._rest_is_due = False
            self._gone_through = self.learner.answers
            return
        self._save(stale)
        if self._shown:
            self._rest_at = now + (monotonic() - now) / SHARE

    def _save(self, example_ids: Sequence[int]) -> None:
        self.learner.save(example_ids)
        self.examples += len(example_ids)
        self._kept = kept_tables(self.store)


def _take_lease(store: Store) -> None:
    if not hold_lease(store):
        holder = learner_at_work(store)
        process = "" if holder is None else f" (process {holder.pid} on {holder.host})"
        raise StoreBusyError(
            f"{store.path}: a learner is at work already{process}; "
            "it learns from every answer, and ends with the last review"
        )


def _give_back(store: Store) -> None:
    with suppress(StoreError):  # if the store is gone or full, the lease ends with this process
        give_back_lease(store)

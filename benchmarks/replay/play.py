"""One run: a player who knows the gold answers text after text in the product's own session, with its learner."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.replay.data import GoldData, GoldText, fill
from benchmarks.replay.export import LEARNED, export_f1
from benchmarks.replay.offers import Offered, offered_at
from benchmarks.replay.prices import both, review_seconds
from benchmarks.replay.reaching import Reaching
from tiebreak.core.learning.following import AHEAD
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Difference, Marks
from tiebreak.core.review.choices import Choice
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, WITH_AGREED, Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.slices import set_slice_share

_NEITHER, _BOTH = "", " both"  # outcomes beside the systems
_AT_ONCE = 60  # answers; the learner ranks the next examples after each of them
_EVERY = 4  # answers; after the first 60 it ranks only this often


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled difference: whether each of three possible first readings would have been right.

    They are the first reading on screen (`shown`), the `left` system's, and the most `frequent` outcome so far.
    `probability` is the learned probability of the first reading on screen; None if nothing was learned.
    """

    shown: bool
    left: bool
    frequent: bool
    probability: float | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An answered text: the seconds it took, the left system's errors, its differences, and its offers."""

    text: GoldText
    seconds: float
    errors: int
    settled: tuple[Settled, ...]
    offered: tuple[Offered, ...] = ()


class Way(NamedTuple):
    """How a run is played: in which order (None: the product's default), and with which first readings.

    If it `learns`, a learner runs. `slices`: texts of the slice are given out, and their time is charged.
    """

    order: Order | None
    first: First = First.LEARNED
    learns: bool = True
    slices: bool = False


class Looks(NamedTuple):
    """When to look at a run: at each of the `moments`, in seconds, at an export with each of the `rests`.

    The run ends after `until` seconds, or after `answers` answers. `reach` is an F1; the run seeks the moment at which
    the export with the learned rest reaches it. None: it seeks no such moment.
    """

    moments: Sequence[float] = ()
    rests: Sequence[str] = ()
    until: float = inf
    answers: float = inf
    reach: float | None = None


TO_THE_END = Looks()


@dataclass
class Run:
    """The results of a run: its answered texts, and for each rest of an export the F1 at each moment.

    `learning` is the seconds that the learner took after each answer. `reached` is the moment, in seconds, at which the
    run reached the F1 that was sought; None if it never did.
    """

    reviewed: list[Reviewed] = field(default_factory=list)
    f1: dict[str, list[float]] = field(default_factory=dict)
    learning: list[float] = field(default_factory=list)
    reached: float | None = None

    @property
    def seconds(self) -> float:
        return sum(each.seconds for each in self.reviewed)

    @property
    def settled(self) -> list[Settled]:
        return [place for each in self.reviewed for place in each.settled]


def play(data: GoldData, seed: int, way: Way, looks: Looks = TO_THE_END) -> Run:
    """Answer all texts, or as many as `looks` has time for, and look at the run on the way."""
    with player_of(data, seed, way) as player:
        return player.play(looks)


@contextmanager
def player_of(data: GoldData, seed: int, way: Way) -> Iterator[Player]:
    """Yield a player of one run; its store is removed afterwards."""
    with (
        TemporaryDirectory(prefix="tiebreak-replay-") as folder,
        create_store(Path(folder) / "replay.db", data.task) as store,
    ):
        store.connection.execute("PRAGMA synchronous = OFF")
        texts = fill(store, data.shuffled(seed), seed)
        if not way.slices:
            set_slice_share(store, 0)
        yield Player(store, data, texts, way)


class Player:
    """Plays one run."""

    def __init__(self, store: Store, data: GoldData, texts: dict[int, GoldText], way: Way) -> None:
        self.store = store
        self.data = data
        self.texts = texts
        self.learner = Learner(store) if way.learns else None
        if self.learner is not None:
            self.learner.catch_up()
        self.session = ReviewSession(store, "player", DISAGREEING, SessionOptions(first=way.first), way.order)
        self.run = Run()
        self.outcomes: Counter[str] = Counter()

    def play(self, looks: Looks) -> Run:
        """Answer the texts as they come, and look at the moments that `looks` asks for."""
        clock = 0.0
        waiting = sorted(looks.moments)
        reaching = Reaching(looks.reach)
        review = self.session.next()
        while clock < looks.until and len(self.run.reviewed) < looks.answers:
            review = review or self._with_agreed()
            if review is None:
                break
            self._seek(reaching, clock)
            reviewed = self._settle(review, self.texts[review.item.example.id])
            self.run.reviewed.append(reviewed)
            review = self.session.answer(review, "accept", seconds=reviewed.seconds, keys=1)
            self._learn(review)
            clock += reviewed.seconds
            while waiting and clock >= waiting[0]:
                del waiting[0]
                self._look(looks.rests)
        for _ in waiting:
            self._look(looks.rests)
        self._seek(reaching, clock, at_the_end=True)
        self.run.reached = reaching.moment
        return self.run

    def _with_agreed(self) -> AnyReview | None:
        """Return the next review among the texts on which all agree, once no other is left."""
        if self.session.queue is not WITH_AGREED:
            self.session.set_queue(WITH_AGREED, self.session.order)
        return self.session.next()

    def _look(self, rests: Sequence[str]) -> None:
        for rest in rests:
            self.run.f1.setdefault(rest, []).append(self._f1(rest))

    def _seek(self, reaching: Reaching, clock: float, *, at_the_end: bool = False) -> None:
        if reaching.is_due(clock, at_the_end=at_the_end):
            reaching.look(clock, self._f1(LEARNED))

    def _f1(self, rest: str) -> float:
        return export_f1(self.store, self.data, rest, self.learner)

    def _settle(self, review: AnyReview, text: GoldText) -> Reviewed:
        """Bring the review to the gold, with each difference and each offer confirmed."""
        is_sliced = review.sliced is not None
        shown = [None if is_sliced and not place.is_offer else choice.marks for place, choice in _rows(review)]
        probabilities = [each.probability for each in review.settled()]
        review.restore((), text.gold)
        review.confirm_all()
        holding = [choice.marks for choice in review.choices]
        readings = [[reading.marks for reading in each] for each in review.readings]
        outside = len({*review.agreed} ^ {*review.base})
        seconds = review_seconds(text.words, list(zip(readings, shown, holding, strict=True)), outside, self.data.task)
        if is_sliced:  # a slice text shows no first readings
            return Reviewed(text, seconds, self.data.left_errors(text), ())
        stood = [each or () for each in shown]
        places = list(zip(review.differences, stood, holding, probabilities, strict=True))
        offered = [offered_at(place, stood, text.gold) for place, stood, _, _ in places if place.is_offer]
        settled = [self._settled(*place) for place in places if not place[0].is_offer]
        outcomes = [_outcome(place, holds) for place, _, holds, _ in places if not place.is_offer]
        self.outcomes.update([each for each in outcomes if each is not None])
        return Reviewed(text, seconds, self.data.left_errors(text), tuple(settled), tuple(offered))

    def _settled(self, difference: Difference, stood: Marks, holds: Marks, probability: float | None) -> Settled:
        left = self.data.systems[0]
        frequent = max(self.outcomes, key=lambda name: self.outcomes[name], default=left)
        is_frequent = _marks_of(difference, frequent) == holds
        return Settled(stood == holds, difference.readings.get(left) == holds, is_frequent, probability)

    def _learn(self, shown: AnyReview | None) -> None:
        """Have the learner take in the answer, and save what it learned of the examples after the one on screen."""
        if self.learner is None:
            return
        began = time.perf_counter()
        self.learner.catch_up()
        answers = len(self.run.reviewed)
        if answers <= _AT_ONCE or not answers % _EVERY:
            self.learner.rank(self.learner.unranked())
        self.session.keep_up()
        following = [each for each in self.session.upcoming(AHEAD) if shown is None or each != shown.item.example.id]
        self.learner.save(self.learner.stale(following, len(following)))
        self.run.learning.append(time.perf_counter() - began)


def _rows(review: AnyReview) -> Iterator[tuple[Difference, Choice[Any]]]:
    return zip(review.differences, review.choices, strict=True)


def _outcome(difference: Difference, holds: Marks) -> str | None:
    """Return the first system whose reading holds, "neither" or "both"; None if what holds fits no other difference."""
    for name, marks in difference.readings.items():
        if marks == holds:
            return name
    return _NEITHER if not holds else _BOTH if holds == both(difference.readings.values()) else None


def _marks_of(difference: Difference, outcome: str) -> Marks | None:
    """Return the marks of an outcome at another difference; None if that system has not read the text."""
    if outcome == _NEITHER:
        return ()
    return both(difference.readings.values()) if outcome == _BOTH else difference.readings.get(outcome)

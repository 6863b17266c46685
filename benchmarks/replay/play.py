"""One run: a player who knows the gold answers text after text, through the product's own session and learner."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.replay.data import GoldData, GoldText, fill
from benchmarks.replay.export import export_f1
from benchmarks.replay.prices import both, review_seconds
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Difference, Marks
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import WITH_AGREED
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import create_store

_NEITHER, _BOTH = "", " both"  # outcomes beside the systems


@dataclass(frozen=True, slots=True)
class Settled:
    """A difference as the player left it: which of three first readings would have been right.

    The one that was shown, the left system's, and the most frequent outcome so far. `probability` is what was learned
    of the one that was shown; None if nothing was.
    """

    shown: bool
    left: bool
    frequent: bool
    probability: float | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A text that was answered: the seconds it took, the left system's errors, and its differences."""

    text: GoldText
    seconds: float
    errors: int
    settled: tuple[Settled, ...]


@dataclass
class Run:
    """What came of a run: its answers, and for each rest of an export the F1 at each moment.

    `learning` is the seconds that the learner took after each answer.
    """

    reviewed: list[Reviewed] = field(default_factory=list)
    f1: dict[str, list[float]] = field(default_factory=dict)
    learning: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return sum(each.seconds for each in self.reviewed)

    @property
    def settled(self) -> list[Settled]:
        return [place for each in self.reviewed for place in each.settled]


def play(data: GoldData, seed: int, moments: Sequence[float], rests: Sequence[str], *, learns: bool) -> Run:
    """Answer all texts; at each of the `moments`, in seconds, take the F1 of an export with each of the `rests`.

    Unless the run `learns`, the left reading stands first.
    """
    with (
        TemporaryDirectory(prefix="tiebreak-replay-") as folder,
        create_store(Path(folder) / "replay.db", data.task) as store,
    ):
        store.connection.execute("PRAGMA synchronous = OFF")
        texts = fill(store, data.shuffled(seed), seed)
        return _Player(store, data, texts, Learner(store) if learns else None).play(moments, rests)


class _Player:
    """Plays one run."""

    def __init__(self, store: Store, data: GoldData, texts: dict[int, GoldText], learner: Learner | None) -> None:
        self.store = store
        self.data = data
        self.texts = texts
        self.learner = learner
        self.session = ReviewSession(store, "player", WITH_AGREED)
        self.run = Run()
        self.outcomes: Counter[str] = Counter()

    def play(self, moments: Sequence[float], rests: Sequence[str]) -> Run:
        clock = 0.0
        waiting = sorted(moments)
        review = self.session.next()
        while review is not None:
            reviewed = self._settle(review, self.texts[review.item.example.id])
            self.run.reviewed.append(reviewed)
            review = self.session.answer(review, "accept", seconds=reviewed.seconds, keys=1)
            self._learn()
            clock += reviewed.seconds
            while waiting and (clock >= waiting[0] or review is None):
                del waiting[0]
                for rest in rests:
                    f1 = export_f1(self.store, self.data, rest, self.learner)
                    self.run.f1.setdefault(rest, []).append(f1)
        return self.run

    def _settle(self, review: AnyReview, text: GoldText) -> Reviewed:
        """Have the review say what the gold does, each difference confirmed."""
        shown = [choice.marks for choice in review.choices]
        probabilities = [each.probability for each in review.settled()]
        review.restore((), text.gold)
        review.confirm_all()
        holding = [choice.marks for choice in review.choices]
        places = list(zip(review.differences, shown, holding, strict=True))
        outside = len({*review.agreed} ^ {*review.base})
        left = self.data.systems[0]
        frequent = max(self.outcomes, key=lambda name: self.outcomes[name], default=left)
        settled = [
            Settled(
                stood == holds,
                difference.readings.get(left) == holds,
                _marks_of(difference, frequent) == holds,
                probability,
            )
            for (difference, stood, holds), probability in zip(places, probabilities, strict=True)
        ]
        outcomes = map(_outcome, review.differences, holding)
        self.outcomes.update([each for each in outcomes if each is not None])
        seconds = review_seconds(text.words, places, outside, self.data.task)
        return Reviewed(text, seconds, self.data.left_errors(text), tuple(settled))

    def _learn(self) -> None:
        """Have the learner take in the answer, and say what it makes of what comes next."""
        if self.learner is not None:
            began = time.perf_counter()
            self.learner.catch_up()
            following = self.session.upcoming(2)[1:]  # the first of them is on screen, as it was opened
            self.learner.save(self.learner.stale(following, len(following)))
            self.run.learning.append(time.perf_counter() - began)


def _outcome(difference: Difference, holds: Marks) -> str | None:
    """The first system whose reading holds, or which other outcome it is that might hold at another difference, too."""
    for name, marks in difference.readings.items():
        if marks == holds:
            return name
    return _NEITHER if not holds else _BOTH if holds == both(difference.readings.values()) else None


def _marks_of(difference: Difference, outcome: str) -> Marks | None:
    """What the outcome is at another difference; None if that system has not read its text."""
    if outcome == _NEITHER:
        return ()
    return both(difference.readings.values()) if outcome == _BOTH else difference.readings.get(outcome)

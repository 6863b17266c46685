"""Choosing between candidates: by probability, and by how often it paid to depart from the most reliable predictor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.model import Floats, Model, Question, State

_DIGITS = 6  # of probabilities that are told apart: equal ones fall to the first candidate
# Another candidate is taken if it is this many times as probable as the reading of the predictor that was right most
# often. Each threshold is tried at every settled difference; the one that was right most often so far applies.
_THRESHOLDS = (1.0, 1.3, 1.7, 2.5, 4.0, 8.0, 16.0, float("inf"))
_AHEAD = 5  # settled differences at which a threshold has to have been right more often than the last, which is to stay


# Something else than all say is offered if it is more probable than this: the first of those that have paid most.
_OFFERED_ABOVE = (0.5, 0.6, 0.7, 0.8, float("inf"))
_OFFERS_AHEAD = 2  # offers by which a threshold has to have been right more often than wrong


class Choice(NamedTuple):
    """The candidate that is taken at a place, by its number, and the probabilities of all."""

    at: int
    probabilities: Floats


class Kept(NamedTuple):
    """All that a chooser has learned."""

    model: State
    right: Counter[str]
    gains: tuple[int, ...]
    offered: tuple[int, ...]


class Chooser:
    """A model of the candidates, and the record of how far it can be relied on.

    What is usual is the reading of the predictor that was right most often. On long texts with few answers the model
    departs from it too easily, on others too rarely. So the lead that it needs is learned as well, from its own record.
    """

    def __init__(self) -> None:
        self._model = Model()
        self._right: Counter[str] = Counter()  # by predictor: at how many settled differences its reading held
        self._gains = (0,) * len(_THRESHOLDS)
        self._offered = (0,) * len(_OFFERED_ABOVE)

    def probabilities(self, asked: Question) -> Floats:
        """Return the probability of each candidate; they sum to 1."""
        return self._model.probabilities(asked)

    def choose(self, asked: Question, candidates: Sequence[Candidate]) -> Choice:
        """Return which of the candidates is taken."""
        return self._choice(self.probabilities(asked), candidates)

    def _choice(self, probabilities: Floats, candidates: Sequence[Candidate]) -> Choice:
        best, usual = _best(probabilities), self._usual(candidates)
        gains = [*self._gains[:-1], self._gains[-1] + _AHEAD]
        threshold = _THRESHOLDS[gains.index(max(gains))]
        return Choice(best if probabilities[best] >= threshold * probabilities[usual] else usual, probabilities)

    def _usual(self, candidates: Sequence[Candidate]) -> int:
        """The reading of the predictor that was right most often; of those that were so equally often, the first."""
        right = [max((self._right[name] for name in each.voters), default=-1) for each in candidates]
        return right.index(max(right))

    def record(self, asked: Question, candidates: Sequence[Candidate], held: int) -> None:
        """Record whose reading held at a difference, and which thresholds were right; call it before `learn`."""
        probabilities = self.probabilities(asked)
        best, usual = _best(probabilities), self._usual(candidates)
        if best != usual and held in (best, usual):
            lead, gain = probabilities[best] / probabilities[usual], 1 if held == best else -1
            self._gains = tuple(
                [old + gain * bool(lead >= least) for old, least in zip(self._gains, _THRESHOLDS, strict=True)]
            )
        if held < len(candidates):
            self._right.update(candidates[held].voters)

    def record_unasked(self, taken: Choice, held: int) -> None:
        """Record what held at a place that is no difference: whether an offer would have been right."""
        stays = float(taken.probabilities[0])
        gain = 1 if held else -1
        self._offered = tuple(
            [old + gain * (1.0 - stays > least) for old, least in zip(self._offered, _OFFERED_ABOVE, strict=True)]
        )

    @property
    def offered_above(self) -> float:
        """How probable something else than all say has to be, to be offered; infinite until that has paid."""
        gains = [*self._offered[:-1], self._offered[-1] + _OFFERS_AHEAD]
        return _OFFERED_ABOVE[gains.index(max(gains))]

    def choose_all(self, asked: Sequence[tuple[Question, Sequence[Candidate], bool]]) -> list[Choice]:
        """Return which candidate of each question is taken; where nobody differs (False) that is what all say."""
        chances = self._model.all_probabilities([question for question, _, _ in asked])
        return [
            self._choice(its, candidates) if is_open else Choice(0, its)
            for its, (_, candidates, is_open) in zip(chances, asked, strict=True)
        ]

    def learn(self, asked: Question, held: int, weight: float) -> None:
        """Learn that the candidate `held` holds, `weight` times."""
        self._model.learn(asked, held, weight)

    def state(self) -> Kept:
        """Return a copy of what was learned."""
        return Kept(self._model.state(), self._right.copy(), self._gains, self._offered)

    def restore(self, state: Kept) -> None:
        """Go back to what `state` has returned."""
        self._model.restore(state.model)
        self._right, self._gains, self._offered = state.right.copy(), state.gains, state.offered


def _best(probabilities: Floats) -> int:
    return int(np.argmax(np.round(probabilities[:-1], _DIGITS)))

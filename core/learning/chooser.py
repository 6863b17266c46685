"""Choosing between candidates: by probability, and by how often it paid to depart from what is usual."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tiebreak.core.learning.model import Floats, Model, Question, State, without_words

_DIGITS = 6  # of probabilities that are told apart: equal ones fall to the first candidate
_USUAL_COLUMNS = 5  # of a candidate's own features: those that say nothing of words and labels
# Another candidate is taken if it is this many times as probable as the usual one. Each threshold is tried at every
# settled difference; the one that was right most often so far applies.
_THRESHOLDS = (1.0, 1.3, 1.7, 2.5, 4.0, 8.0, 16.0, float("inf"))


class _Start(NamedTuple):
    """The threshold that holds before there is a record, and by how many places another one must have done better."""

    at: int
    ahead: float


_FIRST = _Start(at=1, ahead=1.0)  # of a first reading, which somebody looks at
_EXPORTED = _Start(at=7, ahead=3.0)  # of what nobody looks at any more


class Choice(NamedTuple):
    """The candidates that stand first and are exported at a place, by their numbers, and the probabilities of all."""

    first: int
    exported: int
    probabilities: Floats


class Kept(NamedTuple):
    """All that a chooser has learned."""

    model: State
    usual: State
    gains: tuple[float, ...]


class Chooser:
    """Two models of the same questions: one sees all features, the other only who says what kind of thing.

    The second model says what is usual. On long texts with few answers the first model departs from it too easily, on
    others too rarely. So the lead that it needs is learned as well, from its own record.
    """

    def __init__(self) -> None:
        self._model = Model()
        self._usual = Model()
        self._gains = [0.0] * len(_THRESHOLDS)

    def probabilities(self, asked: Question) -> Floats:
        """Return the probability of each candidate; they sum to 1."""
        return self._model.probabilities(asked)

    def choose(self, asked: Question) -> Choice:
        """Return which candidates are taken, never the last one.

        Nobody looks at what is exported: it departs from what is usual only after a record of being right.
        """
        probabilities = self.probabilities(asked)
        best, usual = _best(probabilities), _best(self._usual.probabilities(without_words(asked, _USUAL_COLUMNS)))
        ahead = probabilities[best] / probabilities[usual]
        first, exported = (best if ahead >= self._threshold(start) else usual for start in (_FIRST, _EXPORTED))
        return Choice(first, exported, probabilities)

    def _threshold(self, start: _Start) -> float:
        gains = [gain + start.ahead * (at == start.at) for at, gain in enumerate(self._gains)]
        return _THRESHOLDS[gains.index(max(gains))]

    def record(self, asked: Question, held: int) -> None:
        """Record which thresholds were right at a question whose candidate `held` holds; call it before `learn`."""
        probabilities = self.probabilities(asked)
        best, usual = _best(probabilities), _best(self._usual.probabilities(without_words(asked, _USUAL_COLUMNS)))
        if best != usual and held in (best, usual):
            for at, threshold in enumerate(_THRESHOLDS):
                if probabilities[best] >= threshold * probabilities[usual]:
                    self._gains[at] += 1.0 if held == best else -1.0

    def learn_usual(self, asked: Question, held: int, weight: float) -> None:
        """Learn what is usual at differences: that the candidate `held` holds, `weight` times."""
        self._usual.learn(without_words(asked, _USUAL_COLUMNS), held, weight)

    def learn(self, asked: Question, held: int, weight: float) -> None:
        """Learn that the candidate `held` holds, `weight` times."""
        self._model.learn(asked, held, weight)

    def state(self) -> Kept:
        """Return a copy of what was learned."""
        return Kept(self._model.state(), self._usual.state(), tuple(self._gains))

    def restore(self, state: Kept) -> None:
        """Go back to what `state` has returned."""
        self._model.restore(state.model)
        self._usual.restore(state.usual)
        self._gains = list(state.gains)


def _best(probabilities: Floats) -> int:
    return int(np.argmax(np.round(probabilities[:-1], _DIGITS)))

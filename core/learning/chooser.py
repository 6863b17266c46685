"""Choosing between candidates: by probability, and by how often it paid to differ from the most reliable predictor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.model import CandidateModel, Floats, ModelState, Question

_DIGITS = 6  # digits of a probability; of candidates that are equal to these, the first is taken
# Times as probable as the reading of the predictor that was right most often; then another candidate is taken. Each
# threshold is tried at every settled difference, and the threshold that was right most often so far applies.
_THRESHOLDS = (1.0, 1.3, 1.7, 2.5, 4.0, 8.0, 16.0, float("inf"))
_AHEAD = 5  # settled differences; a threshold has to be right at so many more than wrong, else the last applies


# Probabilities that all predictors are wrong at a place; above the threshold another candidate is offered. The first of
# the thresholds that have paid most applies.
_OFFERED_ABOVE = (0.5, 0.6, 0.7, 0.8, float("inf"))
_OFFERS_AHEAD = 2  # offers; a threshold has to be right at so many more than wrong, else the last applies


class ChosenCandidate(NamedTuple):
    """The number of the candidate that is taken at a place, and the probabilities of all candidates."""

    at: int
    probabilities: Floats


class ChooserState(NamedTuple):
    """All that a chooser has learned."""

    model: ModelState
    right: Counter[str]
    gains: tuple[int, ...]
    offered: tuple[int, ...]


class Chooser:
    """A model of the candidates, and the record of how reliable it is.

    The usual candidate is the reading of the predictor that was right most often. On long texts with few answers the
    model departs from it too easily, on others too rarely. So the chooser learns the lead that the model needs, from
    the model's own record.
    """

    def __init__(self) -> None:
        self._model = CandidateModel()
        self._right: Counter[str] = Counter()  # by predictor: the settled differences at which its reading held
        self._gains = (0,) * len(_THRESHOLDS)
        self._offered = (0,) * len(_OFFERED_ABOVE)

    def probabilities(self, asked: Question) -> Floats:
        """Return the probability of each candidate; they sum to 1."""
        return self._model.probabilities(asked)

    def choose(self, asked: Question, candidates: Sequence[Candidate]) -> ChosenCandidate:
        """Return the choice between the candidates."""
        return self._choice(self.probabilities(asked), candidates)

    def _choice(self, probabilities: Floats, candidates: Sequence[Candidate]) -> ChosenCandidate:
        best, usual = _best(probabilities), self._usual(candidates)
        gains = [*self._gains[:-1], self._gains[-1] + _AHEAD]
        threshold = _THRESHOLDS[gains.index(max(gains))]
        return ChosenCandidate(
            best if probabilities[best] >= threshold * probabilities[usual] else usual, probabilities
        )

    def _usual(self, candidates: Sequence[Candidate]) -> int:
        """Return the number of the reading of the predictor that was right most often; the first if several were."""
        right = [max((self._right[name] for name in each.voters), default=-1) for each in candidates]
        return right.index(max(right))

    def record(self, asked: Question, candidates: Sequence[Candidate], held: int) -> None:
        """Record which predictors and which thresholds were right at a difference; call it before `learn`."""
        probabilities = self.probabilities(asked)
        best, usual = _best(probabilities), self._usual(candidates)
        if best != usual and held in (best, usual):
            lead, gain = probabilities[best] / probabilities[usual], 1 if held == best else -1
            self._gains = tuple(
                [old + gain * bool(lead >= least) for old, least in zip(self._gains, _THRESHOLDS, strict=True)]
            )
        if held < len(candidates):
            self._right.update(candidates[held].voters)

    def record_unasked(self, taken: ChosenCandidate, held: int) -> None:
        """Record whether an offer would have been right at a place outside the differences."""
        stays = float(taken.probabilities[0])
        gain = 1 if held else -1
        self._offered = tuple(
            [old + gain * (1.0 - stays > least) for old, least in zip(self._offered, _OFFERED_ABOVE, strict=True)]
        )

    @property
    def offered_above(self) -> float:
        """The probability above which a change of an agreed reading is offered; infinite until offers have paid."""
        gains = [*self._offered[:-1], self._offered[-1] + _OFFERS_AHEAD]
        return _OFFERED_ABOVE[gains.index(max(gains))]

    def choose_all(self, asked: Sequence[tuple[Question, Sequence[Candidate], bool]]) -> list[ChosenCandidate]:
        """Return the choice of each question; if its predictors do not differ (False), the first candidate."""
        chances = self._model.all_probabilities([question for question, _, _ in asked])
        return [
            self._choice(its, candidates) if is_open else ChosenCandidate(0, its)
            for its, (_, candidates, is_open) in zip(chances, asked, strict=True)
        ]

    def learn(self, asked: Question, held: int, weight: float) -> None:
        """Learn that the candidate `held` holds, `weight` times."""
        self._model.learn(asked, held, weight)

    def state(self) -> ChooserState:
        """Return a copy of what was learned."""
        return ChooserState(self._model.state(), self._right.copy(), self._gains, self._offered)

    def restore(self, state: ChooserState) -> None:
        """Go back to what `state` returned."""
        self._model.restore(state.model)
        self._right, self._gains, self._offered = state.right.copy(), state.gains, state.offered


def _best(probabilities: Floats) -> int:
    return int(np.argmax(np.round(probabilities[:-1], _DIGITS)))

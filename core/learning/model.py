"""A softmax over the candidates of a question, learned by AdaGrad, one question after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Indexes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

BITS = 18  # of a hashed feature


class Question(NamedTuple):
    """A place of a text with its candidates, of which one holds; the last one stands for none of the others.

    It has `u` distinct hashed `features`. The candidate `c` has those of its row in `types` (candidates x n), and those
    of its spans: `spans` (spans x m) has them, each with the scale of its column (m), and `members` (candidates x
    spans) says which spans are whose. `types` and `spans` name a feature by its place in `features`.
    """

    features: Indexes
    types: Indexes
    spans: Indexes
    scales: Floats
    members: Floats


def question(types: Indexes, spans: Indexes, scales: Floats, members: Floats) -> Question:
    """Return the question of hashed features: `types` by candidate, `spans` by span."""
    features, places = np.unique(np.concatenate([types.ravel(), spans.ravel()]), return_inverse=True)
    own, theirs = places[: types.size].reshape(types.shape), places[types.size :].reshape(spans.shape)
    return Question(features, own.astype(np.int32), theirs.astype(np.int32), scales, members)


class State(NamedTuple):
    """All that a model has learned."""

    weights: Floats
    squares: Floats


class Model:
    """Weights of hashed features: p(c) is proportional to exp(w . phi(c)).

    Learned by AdaGrad (Duchi et al. 2011) with `rate`, squares that start at 1, and a `pull` back to the prior weights.
    It sees the first `columns` of a candidate's own features and nothing of its spans; all where that is None.
    """

    def __init__(
        self, prior: Mapping[int, float], *, rate: float = 0.1, pull: float = 0.002, columns: int | None = None
    ) -> None:
        self._prior = np.zeros(1 << BITS, np.float32)
        for feature, weight in prior.items():
            self._prior[feature] = weight
        self._weights = self._prior.copy()
        self._squares = np.ones(1 << BITS, np.float32)
        self._rate = rate
        self._pull = pull
        self._columns = columns

    def probabilities(self, asked: Question) -> Floats:
        """Return the probability of each candidate; they sum to 1."""
        weights = self._weights[asked.features]
        scores = weights[asked.types[:, : self._columns]].sum(axis=1)
        if self._columns is None and len(asked.spans):
            scores = scores + asked.members @ (weights[asked.spans] @ asked.scales)
        odds = np.exp(scores - scores.max())
        probabilities: Floats = odds / odds.sum()
        return probabilities

    def learn(self, asked: Question, held: int, weight: float = 1.0) -> None:
        """Learn that the candidate `held` holds, `weight` times."""
        error = self.probabilities(asked) * weight
        error[held] -= weight
        types, count = asked.types[:, : self._columns], len(asked.features)
        gradient = np.bincount(types.ravel(), np.repeat(error, types.shape[1]), count)
        if self._columns is None and len(asked.spans):
            by_span = np.outer(asked.members.T @ error, asked.scales)
            gradient = gradient + np.bincount(asked.spans.ravel(), by_span.ravel(), count)
        features = asked.features
        gradient = gradient + self._pull * (self._weights[features] - self._prior[features])
        squares = self._squares[features] + gradient * gradient
        self._squares[features] = squares
        self._weights[features] -= self._rate * gradient / np.sqrt(squares)

    def state(self) -> State:
        """Return a copy of what was learned."""
        return State(self._weights.copy(), self._squares.copy())

    def restore(self, state: State) -> None:
        """Go back to what `state` has returned."""
        self._weights, self._squares = state.weights.copy(), state.squares.copy()

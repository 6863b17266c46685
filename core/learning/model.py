"""A softmax over the candidates of a question, learned by AdaGrad, one question after another."""

from __future__ import annotations

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
    spans) says which spans are whose. `types` and `spans` name a feature by its place in `features`, as does `places`,
    which has both one after the other. `prior` (candidates) is what speaks for each before anything was learned: it is
    no weight of a feature, since another one may have the same hash.
    """

    features: Indexes
    places: Indexes
    types: Indexes
    spans: Indexes
    scales: Floats
    members: Floats
    prior: Floats


def question(types: Indexes, spans: Indexes, scales: Floats, members: Floats, prior: Floats) -> Question:
    """Return the question of hashed features: `types` by candidate, `spans` by span."""
    features, found = np.unique(np.concatenate([types.ravel(), spans.ravel()]), return_inverse=True)
    places: Indexes = found.astype(np.int32)
    own, theirs = places[: types.size].reshape(types.shape), places[types.size :].reshape(spans.shape)
    return Question(features, places, own, theirs, scales, members, prior)


class State(NamedTuple):
    """What a model has learned."""

    weights: Floats
    squares: Floats


class Model:
    """Weights of hashed features: p(c) is proportional to exp(prior(c) + w . phi(c)).

    Learned by AdaGrad (Duchi et al. 2011) with `rate`, from weights of 0 and squares of 1.
    """

    def __init__(self, *, rate: float = 0.1) -> None:
        self._weights = np.zeros(1 << BITS, np.float32)
        self._squares = np.ones(1 << BITS, np.float32)
        self._rate = rate

    def probabilities(self, asked: Question) -> Floats:
        """Return the probability of each candidate; they sum to 1."""
        return _softmax(self._weights[asked.features], asked)

    def learn(self, asked: Question, held: int, weight: float = 1.0) -> None:
        """Learn that the candidate `held` holds, `weight` times."""
        features = asked.features
        weights = self._weights[features]
        error = _softmax(weights, asked) * weight
        error[held] -= weight
        of_spans = np.outer(asked.members.T @ error, asked.scales)
        errors = np.concatenate([np.repeat(error, asked.types.shape[1]), of_spans.ravel()])
        gradient = np.bincount(asked.places, errors, len(features))
        squares = self._squares[features] + gradient * gradient
        self._squares[features] = squares
        self._weights[features] = weights - self._rate * gradient / np.sqrt(squares)

    def state(self) -> State:
        """Return a copy of what was learned."""
        return State(self._weights.copy(), self._squares.copy())

    def restore(self, state: State) -> None:
        """Go back to what `state` has returned."""
        self._weights, self._squares = state.weights.copy(), state.squares.copy()


def _softmax(weights: Floats, asked: Question) -> Floats:
    scores = asked.prior + weights[asked.types].sum(axis=1)
    if len(asked.spans):
        scores = scores + asked.members @ (weights[asked.spans] @ asked.scales)
    odds = np.exp(scores - scores.max())
    probabilities: Floats = odds / odds.sum()
    return probabilities

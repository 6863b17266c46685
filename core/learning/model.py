"""A softmax over the candidates of a question, learned by AdaGrad, one question at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Indexes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

BITS = 18  # bits of a hashed feature


@dataclass(frozen=True, eq=False)
class Question:
    """A place of a text with its candidates; exactly one holds, and the last stands for none of the others.

    A candidate has the hashed features of its row in `types` (candidates x n), and those of its spans. The features of
    spans are in `spans` (spans x m); `scales` (m) has the weight of each column. `members` (candidates x spans) has 1
    for the spans of each candidate. `prior` (candidates) has the log weights before anything was learned. They are not
    weights of features, since another feature may have the same hash.
    """

    types: Indexes
    spans: Indexes
    scales: Floats
    members: Floats
    prior: Floats

    @cached_property
    def distinct(self) -> tuple[Indexes, Indexes]:
        """The distinct features, and the index into them of each feature of `types`, then of `spans`."""
        hashed = np.concatenate([self.types.ravel(), self.spans.ravel()])
        features, found = np.unique(hashed, return_inverse=True)
        return features, found.astype(np.int32)


class ModelState(NamedTuple):
    """What a model has learned."""

    weights: Floats
    squares: Floats


class CandidateModel:
    """Weights of hashed features: p(c) is proportional to exp(prior(c) + w . phi(c)).

    Learned by AdaGrad (Duchi et al. 2011) with `rate`, from weights of 0 and squares of 1.
    """

    def __init__(self, *, rate: float = 0.1) -> None:
        self._weights = np.zeros(1 << BITS, np.float32)
        self._squares = np.ones(1 << BITS, np.float32)
        self._rate = rate

    def probabilities(self, asked: Question) -> Floats:
        """Return the probability of each candidate; they sum to 1."""
        return _softmax(self._weights, asked, asked.types, asked.spans)

    def all_probabilities(self, questions: Sequence[Question]) -> list[Floats]:
        """Return the probabilities of each question, much faster than one by one."""
        found: dict[int, Floats] = {}
        by_width: dict[int, list[int]] = {}
        for number, asked in enumerate(questions):
            by_width.setdefault(asked.spans.shape[1], []).append(number)
        for numbers in by_width.values():
            found |= zip(numbers, self._together([questions[number] for number in numbers]), strict=True)
        return [found[number] for number in range(len(questions))]

    def _together(self, questions: Sequence[Question]) -> list[Floats]:
        """Return the probabilities of questions whose spans have equally many features."""
        scores = np.concatenate([asked.prior for asked in questions])
        scores = scores + self._weights[np.concatenate([asked.types for asked in questions])].sum(axis=1)
        spans = np.concatenate([asked.spans for asked in questions])
        scales = np.concatenate([np.broadcast_to(asked.scales, asked.spans.shape) for asked in questions])
        of_spans = (self._weights[spans] * scales).sum(axis=1)
        found, at, span = [], 0, 0
        for asked in questions:
            count, spans_count = asked.members.shape
            own = scores[at : at + count]
            if spans_count:
                own = own + (asked.members * of_spans[span : span + spans_count]).sum(axis=1)
            odds = np.exp(own - own.max())
            found.append(odds / odds.sum())
            at, span = at + count, span + spans_count
        return found

    def learn(self, asked: Question, held: int, weight: float = 1.0) -> None:
        """Learn that the candidate `held` holds, `weight` times."""
        features, places = asked.distinct
        weights = self._weights[features]
        own = places[: asked.types.size].reshape(asked.types.shape)
        error = _softmax(weights, asked, own, places[asked.types.size :].reshape(asked.spans.shape)) * weight
        error[held] -= weight
        of_spans = np.outer(asked.members.T @ error, asked.scales)
        errors = np.concatenate([np.repeat(error, asked.types.shape[1]), of_spans.ravel()])
        gradient = np.bincount(places, errors, len(features))
        squares = self._squares[features] + gradient * gradient
        self._squares[features] = squares
        self._weights[features] = weights - self._rate * gradient / np.sqrt(squares)

    def state(self) -> ModelState:
        """Return a copy of what was learned."""
        return ModelState(self._weights.copy(), self._squares.copy())

    def restore(self, state: ModelState) -> None:
        """Go back to what `state` returned."""
        self._weights, self._squares = state.weights.copy(), state.squares.copy()


def _softmax(weights: Floats, asked: Question, types: Indexes, spans: Indexes) -> Floats:
    """Return the probabilities by `weights`; `types` and `spans` are indexes into these."""
    scores = asked.prior + weights[types].sum(axis=1)
    if len(spans):
        scores = scores + asked.members @ (weights[spans] @ asked.scales)
    odds = np.exp(scores - scores.max())
    probabilities: Floats = odds / odds.sum()
    return probabilities

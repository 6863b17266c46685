"""Ridge regression, learned one observation at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.floating[Any]]


class RidgeState(NamedTuple):
    """The sums that a regression has learned: of products of features, and of products of features and outcomes."""

    squares: Doubles
    products: Doubles


class Ridge:
    """Linear regression with `weights` (n), each pulled to `prior` as if by `strength` observations of size 1.

    The Bayesian linear model of Hoerl and Kennard 1970, with a prior mean other than 0.
    """

    def __init__(self, prior: Sequence[float], strength: float) -> None:
        self.weights: Doubles = np.array(prior, np.float64)
        self._sums = RidgeState(np.eye(len(prior)) * strength, self.weights * strength)

    def learn(self, features: Doubles, outcome: float, weight: float = 1.0) -> None:
        """Learn that `features` (n) came with `outcome`, `weight` times."""
        squares, products = self._sums
        self.restore(
            RidgeState(squares + weight * np.outer(features, features), products + weight * outcome * features)
        )

    def predict(self, features: Doubles) -> float:
        """Return the expected outcome."""
        return float(self.weights @ features)

    def state(self) -> RidgeState:
        """Return what was learned, which never changes."""
        return self._sums

    def restore(self, state: RidgeState) -> None:
        """Go back to what `state` returned."""
        self._sums = state
        self.weights = np.linalg.solve(*state)

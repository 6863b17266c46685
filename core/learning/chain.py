"""A linear chain: the probabilities of the tags of a text, and of stretches of tags (Lafferty et al. 2001)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.floating[Any]]


class Chain:
    """The tags of a text, with log weights.

    `emissions` (tokens x tags) has the weight of each tag at each token, `transitions` (tags x tags) that of each tag
    after another. The first token may have the tags of `first`, the last any tag.
    """

    def __init__(self, emissions: Doubles, transitions: Doubles, first: Doubles) -> None:
        top = emissions.max(axis=1, keepdims=True)
        self._odds = np.exp(emissions - top)
        self._steps = np.exp(transitions)
        count, tags = emissions.shape
        self._before, self._behind = np.empty((count, tags)), np.empty((count, tags))
        self._sums = np.empty(count)
        row = first * self._odds[0]
        for at in range(count):
            if at:
                row = (row @ self._steps) * self._odds[at]
            self._sums[at] = row.sum()
            row = row / self._sums[at]
            self._before[at] = row
        row = np.ones(tags)
        for at in range(count - 1, -1, -1):
            self._behind[at] = row
            row = (self._steps @ (row * self._odds[at])) / self._sums[at]

    def tags(self) -> Doubles:
        """Return the probability of each tag at each token."""
        return self._before * self._behind

    def pairs(self) -> Doubles:
        """Return how often each tag is expected to follow each other (tags x tags)."""
        if len(self._sums) < 2:
            return np.zeros_like(self._steps)
        behind = self._behind[1:] * self._odds[1:] / self._sums[1:, None]
        pairs: Doubles = self._steps * (self._before[:-1].T @ behind)
        return pairs

    def stretches(self, at: int, begin: int, inside: int, most: int) -> list[float]:
        """Return the probabilities that the stretch from the token `at` has exactly 1, 2, ... `most` tokens.

        Its first token has the tag `begin`, and all others have the tag `inside`.
        """
        found = []
        chance = float(self._before[at, begin])
        tag = begin
        for last in range(at, min(at + most, len(self._sums))):
            if last > at:
                chance *= float(self._steps[tag, inside] * self._odds[last, inside] / self._sums[last])
                tag = inside
            goes_on = 0.0
            if last + 1 < len(self._sums):
                step = self._steps[tag, inside] * self._odds[last + 1, inside] * self._behind[last + 1, inside]
                goes_on = float(step / self._sums[last + 1])
            found.append(chance * (float(self._behind[last, tag]) - goes_on))
        return found

"""A cheap learner of the simulation: by kind of place, which reading held, and how many errors remain."""

from __future__ import annotations

import numpy as np

from benchmarks.estimates.corpus import Array, AtPlaces, Corpus

_PRIOR = 2.0  # places; the mean of all kinds counts as this many at each kind
_KEPT = 2.5  # places; before anything is learned, agreed marks count as having held at this many
_DROPPED = 0.65  # the share of wrong marks from which on agreed marks of a kind are left out


class Learner:
    """Keeps sums over the taught texts, by kind of place."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.at = AtPlaces(np.zeros(corpus.at.counts.shape[1:]))
        self._words = self._outside = 0.0

    def teach(self, text: int) -> None:
        """Take in the gold of a text."""
        self.at.counts[:] += self.corpus.at.counts[text]
        self._words += self.corpus.words[text]
        self._outside += self.corpus.outside[text]

    def teach_all(self, texts: Array) -> None:
        """Take in the gold of several texts."""
        self.at.counts[:] += self.corpus.at.counts[texts].sum(0)
        self._words += self.corpus.words[texts].sum()
        self._outside += self.corpus.outside[texts].sum()

    def readings(self) -> Array:
        """Return the outcome that held most often at each kind of place; an export takes it there."""
        held = self.at.held
        prior = np.full((len(held), 1), 0.1)
        prior[0] = 0.5
        kept = (held[0] + _KEPT) / (self.at.places + _KEPT) > 1 - _DROPPED
        return np.where(self.corpus.agreed, np.where(kept, 0, len(held) - 1), (held + prior).argmax(0))

    def mean(self, sums: Array) -> Array:
        """Return the average of `sums` at a place of each kind, drawn towards the average of all places."""
        places, found = self.at.places, np.empty(len(sums))
        for which in (self.corpus.agreed, ~self.corpus.agreed):
            overall = (sums[which].sum() + 0.5) / (places[which].sum() + 1)
            found[which] = (sums[which] + _PRIOR * overall) / (places[which] + _PRIOR)
        return found

    def gold(self) -> Array:
        """Return how many gold marks are expected in each text."""
        found: Array = self.corpus.at.places @ self.mean(self.at.gold) + self._missed()
        return found

    def values(self) -> Array:
        """Return the expected errors of the export in each text, a second of review."""
        taken = self.readings(), np.arange(len(self.corpus.agreed))
        errors = self.mean(self.at.marks[taken] + self.at.gold - 2 * self.at.right[taken])
        value: Array = (self.corpus.at.places @ errors + self._missed()) / seconds(self.corpus)
        return value

    def _missed(self) -> Array:
        """Return how many gold marks of each text are expected to lie at no place."""
        missed: Array = (self._outside + 0.5) / (self._words + 20) * self.corpus.words
        return missed


def seconds(corpus: Corpus) -> Array:
    """Return the seconds that each text takes: 1 s, 1 s for each 4 words, and 1.75 s a difference."""
    taken: Array = 1 + corpus.words / 4 + 1.75 * corpus.differences
    return taken

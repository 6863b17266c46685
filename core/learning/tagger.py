"""A tagger: learns from answers which spans stand in a text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tiebreak.core.learning.chain import Chain, Doubles
from tiebreak.core.learning.features import hash_of
from tiebreak.core.learning.tags import Integers, Tags
from tiebreak.core.learning.token_features import Hashes, Tokens
from tiebreak.core.records import Span, Spans

BITS = 18  # bits of a hashed feature
_RATE = 0.2  # learning rate of AdaGrad
_REPLAYED = 400  # tokens of random earlier texts that are learned again with each new text
_REMEMBERED = 1000  # texts that may be learned again, some 2 kB each, 50 kB for a long text
_MOST_LABELS = 40  # labels; those that are marked later are ignored
_FEW = 12_000  # features; below that, sorting is the faster way to sum
_KEPT = 2048  # entries of a cache of token features; with more it is emptied
_LONGEST = 30  # tokens of a span; longer spans are not found
_MASK = np.uint64(0xFFFFFFFF)

# A source, its letter for a token (B: a span begins, I: it goes on, O: no span), and the label of the span.
Known = tuple[str, str, str]


class Lesson(NamedTuple):
    """A text that has taught: its tokens, what was known of each, and the spans that held."""

    tokens: Tokens
    known: Sequence[Sequence[Known]]
    spans: Spans


class _Indexes(NamedTuple):
    """The indexes of a text's weights: of its words (tokens x n x columns), and of `known` (tokens x n x tags)."""

    words: Integers
    known: Integers


class TaggerState(NamedTuple):
    """What a tagger has learned."""

    labels: tuple[str, ...]
    weights: Doubles
    squares: Doubles
    lessons: list[Lesson]


class Tagger:
    """Linear chains of tags (Lafferty et al. 2001) over hashed features, learned by AdaGrad, one text at a time.

    If spans may overlap, each label has a chain of its own.
    """

    def __init__(self, *, overlap: bool) -> None:
        self._overlap = overlap
        self._name(())
        self._weights: Doubles = np.zeros(1 << BITS, np.float32)
        self._squares: Doubles = np.ones(1 << BITS, np.float32)
        self._lessons: list[Lesson] = []

    @property
    def is_taught(self) -> bool:
        """Whether any span was marked."""
        return bool(self._labels)

    def _name(self, labels: tuple[str, ...]) -> None:
        """Set the labels; what was learned stays, since the hashes depend on the names of labels only."""
        self._labels = labels
        self._chains = [Tags([label], label) for label in labels] if self._overlap else [Tags(labels)]
        self._steps = [_indexes(each.steps) for each in self._chains]
        self._known: list[dict[Sequence[Known], Integers]] = [{} for _ in self._chains]

    def learn(self, tokens: Tokens, known: Sequence[Sequence[Known]], spans: Spans, seed: int) -> None:
        """Learn that exactly these spans hold in a text; `seed` picks earlier texts to learn again."""
        labels = tuple(dict.fromkeys([*self._labels, *sorted({span.label for span in spans})]))[:_MOST_LABELS]
        if labels != self._labels:
            self._name(labels)
        lesson = Lesson(tokens, known, spans)
        self._learn(lesson)
        draw, left = random.Random(seed), _REPLAYED
        while self._lessons and left > 0:
            earlier = self._lessons[draw.randrange(len(self._lessons))]
            self._learn(earlier)
            left -= len(earlier.known) * max(len(self._chains), 1)
        if len(self._lessons) < _REMEMBERED:
            self._lessons.append(lesson)
        else:
            self._lessons[draw.randrange(_REMEMBERED)] = lesson

    def _indexed(self, tokens: Tokens, known: Sequence[Sequence[Known]]) -> list[_Indexes]:
        found = []
        for tags, seen in zip(self._chains, self._known, strict=True):
            if len(seen) > _KEPT:
                seen.clear()
            for each in known:
                if each not in seen:
                    seen[each] = _indexes(_known_features(each, tags))
            words = _indexes(tokens.features[:, :, None].astype(np.uint64) * np.uint64(31) + tags.columns)
            found.append(_Indexes(words, np.stack([seen[each] for each in known])))
        return found

    def _chain(self, at: int, indexes: _Indexes) -> Chain:
        tags, weights = self._chains[at], self._weights
        emissions = weights[indexes.words].sum(axis=1) @ tags.uses + weights[indexes.known].sum(axis=1) + tags.prior
        return Chain(emissions, weights[self._steps[at]].sum(axis=2) + tags.never, tags.first)

    def _learn(self, lesson: Lesson) -> None:
        indexed = self._indexed(lesson.tokens, lesson.known)
        for at, indexes in enumerate(indexed):
            chain, truth = self._chain(at, indexes), self._chains[at].of(lesson.tokens.units, lesson.spans)
            errors, pairs = chain.tags(), chain.pairs()
            errors[np.arange(len(truth)), truth] -= 1.0
            np.subtract.at(pairs, (truth[:-1], truth[1:]), 1.0)
            by_column = (errors @ self._chains[at].uses.T)[:, None, :]
            self._move(
                (indexes.words, by_column), (indexes.known, errors[:, None, :]), (self._steps[at], pairs[:, :, None])
            )

    def _move(self, *parts: tuple[Integers, Doubles]) -> None:
        """Move the weights against the errors."""
        indexes = np.concatenate([places.ravel() for places, _ in parts])
        errors = np.concatenate([np.broadcast_to(its, places.shape).ravel() for places, its in parts])
        features, gradient = _sums(indexes, errors)
        squares = self._squares[features] + gradient * gradient
        self._squares[features] = squares
        self._weights[features] -= _RATE * gradient / np.sqrt(squares)

    def spans(self, tokens: Tokens, known: Sequence[Sequence[Known]], least: float) -> Mapping[Span, float]:
        """Return the spans that are at least `least` probable in a text, with their probabilities."""
        found = {}
        for at, indexes in enumerate(self._indexed(tokens, known)):
            chain, labels = self._chain(at, indexes), self._chains[at].labels
            begins = chain.tags()[:, 1 : 1 + len(labels)]
            for token, label in zip(*map(np.ndarray.tolist, np.nonzero(begins >= least)), strict=True):
                chances = chain.stretches(token, 1 + label, 1 + len(labels) + label, _LONGEST)
                for last, chance in enumerate(chances, token):
                    if chance >= least:
                        found[Span(tokens.units.starts[token], tokens.units.ends[last], labels[label])] = chance
        return found

    def state(self) -> TaggerState:
        """Return a copy of what was learned."""
        return TaggerState(self._labels, self._weights.copy(), self._squares.copy(), list(self._lessons))

    def restore(self, state: TaggerState) -> None:
        """Go back to what `state` returned."""
        self._name(state.labels)
        self._weights, self._squares = state.weights.copy(), state.squares.copy()
        self._lessons = list(state.lessons)


def _sums(indexes: Integers, errors: Doubles) -> tuple[Integers, npt.NDArray[Any]]:
    """Return the distinct indexes with the sums of their errors; this sorts few indexes, and counts many."""
    if len(indexes) < _FEW:
        features, places = np.unique(indexes, return_inverse=True)
        return features, np.bincount(places, errors, len(features))
    sums = np.bincount(indexes, errors, 1 << BITS)
    features = np.flatnonzero(sums)
    return features, sums[features]


def _known_features(known: Iterable[Known], tags: Tags) -> Hashes:
    """Return the features of each tag by what is known of a token.

    They depend on whether the label is the same, and not on which label it is. So the reliability of a source is
    learned for all labels together.
    """
    rows = []
    for source, letter, label in known:
        name, _, _ = source.partition(" ")
        for prefix in (name, source):
            same = [f"{prefix} {letter} {own} {label == other}" for own, other in tags.tags]
            rows.append([hash_of("known", each) for each in same])
    return np.array(rows, np.uint64)


def _indexes(hashes: Hashes) -> Integers:
    """Return the highest bits of the product with a constant (Knuth's multiplicative hashing)."""
    mixed = ((hashes & _MASK) * np.uint64(2654435761) & _MASK) >> np.uint64(32 - BITS)
    return mixed.astype(np.int64)

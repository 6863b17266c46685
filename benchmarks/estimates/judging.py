"""Estimates from a state beside the true values: precision, recall and F1 of each system and of the export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.estimates.corpus import Array, Corpus
from benchmarks.estimates.learner import Learner
from benchmarks.estimates.process import State
from tiebreak.core.estimates.estimator import Interval, Scores, TooFew, estimate
from tiebreak.core.estimates.strata import NOTHING, Counted, SampledText, Stratum

EXPORT = "export"
ERRORS = "errors"  # in a text without an answer


class Judged(NamedTuple):
    """A measure of a system: the estimated interval and the true value."""

    system: str
    measure: str
    interval: Interval
    truth: float


class _Marked(NamedTuple):
    """The counts of a system or of the export, each of shape (texts, 3): right marks, marks, gold marks."""

    name: str
    counted: Array
    expected: Array  # the same as learned from answers
    known: Array  # the same once the text is answered


def judge(corpus: Corpus, state: State) -> list[Judged]:
    """Estimate all systems and the export from this state; return nothing if too few texts were sampled."""
    found: list[Judged] = []
    for marked in _all_marked(corpus, state):
        truth = np.where(state.answered[:, None], marked.known, marked.counted).sum(0)
        scores = estimate(list(_strata(state, marked)))
        if isinstance(scores, TooFew):
            return []
        found += _judged(marked.name, scores, truth)
        right, marks, gold = marked.counted[~state.answered].sum(0).tolist()
        a_text = Interval(*[each / scores.unknown for each in scores.errors])
        found.append(Judged(marked.name, ERRORS, a_text, (marks + gold - 2 * right) / scores.unknown))
    return found


def judge_by_slice_alone(corpus: Corpus, state: State, least: int) -> list[Judged]:
    """Estimate from all slice texts alone, reached or not; return nothing if fewer than `least` were answered."""
    sampled = state.drawn & state.answered
    if sampled.sum() < least:
        return []
    found: list[Judged] = []
    for marked in _all_marked(corpus, state):
        counted = [Counted(*each) for each in marked.counted[sampled].tolist()]
        sample = [SampledText(each, NOTHING) for each in counted]
        known = Counted(*marked.counted[sampled].sum(0).tolist())
        scores = estimate([Stratum(known, int((~sampled).sum()), NOTHING, sample)])
        assert isinstance(scores, Scores)
        found += _judged(marked.name, scores, marked.counted.sum(0))
    return found


def _judged(name: str, scores: Scores, truth: Array) -> Iterator[Judged]:
    right, marks, gold = truth.tolist()
    of = {"F1": (2 * right, marks + gold), "P": (right, marks), "R": (right, gold)}
    for measure, interval in (("F1", scores.f1), ("P", scores.precision), ("R", scores.recall)):
        part, whole = of[measure]
        if interval is not None and whole:
            yield Judged(name, measure, interval, part / whole)


def _all_marked(corpus: Corpus, state: State) -> Iterator[_Marked]:
    """Yield the counts of the systems and of the export; `expected` rests only on answers outside the slice."""
    learner = Learner(corpus)
    learner.teach_all(state.answered & ~state.drawn)
    gold, gold_expected, places = corpus.gold, learner.gold(), corpus.at.places
    for number, name in enumerate(corpus.systems):
        right, marks = corpus.right[:, number], corpus.marks[:, number]
        counted = np.stack([right, marks, gold], 1)
        expected = np.stack([places @ learner.mean(learner.at.right[number]), marks, gold_expected], 1)
        yield _Marked(name, counted, expected, counted)
    kinds = np.arange(len(corpus.agreed))
    taken = learner.readings()
    marks, right = (each[:, taken, kinds].sum(1) for each in (corpus.at.marks, corpus.at.right))
    right_expected = places @ learner.mean(learner.at.right[taken, kinds])
    expected = np.stack([right_expected, marks, gold_expected], 1)
    yield _Marked(EXPORT, np.stack([right, marks, gold], 1), expected, np.stack([gold, gold, gold], 1))


def _strata(state: State, marked: _Marked) -> Iterator[Stratum]:
    """Yield the strata of the texts that are still waiting.

    The unreached slice texts are the sample of the first stratum. The late texts of the slice are the second.
    """
    most = float(np.quantile(marked.counted[state.answered, 2], 0.95))
    late = state.late & state.waiting
    of_slice = state.drawn & ~state.reached
    rest = state.waiting & ~late
    yield Stratum(
        Counted(*marked.known[state.answered].sum(0).tolist()),
        int(rest.sum()),
        Counted(*marked.expected[rest].sum(0).tolist()),
        _sample(marked, of_slice & state.answered),
        _expected(marked, of_slice & state.ignored),
        _expected(marked, ~of_slice & state.ignored),
        most,
    )
    if late.any():
        due = state.drawn & state.reached & state.answered
        expected = Counted(*marked.expected[late].sum(0).tolist())
        yield Stratum(NOTHING, int(late.sum()), expected, _sample(marked, due))


def _sample(marked: _Marked, which: Array) -> list[SampledText]:
    counted, expected = marked.counted[which].tolist(), marked.expected[which].tolist()
    return [SampledText(Counted(*one), Counted(*other)) for one, other in zip(counted, expected, strict=True)]


def _expected(marked: _Marked, which: Array) -> list[Counted]:
    return [Counted(*each) for each in marked.expected[which].tolist()]

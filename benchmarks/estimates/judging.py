"""What is estimated of a state, and what is true: precision, recall and F1 of each system and of the export."""

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
ERRORS = "errors"  # in a text that nobody answered


class Judged(NamedTuple):
    """A measure of a system: the interval that is estimated, and the true value."""

    system: str
    measure: str
    interval: Interval
    truth: float


class _Said(NamedTuple):
    """What a system says of each text as (texts, 3): right, marks, gold; and what is expected of that."""

    name: str
    counted: Array
    expected: Array
    known: Array  # what it says of a text that was answered


def judge(corpus: Corpus, state: State) -> list[Judged]:
    """Estimate all systems and the export from this state; nothing if too few texts were sampled."""
    found: list[Judged] = []
    for said in _all_said(corpus, state):
        truth = np.where(state.answered[:, None], said.known, said.counted).sum(0)
        scores = estimate(list(_strata(state, said)))
        if isinstance(scores, TooFew):
            return []
        found += _judged(said.name, scores, truth)
        right, marks, gold = said.counted[~state.answered].sum(0).tolist()
        a_text = Interval(*[each / scores.unknown for each in scores.errors])
        found.append(Judged(said.name, ERRORS, a_text, (marks + gold - 2 * right) / scores.unknown))
    return found


def judge_by_slice_alone(corpus: Corpus, state: State, least: int) -> list[Judged]:
    """Estimate from all slice texts, reached or not, and nothing else; nothing if there are fewer than `least`."""
    sampled = state.drawn & state.answered
    if sampled.sum() < least:
        return []
    found: list[Judged] = []
    for said in _all_said(corpus, state):
        counted = [Counted(*each) for each in said.counted[sampled].tolist()]
        sample = [SampledText(each, NOTHING) for each in counted]
        known = Counted(*said.counted[sampled].sum(0).tolist())
        scores = estimate([Stratum(known, int((~sampled).sum()), NOTHING, sample)])
        assert isinstance(scores, Scores)
        found += _judged(said.name, scores, said.counted.sum(0))
    return found


def _judged(name: str, scores: Scores, truth: Array) -> Iterator[Judged]:
    right, marks, gold = truth.tolist()
    of = {"F1": (2 * right, marks + gold), "P": (right, marks), "R": (right, gold)}
    for measure, interval in (("F1", scores.f1), ("P", scores.precision), ("R", scores.recall)):
        part, whole = of[measure]
        if interval is not None and whole:
            yield Judged(name, measure, interval, part / whole)


def _all_said(corpus: Corpus, state: State) -> Iterator[_Said]:
    """What the systems and the export say; what is expected rests on the reviewed texts outside the slice alone."""
    learner = Learner(corpus)
    learner.teach_all(state.answered & ~state.drawn)
    gold, gold_expected, places = corpus.gold, learner.gold(), corpus.at.places
    for number, name in enumerate(corpus.systems):
        right, marks = corpus.right[:, number], corpus.marks[:, number]
        counted = np.stack([right, marks, gold], 1)
        expected = np.stack([places @ learner.mean(learner.at.right[number]), marks, gold_expected], 1)
        yield _Said(name, counted, expected, counted)
    kinds = np.arange(len(corpus.agreed))
    taken = learner.readings()
    marks, right = (each[:, taken, kinds].sum(1) for each in (corpus.at.marks, corpus.at.right))
    right_expected = places @ learner.mean(learner.at.right[taken, kinds])
    expected = np.stack([right_expected, marks, gold_expected], 1)
    yield _Said(EXPORT, np.stack([right, marks, gold], 1), expected, np.stack([gold, gold, gold], 1))


def _strata(state: State, said: _Said) -> Iterator[Stratum]:
    """The texts that nobody was given, for which the unreached slice texts stand; and the late ones of the slice."""
    most = float(np.quantile(said.counted[state.answered, 2], 0.95))
    late = state.late & state.waiting
    of_slice = state.drawn & ~state.reached
    rest = state.waiting & ~late
    yield Stratum(
        Counted(*said.known[state.answered].sum(0).tolist()),
        int(rest.sum()),
        Counted(*said.expected[rest].sum(0).tolist()),
        _sample(said, of_slice & state.answered),
        _expected(said, of_slice & state.ignored),
        _expected(said, ~of_slice & state.ignored),
        most,
    )
    if late.any():
        due = state.drawn & state.reached & state.answered
        expected = Counted(*said.expected[late].sum(0).tolist())
        yield Stratum(NOTHING, int(late.sum()), expected, _sample(said, due))


def _sample(said: _Said, which: Array) -> list[SampledText]:
    counted, expected = said.counted[which].tolist(), said.expected[which].tolist()
    return [SampledText(Counted(*one), Counted(*other)) for one, other in zip(counted, expected, strict=True)]


def _expected(said: _Said, which: Array) -> list[Counted]:
    return [Counted(*each) for each in said.expected[which].tolist()]

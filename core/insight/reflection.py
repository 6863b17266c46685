"""A reflection: what to do next by the answers so far, confusions of labels, and what more answers would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tiebreak.core.insight.confusion import Confusion, against_answers, against_each_other
from tiebreak.core.insight.counting import all_counts
from tiebreak.core.insight.doubts import Doubt, doubts
from tiebreak.core.insight.findings import Finding, findings, findings_of_one, settled_patterns
from tiebreak.core.insight.learned import learned_alike
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.reflecting import (
    Sitting,
    Worth,
    errors_left,
    llm_names,
    sittings,
    waiting_differences,
    waiting_labels,
    worth_of_next,
)

_SITTINGS = 8  # sittings that are shown
_AHEAD = 2000  # examples whose values are read; an annotator answers a few hundred an hour
_MOMENTS = (0, 5, 10, 20, 30, 45, 60, 90, 120)  # minutes from now
_PAIRS = 3  # pairs of predictors whose labels are compared


@dataclass(frozen=True, slots=True)
class Moment:
    """The errors that the learner expects to be left in the waiting examples after so many more minutes."""

    minutes: int
    errors: float


@dataclass(frozen=True, slots=True)
class Reflection:
    """What a store's answers say by now, of all sittings, without the answers to slice texts.

    `is_unread` is whether no model has read the texts.
    """

    findings: Sequence[Finding]
    confusions: Sequence[Confusion]
    doubts: Sequence[Doubt]
    ahead: Sequence[Moment]
    sittings: Sequence[Sitting]
    is_unread: bool = False


def reflect(store: Store) -> Reflection:
    """Reflect on a store; this reads all waiting differences once, and otherwise a bounded number of rows."""
    predictors = predictor_names(store)
    learned = learned_alike(store, with_open=False)
    settled = settled_patterns(learned, predictors)
    waiting = waiting_differences(store, predictors)
    confusions = [against_answers(settled, predictors, name) for name in predictors] if settled else []
    pairs = list(combinations(predictors, 2))[:_PAIRS] if waiting else []
    confusions += [against_each_other(waiting, predictors, *pair) for pair in pairs]
    found = findings(learned, waiting, predictors)
    if len(predictors) == 1:
        found = findings_of_one(all_counts(store).open_answers.corrected, waiting_labels(store))
    return Reflection(
        found,
        confusions,
        doubts(store, settled, predictors, llm_names(store) or predictors),
        moments(worth_of_next(store, _AHEAD), errors_left(store)),
        sittings(store, _SITTINGS),
        is_unread=not predictors,
    )


def moments(worth: Sequence[Worth], left: float) -> list[Moment]:
    """Return how many of the errors that are `left` now remain at later moments, with examples in this order."""
    found, seconds, at = [], 0.0, 0
    for minutes in _MOMENTS if worth else ():
        while at < len(worth) and seconds + worth[at].seconds <= 60 * minutes:
            seconds += worth[at].seconds
            left -= worth[at].errors
            at += 1
        found.append(Moment(minutes, max(left, 0.0)))
        if at == len(worth):
            break
    return found

"""Scorers: how much the predictions of one example disagree, from 0 (all agree) to 1; registered by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from tiebreak.core.compare.cats import Cats, differing_argmax, jaccard, jensen_shannon
from tiebreak.core.compare.pairing import partial_matches
from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Difference, Marks, Span, Spans

if TYPE_CHECKING:
    from catalogue import Registry


class HasCats(Protocol):
    """A prediction, an answer or an annotation of one text, with the scores of its categories."""

    @property
    def cats(self) -> Cats | None: ...


class Compared(NamedTuple):
    """The input of a scorer for one example: each predictor's marks, its scores of categories, and the differences.

    Marks and scores are by predictor, the left one first; for a task with spans each of `cats` is empty.
    """

    readings: Mapping[str, Marks]
    said: Mapping[str, HasCats]
    differences: tuple[Difference, ...]

    @property
    def cats(self) -> Mapping[str, Cats]:
        return {name: each.cats or {} for name, each in self.said.items()}


Scorer = Callable[[Compared], float]


def span_f1(readings: Mapping[str, Collection[object]]) -> float:
    """Return 1 - the mean, over pairs of predictors, of their exact-match F1; two empty readings agree (F1 = 1).

    F1 of two sets of spans A and B is the Dice coefficient 2 |A & B| / (|A| + |B|). It is symmetric, so no predictor
    has to be the reference (Hripcsak & Rothschild 2005, "Agreement, the F-Measure, and Reliability in Information
    Retrieval"). Unit: none, 0..1. Fewer than two readings: 0.
    """
    total = 0.0
    pairs = 0
    for ours, theirs in combinations([frozenset(spans) for spans in readings.values()], 2):
        size = len(ours) + len(theirs)
        total += 2.0 * len(ours & theirs) / size if size else 1.0
        pairs += 1
    return 1.0 - total / pairs if pairs else 0.0


def partial_f1(readings: Mapping[str, Collection[Span]]) -> float:
    """Return 1 - the mean, over pairs of predictors, of their F1 with half credit for overlap.

    F1 of two sets of spans A and B is (2 C + P) / (|A| + |B|), with C exact matches. P counts pairs of the other spans
    that overlap under the same label, each span in at most one pair, taken in text order. So a partial match counts
    half, as in MUC-5 (Chinchor & Sundheim 1993, "MUC-5 Evaluation Metrics"). Unit: none, 0..1. Fewer than two readings:
    0.
    """
    spans_of: list[Spans] = [tuple(sorted({*spans})) for spans in readings.values()]
    partial: dict[tuple[int, int], int] = {}
    for one, other, _, times in partial_matches(spans_of):
        partial[one, other] = partial.get((one, other), 0) + times
    pairs = [*combinations(range(len(spans_of)), 2)]
    total = 0.0
    for one, other in pairs:
        size = len(spans_of[one]) + len(spans_of[other])
        exact = len({*spans_of[one]} & {*spans_of[other]})
        total += (2.0 * exact + partial.get((one, other), 0)) / size if size else 1.0
    return 1.0 - total / len(pairs) if pairs else 0.0


def squashed_count(differences: int) -> float:
    """Return n / (n + 1) for n differences: 0 for none, .5 for one, towards 1 for many."""
    return differences / (differences + 1)


def mean_over_pairs(score: Callable[[Cats, Cats], float], cats: Mapping[str, Cats]) -> float:
    """Return the mean, over all pairs of predictors, of a score of their categories; fewer than two predictors: 0."""
    pairs = [score(ours, theirs) for ours, theirs in combinations(cats.values(), 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _of_cats(score: Callable[[Cats, Cats], float]) -> Scorer:
    return lambda compared: mean_over_pairs(score, compared.cats)


BUILT_IN: dict[str, Scorer] = {
    "span_f1": lambda compared: span_f1(compared.readings),
    "partial_f1": lambda compared: partial_f1(cast(Mapping[str, Spans], compared.readings)),
    "count": lambda compared: squashed_count(len(compared.differences)),
    "differing_argmax": _of_cats(differing_argmax),
    "jaccard": _of_cats(jaccard),
    "jensen_shannon": _of_cats(jensen_shannon),
}


_LEAST = 1e-9  # of a score, 0..1, for a text with differences; at 0 it would pass for agreed


@cache
def registry() -> Registry:
    """Return the registry of scorers: those built in and those of the entry points `tiebreak_scorers`."""
    import catalogue  # slow: reads the metadata of all installed packages

    scorers = catalogue.create("tiebreak", "scorers", entry_points=True)
    for name, scorer in BUILT_IN.items():
        scorers.register(name, func=scorer)
    return scorers


def own_scorers() -> list[str]:
    """Return the names of the scorers of other packages, without importing these."""
    from importlib.metadata import entry_points

    return sorted({each.name for each in entry_points(group="tiebreak_scorers")})


def scorer_named(name: str) -> Scorer | None:
    """Return the scorer registered as `name`, or None. Raises ConfigError if its import fails."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    try:
        return _checked(name, registry().get(name)) if name in registry() else None
    except Exception as error:  # another author's module may raise anything
        raise ConfigError(f"scorer {name!r}: cannot be imported: {type(error).__name__}: {error}") from error


def _checked(name: str, scorer: Scorer) -> Scorer:
    """Return `scorer` with its faults as ConfigErrors, and its score high enough to count as a difference."""

    def checked(compared: Compared) -> float:
        try:
            score = float(scorer(compared))
        except Exception as error:  # another author's code may raise anything
            raise ConfigError(f"scorer {name!r}: failed: {type(error).__name__}: {error}") from error
        if not 0.0 <= score <= 1.0:
            raise ConfigError(f"scorer {name!r}: returned {score:g}; a score is from 0 to 1")
        return max(score, _LEAST)

    return checked

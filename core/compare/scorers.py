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
    """What was said of one text, with the scores of its categories."""

    @property
    def cats(self) -> Cats | None: ...


class Compared(NamedTuple):
    """What a scorer is given of one example: each predictor's marks and its scores of categories, and the differences.

    All are by predictor, the left one first; each of `cats` is empty where the task is spans.
    """

    readings: Mapping[str, Marks]
    said: Mapping[str, HasCats]
    differences: tuple[Difference, ...]

    @property
    def cats(self) -> Mapping[str, Cats]:
        return {name: each.cats or {} for name, each in self.said.items()}


Scorer = Callable[[Compared], float]


def span_f1(readings: Mapping[str, Collection[object]]) -> float:
    """1 - the mean, over pairs of predictors, of their exact-match F1; two empty readings agree (F1 = 1).

    F1 of two sets of spans A and B is the Dice coefficient 2 |A & B| / (|A| + |B|), which is symmetric, so that no
    predictor has to be the reference (Hripcsak & Rothschild 2005, "Agreement, the F-Measure, and Reliability in
    Information Retrieval"). Unit: none, 0..1. Fewer than two readings: 0.
    """
    total = 0.0
    pairs = 0
    for ours, theirs in combinations([frozenset(spans) for spans in readings.values()], 2):
        size = len(ours) + len(theirs)
        total += 2.0 * len(ours & theirs) / size if size else 1.0
        pairs += 1
    return 1.0 - total / pairs if pairs else 0.0


def partial_f1(readings: Mapping[str, Collection[Span]]) -> float:
    """1 - the mean, over pairs of predictors, of their F1 with half credit for overlap.

    Of two sets of spans A and B with C exact matches, and P pairs of the others that overlap under the same label (each
    span in one pair at most, taken in text order), F1 is (2 C + P) / (|A| + |B|): a partial match counts half, as in
    MUC-5 (Chinchor & Sundheim 1993, "MUC-5 Evaluation Metrics"). Unit: none, 0..1. Fewer than two readings: 0.
    """
    said: list[Spans] = [tuple(sorted({*spans})) for spans in readings.values()]
    partial: dict[tuple[int, int], int] = {}
    for one, other, _, times in partial_matches(said):
        partial[one, other] = partial.get((one, other), 0) + times
    pairs = [*combinations(range(len(said)), 2)]
    total = 0.0
    for one, other in pairs:
        size = len(said[one]) + len(said[other])
        exact = len({*said[one]} & {*said[other]})
        total += (2.0 * exact + partial.get((one, other), 0)) / size if size else 1.0
    return 1.0 - total / len(pairs) if pairs else 0.0


def squashed_count(differences: int) -> float:
    """n / (n + 1) of n differences: 0 for none, .5 for one, towards 1 for many."""
    return differences / (differences + 1)


def mean_over_pairs(score: Callable[[Cats, Cats], float], cats: Mapping[str, Cats]) -> float:
    """The mean of a score of two predictors' categories over all pairs; fewer than two predictors: 0."""
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


_LEAST = 1e-9  # that a text with differences counts: at 0 it would pass for one on which all agree


@cache
def registry() -> Registry:
    """Return the registry of scorers, which has the built-in ones and those of the entry points `tiebreak_scorers`."""
    import catalogue  # reads the metadata of all packages that are installed

    scorers = catalogue.create("tiebreak", "scorers", entry_points=True)
    for name, scorer in BUILT_IN.items():
        scorers.register(name, func=scorer)
    return scorers


def own_scorers() -> list[str]:
    """Return the names of the scorers that other packages bring, without importing them."""
    from importlib.metadata import entry_points

    return sorted({each.name for each in entry_points(group="tiebreak_scorers")})


def scorer_named(name: str) -> Scorer | None:
    """Return the scorer registered as `name`; None where there is none. Raises ConfigError if its import fails."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    try:
        return _checked(name, registry().get(name)) if name in registry() else None
    except Exception as error:  # whatever a module of somebody else's does when it is imported
        raise ConfigError(f"scorer {name!r}: cannot be imported: {type(error).__name__}: {error}") from error


def _checked(name: str, scorer: Scorer) -> Scorer:
    """`scorer` with its faults as ConfigErrors, and no score so low that the differences would be passed over."""

    def checked(compared: Compared) -> float:
        try:
            score = float(scorer(compared))
        except Exception as error:  # whatever code of somebody else's may raise
            raise ConfigError(f"scorer {name!r}: failed: {type(error).__name__}: {error}") from error
        if not 0.0 <= score <= 1.0:
            raise ConfigError(f"scorer {name!r}: gave {score:g}; a score is from 0 to 1")
        return max(score, _LEAST)

    return checked

"""Mixes of the models' readings, for a difference at which no reading is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, permutations

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.records import Span, Spans, Task

_MOST = 24  # mixes; more than a person steps through
_MOST_SPANS = 6  # spans; up to this number all their subsets are offered


def mixes(readings: Sequence[Spans], task: Task) -> tuple[Spans, ...]:
    """Return the mixes of the distinct `readings` of one place that the task allows; no mix is itself a reading.

    The order cost a player that knows the gold the fewest keys on clinical trials (five models, ten pairs):

    - one model's spans with those of another that fit beside them
    - the intersection of the bounds
    - each span alone
    - the union of the bounds
    - one model's bounds with another's label
    - the other subsets
    """
    proposed = [reading for reading in readings if reading]
    if not proposed:
        return ()
    everything = sorted({span for reading in proposed for span in reading})
    known = {(), *readings, tuple(everything)}  # neither, the readings and both have keys of their own
    found: dict[Spans, None] = {}
    for mix in _candidates(proposed, everything):
        spans = tuple(sorted(set(mix)))
        if spans not in known and (task.allows_overlap or not first_overlap(spans)):
            found[spans] = None
    return tuple(islice(found, _MOST))


def _candidates(proposed: Sequence[Spans], everything: Sequence[Span]) -> Iterator[Iterable[Span]]:
    labels = list(dict.fromkeys(span.label for reading in proposed for span in reading))
    common = max(span.start for span in everything), min(span.end for span in everything)
    union = everything[0].start, max(span.end for span in everything)
    for ours, theirs in permutations(proposed, 2):
        yield _fitted(ours, theirs)
    yield from _labelled(common, labels)
    yield from combinations(everything, 1)
    yield from _labelled(union, labels)
    for ours, theirs in permutations(proposed, 2):
        if len(ours) == len(theirs):
            yield tuple(span._replace(label=other.label) for span, other in zip(ours, theirs, strict=True))
    if len(everything) <= _MOST_SPANS:
        for size in range(2, len(everything)):
            yield from combinations(everything, size)


def _fitted(ours: Spans, theirs: Spans) -> Spans:
    """Return all of `ours`, and those of `theirs`, in text order, that overlap no span taken before."""
    fitted = list(ours)
    for span in theirs:
        if not any(span.overlaps(other) for other in fitted):
            fitted.append(span)
    return tuple(fitted)


def _labelled(bounds: tuple[int, int], labels: Sequence[str]) -> Iterator[Spans]:
    if bounds[0] < bounds[1]:
        yield from ((Span(*bounds, label),) for label in labels)

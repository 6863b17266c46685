"""What a person may mean where no reading is right: mixes of what the models propose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, permutations

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.records import Span, Spans, Task

_MOST = 24  # mixes offered: more than a person steps through
_MOST_SPANS = 6  # of which all subsets are offered


def mixes(readings: Sequence[Spans], task: Task) -> tuple[Spans, ...]:
    """The mixes of the distinct `readings` of one place, none of them a reading itself.

    In the order that cost a player who knows the gold the fewest keys on clinical trials (five models, ten pairs): one
    model's spans with what fits beside them of the others'; the bounds' intersection; each span alone; the bounds'
    union; one model's bounds with another's label; and the other subsets. What the task forbids is left out.
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
    """All of `ours`, and of `theirs` in text order what overlaps nothing that is there already."""
    fitted = list(ours)
    for span in theirs:
        if not any(span.overlaps(other) for other in fitted):
            fitted.append(span)
    return tuple(fitted)


def _labelled(bounds: tuple[int, int], labels: Sequence[str]) -> Iterator[Spans]:
    if bounds[0] < bounds[1]:
        yield from ((Span(*bounds, label),) for label in labels)

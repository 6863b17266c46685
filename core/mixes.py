"""What a person may mean where no reading is right: mixes of what the models propose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.records import Span, Spans, Task

_MOST = 24  # mixes offered: more than a person steps through
_MOST_SPANS = 6  # of which all subsets are offered


def mixes(readings: Sequence[Spans], task: Task) -> tuple[Spans, ...]:
    """The mixes of the distinct `readings` of one place, the likelier first, none of them a reading itself.

    One model's bounds with another's label; the union, then the intersection of the bounds, with each label; and
    subsets of the spans that are proposed, the single ones first. What the task forbids is left out.
    """
    known = {(), *readings}
    found: dict[Spans, None] = {}
    for mix in (*_of_single_spans(readings), *_subsets(readings)):
        spans = tuple(sorted(set(mix)))
        if spans not in known and (task.allows_overlap or not first_overlap(spans)):
            found[spans] = None
    return tuple(islice(found, _MOST))


def _of_single_spans(readings: Sequence[Spans]) -> Iterator[Spans]:
    """Mixes of bounds and labels, where readings have the same number of spans; for one span each, all of them."""
    proposed = [reading for reading in readings if reading]
    for ours, theirs in product(proposed, repeat=2):
        if ours is not theirs and len(ours) == len(theirs):
            yield tuple(span._replace(label=other.label) for span, other in zip(ours, theirs, strict=True))
    spans = [span for reading in proposed for span in reading]
    if len(spans) < 2:
        return
    labels = list(dict.fromkeys(span.label for span in spans))
    union = (min(span.start for span in spans), max(span.end for span in spans))
    common = (max(span.start for span in spans), min(span.end for span in spans))
    for start, end in (union, common):
        if start < end:
            yield from ((Span(start, end, label),) for label in labels)


def _subsets(readings: Sequence[Spans]) -> Iterator[Spans]:
    spans = sorted({span for reading in readings for span in reading})
    largest = len(spans) if len(spans) <= _MOST_SPANS else 1
    for size in range(1, largest + 1):
        yield from combinations(spans, size)

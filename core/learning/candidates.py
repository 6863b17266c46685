"""The candidates of a difference: the sets of spans that may hold there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, cast

from tiebreak.core.compare.mixes import mixes
from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.records import Difference, Marks, Span, Spans, Task

_MOST_MIXES = 8
_MOST_LABELS = 24  # labels; of a task with more, only those seen first count


class Candidate(NamedTuple):
    """Marks that may hold at a place, and `voters`, the predictors that have this reading.

    `name` is `reading`, `neither`, `both`, `mix`, `label` (another label on proposed bounds), `keep`, `drop`, `leave`
    or `add`.
    """

    marks: Marks
    name: str
    voters: tuple[str, ...] = ()


def candidates_of(difference: Difference, task: Task, labels: Sequence[str]) -> tuple[Candidate, ...]:
    """Return the candidates of a difference between spans.

    They are the distinct readings, the left predictor's first; neither; both; mixes; and each of `labels` on the bounds
    of each reading of one span.
    """
    found = {reading.marks: reading for reading in readings_of(difference)}
    for candidate in _others(cast("list[Spans]", list(found)), task, labels[:_MOST_LABELS]):
        found.setdefault(candidate.marks, candidate)
    return tuple(found.values())


def readings_of(difference: Difference) -> tuple[Candidate, ...]:
    """Return the distinct readings of a difference, the left predictor's first."""
    voters: dict[Marks, list[str]] = {}
    for name, marks in difference.readings.items():
        voters.setdefault(marks, []).append(name)
    return tuple(Candidate(marks, "reading", tuple(names)) for marks, names in voters.items())


def _others(readings: Sequence[Spans], task: Task, labels: Sequence[str]) -> Iterator[Candidate]:
    yield Candidate((), "neither")
    both = tuple(sorted({span for reading in readings for span in reading}))
    if task.allows_overlap or not first_overlap(both):
        yield Candidate(both, "both")
    for spans in islice(mixes(sorted(readings), task), _MOST_MIXES):  # sorted: the mixes do not depend on the sides
        yield Candidate(spans, "mix")
    for reading in readings:
        if len(reading) == 1:
            yield from other_labels(reading[0], labels)


def other_labels(span: Span, labels: Sequence[str]) -> tuple[Candidate, ...]:
    """Return each of the other `labels` on the bounds of a span."""
    others = [label for label in labels[:_MOST_LABELS] if label != span.label]
    return tuple([Candidate((span._replace(label=label),), "label") for label in others])

"""Merging several records of one text by one predictor: what they hold together, and what gives way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tiebreak.core.compare.cats import THRESHOLD
from tiebreak.core.label_map import LabelMap
from tiebreak.core.records import Record, Span, Spans, Task, TaskKind


class Annotation(NamedTuple):
    """The prediction or answer of a predictor for one text, under the store's labels.

    `labels` are the predictor's own labels before the label map, one per span or category. `denied` are rejected spans.
    `is_part`: it decides on these spans (this category) alone, and leaves the rest of the text open. `is_answer`: a
    person answered it. `question` is Prodigy's hash of the question, if the record may have asked about its one span
    alone but does not say so. `record` is its source, if that is still in memory.
    """

    spans: Spans | None
    cats: dict[str, float] | None
    labels: tuple[str, ...] = ()
    denied: Spans = ()
    is_part: bool = False
    is_answer: bool = False
    question: int | None = None
    record: Record | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it is a part from which the label map dropped everything."""
        return self.is_part and not (self.spans or self.denied or self.cats)

    @property
    def value(self) -> tuple[Spans | None, dict[str, float] | None]:
        return self.spans, self.cats


def annotation_of(
    record: Record, task: Task, label_map: LabelMap, earlier: Annotation | None = None
) -> Annotation | None:
    """Return what `record` adds to `earlier`; None if it has no data for the task, or was rejected or ignored as a
    whole.
    """
    said = _SAID[task.kind](record, label_map)
    if said is None or record.answer == "ignore":
        return None
    decides = said.is_part
    if earlier is not None and not decides:
        decides = _are_two_questions(earlier.question, said.question)
    return None if record.answer == "reject" and not decides else said._replace(is_part=decides)


def _spans_said(record: Record, label_map: LabelMap) -> Annotation | None:
    if record.spans is None:
        return None
    labels, spans = tuple([span.label for span in record.spans]), label_map.apply(record.spans)
    accepted, denied = ((), spans) if record.answer == "reject" else (spans, ())
    is_answer = record.answer is not None
    may_ask = is_answer and record.is_decision is None and len(record.spans) == 1
    question = record.task_hash if may_ask else None
    return Annotation(accepted, None, labels, denied, bool(record.is_decision), is_answer, question, record)


def _categories_said(record: Record, label_map: LabelMap) -> Annotation | None:
    if record.cats is None:
        return None
    is_answer, cats = record.answer is not None, label_map.apply_to_cats(record.cats)
    return Annotation(None, cats, tuple(record.cats), (), record.one_label, is_answer, None, record)


_SAID = {TaskKind.SPANS: _spans_said, TaskKind.CATEGORIES: _categories_said}


def _are_two_questions(one: int | None, other: int | None) -> bool:
    return None not in (one, other) and one != other


def merged(earlier: Annotation, later: Annotation, task: Task) -> tuple[Annotation, bool]:
    """Merge two records of one text in the order of the file; also return whether something gave way.

    A part is added to the earlier record: spans that it rejects are removed, and spans that it excludes give way. If
    both speak of the whole text, an answer prevails over a record that nobody answered; else the later one counts.
    """
    if later.is_part:
        return _JOINED[task.kind](earlier, later, task)
    if earlier.is_answer and not later.is_answer:
        return earlier, earlier.value != later.value
    return later, not _holds(later, earlier)


def _with_category(earlier: Annotation, later: Annotation, task: Task) -> tuple[Annotation, bool]:
    before, new = earlier.cats or {}, later.cats or {}
    excludes = task is Task.TEXTCAT and _holding(new)
    excluded = {label: 0.0 for label in _holding(before) if label not in new} if excludes else {}
    labels = (*earlier.labels, *later.labels)
    return earlier._replace(cats=before | excluded | new, labels=labels), bool(excluded)


def _holding(cats: dict[str, float]) -> list[str]:
    return [label for label, score in cats.items() if score >= THRESHOLD]


def _with_spans(earlier: Annotation, later: Annotation, task: Task) -> tuple[Annotation, bool]:
    new = set(later.spans or ())
    before = set(earlier.spans or ()) - {*later.denied}
    kept = before if task.allows_overlap else {span for span in before if not _is_excluded(span, new)}
    said = earlier._replace(
        spans=tuple(sorted(kept | new)),
        labels=(*earlier.labels, *later.labels),
        denied=tuple(sorted({*earlier.denied, *later.denied} - new)),
        is_part=earlier.is_part or earlier.question is not None,
    )
    return said, len(kept) < len(before)


_JOINED = {TaskKind.SPANS: _with_spans, TaskKind.CATEGORIES: _with_category}


def _is_excluded(span: Span, others: Iterable[Span]) -> bool:
    return any(span != other and span.overlaps(other) for other in others)


def _holds(whole: Annotation, earlier: Annotation) -> bool:
    """Return whether `whole` contains everything in `earlier`."""
    if not earlier.is_part:
        return whole.value == earlier.value
    if whole.cats is not None:
        return (earlier.cats or {}).items() <= whole.cats.items()
    spans = set(whole.spans or ())
    return spans.issuperset(earlier.spans or ()) and spans.isdisjoint(earlier.denied)

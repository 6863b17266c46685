"""Comparing two annotated files without a store: how well they agree, and where their texts differ."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from tiebreak.core.formats.annotated_file import Annotated, AnnotatedFile, read_annotated, task_of_annotations
from tiebreak.core.formats.conll_columns import Columns
from tiebreak.core.formats.registry import Format
from tiebreak.core.label_map import LabelMap
from tiebreak.core.records import Difference, Marks, OffsetUnit, Span, Spans, Task, TaskKind
from tiebreak.core.tasks.compare import compare, scorer_of
from tiebreak.core.tasks.registry import rules_of

NONE = "(none)"  # in a confusion, the label of a file that has no span on these bounds
KEEP_ALL = LabelMap()


@dataclass
class MatchCounts:
    """The agreement of A's spans (or categories that hold) with those of B, which is taken as gold.

    `found` counts the spans of A that B has, `covered` the spans of B that A has; for exact matches, both are equal.
    """

    a: int = 0
    b: int = 0
    found: int = 0
    covered: int = 0

    @property
    def precision(self) -> float:
        """The share of A's spans that B has, too; 1 if A has none."""
        return self.found / self.a if self.a else 1.0

    @property
    def recall(self) -> float:
        """The share of B's spans that A has, too; 1 if B has none."""
        return self.covered / self.b if self.b else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall (van Rijsbergen 1979); 1 if neither file has any spans."""
        if not self.a and not self.b:
            return 1.0
        if not self.a or not self.b or not self.found or not self.covered:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True)
class DifferingText:
    """A text on which the files differ: the marks of each, the differences, and the disagreement, 0..1."""

    text: str
    score: float
    a: Marks
    b: Marks
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class FileDiff:
    """Two files compared, text by text; B is taken as gold.

    `texts_a` and `texts_b` count the texts of each file, `annotated_a` and `annotated_b` its annotated texts.
    `only_in_a` and `only_in_b` are texts. `same` counts the texts on which both agree. `left_out` counts the texts of
    both files that either rejects or ignores. `bad` has messages FILE:LINE: reason. `notes` counts the kinds of
    annotations that could not be read as they were. `repeated_a` and `repeated_b` count records that gave way to
    another of the same text. `labels_of_a` are the labels of A before the label map.

    `exact` is over all labels. `partial` is None for categories. In it, a span counts as found if the other file has a
    span with its label that shares a character with it. So a span may be found by several spans and find several. This
    resembles the "type" match of SemEval-2013 task 9 (Segura-Bedmar et al. 2013), but that pairs each span once.
    `confusion` counts pairs (label in A, label in B) of spans on the same bounds. `differing` has the strongest
    disagreements first.
    """

    a: str
    b: str
    task: Task
    texts_a: int
    texts_b: int
    annotated_a: int
    annotated_b: int
    only_in_a: tuple[str, ...]
    only_in_b: tuple[str, ...]
    same: int
    differing: tuple[DifferingText, ...]
    left_out: int
    bad: tuple[str, ...]
    notes: Counter[str]
    repeated_a: int
    repeated_b: int
    labels_of_a: Counter[str]
    exact: MatchCounts
    partial: MatchCounts | None
    labels: Mapping[str, MatchCounts]
    confusion: Counter[tuple[str, str]]

    @property
    def is_same(self) -> bool:
        """Whether both files have the same texts and agree on them."""
        return not (self.differing or self.only_in_a or self.only_in_b)

    def confused(self) -> list[tuple[tuple[str, str], int]]:
        """Return the pairs of labels with their counts, the most frequent first."""
        return sorted(self.confusion.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass
class _Counts:
    """The sums over the texts."""

    same: int = 0
    left_out: int = 0
    exact: MatchCounts = field(default_factory=MatchCounts)
    partial: MatchCounts | None = None
    labels: dict[str, MatchCounts] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)


def diff_files(
    a: str,
    b: str,
    task: Task | None = None,
    format_a: Format | None = None,
    format_b: Format | None = None,
    label_map: LabelMap = KEEP_ALL,
    columns: Columns | None = None,
    offsets_a: OffsetUnit | None = None,
    offsets_b: OffsetUnit | None = None,
    text_column: str | None = None,
) -> FileDiff:
    """Compare the annotations of two files, matching records by their texts, in any order.

    Without `task`, the files decide it: see `annotated_file.task_of`. `label_map` is applied to A, and `columns` to
    CoNLL. `offsets_a` and `offsets_b` are the units that each file's offsets count; None to recognise them from the
    file. `text_column` is the column of the texts in both files.

    Records of a file with the same text are merged, as `load` does. Each file's texts and annotations are in memory
    once. Raises SourceError if a file as a whole cannot be read.
    """
    file_a = read_annotated(a, task, format_a, label_map, None, columns, offsets_a, text_column)
    file_b = read_annotated(b, task, format_b, KEEP_ALL, file_a, columns, offsets_b, text_column)
    found = task or task_of_annotations(file_a, file_b)
    counts = _Counts(partial=MatchCounts() if found.kind is TaskKind.SPANS else None)
    differing = list(_differing(file_a, file_b, found, counts))
    return FileDiff(
        a=a,
        b=b,
        task=found,
        texts_a=len(file_a.texts),
        texts_b=len(file_b.texts),
        annotated_a=file_a.annotated,
        annotated_b=file_b.annotated,
        only_in_a=_only(file_a, file_b),
        only_in_b=_only(file_b, file_a),
        same=counts.same,
        differing=tuple(sorted(differing, key=lambda each: (-each.score, -len(each.differences), each.text))),
        left_out=counts.left_out,
        bad=(*file_a.messages(found), *file_b.messages(found)),
        notes=file_a.notes + file_b.notes,
        repeated_a=file_a.gave_way,
        repeated_b=file_b.gave_way,
        labels_of_a=file_a.labels,
        exact=counts.exact,
        partial=counts.partial,
        labels=dict(sorted(counts.labels.items())),
        confusion=counts.confusion,
    )


def _differing(a: AnnotatedFile, b: AnnotatedFile, task: Task, counts: _Counts) -> Iterator[DifferingText]:
    """Yield the texts on which the files differ, and count all texts of both."""
    for digest, ours in a.texts.items():
        theirs = b.texts.get(digest)
        if theirs is None:
            continue
        if ours.is_left_out or theirs.is_left_out:
            counts.left_out += 1
        elif (text := _compare(ours, theirs, task, counts)) is not None:
            yield text
        else:
            counts.same += 1


def _only(one: AnnotatedFile, other: AnnotatedFile) -> tuple[str, ...]:
    return tuple(annotated.text for digest, annotated in one.texts.items() if digest not in other.texts)


def _compare(ours: Annotated, theirs: Annotated, task: Task, counts: _Counts) -> DifferingText | None:
    """Count the annotations of a text in both files, and return it if they differ."""
    found = compare({"a": ours, "b": theirs}, task, scorer_of(task))
    a, b = (rules_of(task).stored(found.readings[file]) for file in ("a", "b"))
    _count_exact(counts, {*a}, {*b})
    if counts.partial is not None:
        _count_partial(counts.partial, a, b)
    counts.confusion.update(_confused(a, b, several=task is Task.TEXTCAT_MULTILABEL))
    if not found.differences:
        return None
    return DifferingText(ours.text, found.score, found.readings["a"], found.readings["b"], found.differences)


def _count_exact(counts: _Counts, a: set[Span], b: set[Span]) -> None:
    for span in a | b:
        for match in (counts.exact, counts.labels.setdefault(span.label, MatchCounts())):
            match.a += span in a
            match.b += span in b
            match.found += span in a and span in b
            match.covered += span in a and span in b


def _count_partial(partial: MatchCounts, a: Spans, b: Spans) -> None:
    partial.a += len(a)
    partial.b += len(b)
    partial.found += _touched(a, b)
    partial.covered += _touched(b, a)


def _touched(spans: Spans, others: Spans) -> int:
    """Return how many of `spans` share a character with one of `others` that has the same label."""
    starts: dict[str, list[int]] = {}
    ends: dict[str, list[int]] = {}  # the furthest end so far
    for other in sorted(others):
        furthest = ends.setdefault(other.label, [])
        furthest.append(max(other.end, furthest[-1] if furthest else 0))
        starts.setdefault(other.label, []).append(other.start)
    touched = 0
    for span in spans:
        before = bisect_left(starts.get(span.label, ()), span.end)
        touched += before > 0 and ends[span.label][before - 1] > span.start
    return touched


def _confused(a: Collection[Span], b: Collection[Span], several: bool) -> Iterator[tuple[str, str]]:
    """Yield (label in A, label in B) of spans on the same bounds: equal labels first, then the others sorted.

    `several` is for categories that may hold together: there, one label is never a mistake for another.
    """
    labels: dict[tuple[int, int], tuple[set[str], set[str]]] = {}
    for side, spans in enumerate((a, b)):
        for start, end, label in spans:
            labels.setdefault((start, end), (set(), set()))[side].add(label)
    for ours, theirs in labels.values():
        yield from ((label, label) for label in sorted(ours & theirs))
        left, right = sorted(ours - theirs), sorted(theirs - ours)
        pairs = 0 if several else min(len(left), len(right))
        yield from zip(left[:pairs], right[:pairs], strict=True)
        yield from ((label, NONE) for label in left[pairs:])
        yield from ((NONE, label) for label in right[pairs:])

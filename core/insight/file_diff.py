"""Comparing two annotated files without a store: what agrees, how well, and where the texts of both differ."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from tiebreak.core.formats.annotated_file import Annotated, AnnotatedFile, read_annotated, task_of
from tiebreak.core.formats.conll_columns import Columns
from tiebreak.core.formats.registry import Format
from tiebreak.core.label_map import LabelMap
from tiebreak.core.records import Difference, Marks, OffsetUnit, Span, Spans, Task, TaskKind
from tiebreak.core.tasks.compare import compare, scorer_of
from tiebreak.core.tasks.registry import rules_of

NONE = "(none)"  # in the confusion: the other file has no span of these bounds
KEEP_ALL = LabelMap()


@dataclass
class Match:
    """How spans of A (or categories that hold) agree with those of B, which is taken as gold.

    `found` counts those of A that B has, `covered` those of B that A has: of exact matches both are the same.
    """

    a: int = 0
    b: int = 0
    found: int = 0
    covered: int = 0

    @property
    def precision(self) -> float:
        """The share of A's spans that B has, too; 1 where A has none."""
        return self.found / self.a if self.a else 1.0

    @property
    def recall(self) -> float:
        """The share of B's spans that A has, too; 1 where B has none."""
        return self.covered / self.b if self.b else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall (van Rijsbergen 1979); 1 where neither file has any."""
        if not self.a and not self.b:
            return 1.0
        if not self.a or not self.b or not self.found or not self.covered:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True)
class DifferingText:
    """A text on which the files differ: what each says, where, and how much, 0..1."""

    text: str
    score: float
    a: Marks
    b: Marks
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class FileDiff:
    """Two files compared, text by text; B is taken as gold.

    `texts_a` and `texts_b` count the texts of each file, `annotated_a` and `annotated_b` those it says anything of.
    `only_in_a` and `only_in_b` are texts. `same` counts the texts on which both say the same. `left_out` counts those
    that are in both and that one of them rejects or ignores. `bad` has messages FILE:LINE: reason, and `notes` what
    could not be read as it was, with how often. `repeated_a` and `repeated_b` count records that gave way to another of
    the same text. `labels_of_a` are those of A before the label map.

    `exact` is over all labels. In `partial`, which is None for categories, a span counts as found where the other file
    has a span of its label that shares a character with it. One span may so be found by several and find several:
    SemEval-2013 task 9, whose "type" match this resembles (Segura-Bedmar et al. 2013), pairs each span once.
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
    exact: Match
    partial: Match | None
    labels: Mapping[str, Match]
    confusion: Counter[tuple[str, str]]

    @property
    def is_same(self) -> bool:
        """Whether both files have the same texts and say the same of them."""
        return not (self.differing or self.only_in_a or self.only_in_b)

    def confused(self) -> list[tuple[tuple[str, str], int]]:
        """The pairs of labels with their counts, the most frequent first."""
        return sorted(self.confusion.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass
class _Counts:
    """What is summed up over the texts."""

    same: int = 0
    left_out: int = 0
    exact: Match = field(default_factory=Match)
    partial: Match | None = None
    labels: dict[str, Match] = field(default_factory=dict)
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
    """Compare the annotations of two files; texts are matched by what they are, whatever their order.

    Without `task` it is found out: see `file_annotations.task_of`. `label_map` is applied to A, and `columns` to CoNLL.
    `offsets_a` and `offsets_b` are what each file's offsets count; None to go by what it shows. `text_column` holds the
    texts of both.
    What several records of a file say of one text is merged, as `load` does. One text and its annotations are in memory
    once for each file. Raises SourceError where a file as a whole cannot be read.
    """
    file_a = read_annotated(a, task, format_a, label_map, None, columns, offsets_a, text_column)
    file_b = read_annotated(b, task, format_b, KEEP_ALL, file_a, columns, offsets_b, text_column)
    found = task or task_of(file_a, file_b)
    counts = _Counts(partial=Match() if found.kind is TaskKind.SPANS else None)
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
    """The texts of both files on which they differ; all of both are counted."""
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
    """Count what both say of a text, and return it where they differ."""
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
        for match in (counts.exact, counts.labels.setdefault(span.label, Match())):
            match.a += span in a
            match.b += span in b
            match.found += span in a and span in b
            match.covered += span in a and span in b


def _count_partial(partial: Match, a: Spans, b: Spans) -> None:
    partial.a += len(a)
    partial.b += len(b)
    partial.found += _touched(a, b)
    partial.covered += _touched(b, a)


def _touched(spans: Spans, others: Spans) -> int:
    """How many of `spans` share a character with one of the others that has their label."""
    starts: dict[str, list[int]] = {}
    ends: dict[str, list[int]] = {}  # the furthest so far
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
    """(label in A, label in B) of spans on the same bounds: equal labels first, then the others by the alphabet.

    `several` is for categories that may hold together: of those one does not stand for another.
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

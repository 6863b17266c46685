"""Tasks whose predictions are text categories: `textcat` (one holds) and `textcat_multilabel` (any may hold)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.cats import decided, decided_cats, find_category_differences
from tiebreak.core.records import Categories, Category, Difference, Marks, Record, Span, Spans, Task
from tiebreak.core.tasks.protocol import HasMarks


class CategoryRules:
    """The rules of a task with categories.

    A store keeps a category that holds as the empty span at 0 with its label. Then `stored` marks are counted, compared
    and written like spans.
    """

    has_places = False

    def __init__(self, task: Task) -> None:
        self.task = task
        self.scorers: tuple[str, ...] = ("differing_argmax",) if task is Task.TEXTCAT else ("jensen_shannon", "jaccard")
        self.scorers += ("count",)

    def in_record(self, record: Record) -> tuple[object | None, object | None]:
        return record.cats, record.other_fields.get("spans")

    def marks_of(self, said: HasMarks) -> Categories:
        return decided(said.cats or {}, self.task)

    def labels_of(self, said: HasMarks) -> Iterable[str]:
        return said.cats or ()

    def agreed(self, readings: Mapping[str, Marks]) -> Categories:
        return agreed_marks(_categories(readings))

    def differences(self, readings: Mapping[str, Marks]) -> tuple[Difference, ...]:
        return find_category_differences(_categories(readings))

    def decision(self, marks: Marks, labels: Iterable[str]) -> tuple[Spans, dict[str, float]]:
        return (), decided_cats(cast(Categories, marks), labels)

    def stored(self, marks: Marks) -> Spans:
        return tuple([Span(0, 0, mark.label) for mark in marks])

    def restored(self, spans: Spans) -> Categories:
        return tuple([Category(span.label) for span in spans])


def _categories(readings: Mapping[str, Marks]) -> Mapping[str, Categories]:
    return cast(Mapping[str, Categories], readings)

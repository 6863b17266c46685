"""Tasks whose predictions are spans: `ner` (spans do not overlap) and `spancat` (spans may overlap)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.records import Difference, Marks, Record, Spans
from tiebreak.core.tasks.protocol import HasMarks


class SpanRules:
    """The rules of a task with spans."""

    scorers: tuple[str, ...] = ("span_f1", "partial_f1", "count")
    has_places = True

    def in_record(self, record: Record) -> tuple[object | None, object | None]:
        return record.spans, record.cats

    def marks_of(self, said: HasMarks) -> Spans:
        return said.spans or ()

    def labels_of(self, said: HasMarks) -> Iterable[str]:
        return [span.label for span in said.spans or ()]

    def agreed(self, readings: Mapping[str, Marks]) -> Spans:
        return agreed_marks(_spans(readings))

    def differences(self, readings: Mapping[str, Marks]) -> tuple[Difference, ...]:
        return find_differences(_spans(readings))

    def decision(self, marks: Marks, labels: Iterable[str]) -> tuple[Spans, None]:
        return self.stored(marks), None

    def stored(self, marks: Marks) -> Spans:
        return cast(Spans, marks)

    def restored(self, spans: Spans) -> Spans:
        return spans


def _spans(readings: Mapping[str, Marks]) -> Mapping[str, Spans]:
    return cast(Mapping[str, Spans], readings)

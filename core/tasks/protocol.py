"""The protocol of a kind of task; all code that depends on the kind calls this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from tiebreak.core.records import Difference, Marks, Record, Spans


class HasMarks(Protocol):
    """A prediction, an answer, or an annotation of a file, for one text."""

    @property
    def spans(self) -> Spans | None: ...

    @property
    def cats(self) -> Mapping[str, float] | None: ...


class TaskRules(Protocol):
    """How the predictions and answers of one task are read, compared, scored and stored.

    `scorers` are the built-in scorers that fit, the default first. `has_places`: marks stand at places in the text, and
    not for the whole text.
    """

    scorers: tuple[str, ...]
    has_places: bool

    def in_record(self, record: Record) -> tuple[object | None, object | None]:
        """Return a record's data for this task, and its data for the other kind; None stands for no data."""

    def marks_of(self, said: HasMarks) -> Marks:
        """Return the marks that hold: the spans, or the categories that the scores decide for."""

    def labels_of(self, said: HasMarks) -> Iterable[str]:
        """Return all labels, also those that do not hold."""

    def agreed(self, readings: Mapping[str, Marks]) -> Marks:
        """Return the marks that all `readings` (by predictor) have in common."""

    def differences(self, readings: Mapping[str, Marks]) -> tuple[Difference, ...]:
        """Return the places where `readings` differ, in order."""

    def decision(self, marks: Marks, labels: Iterable[str]) -> tuple[Spans, dict[str, float] | None]:
        """Return the spans and the cats of an answer in which `marks` hold, out of all known `labels`."""

    def stored(self, marks: Marks) -> Spans:
        """Return `marks` for the store or a JSON object: a category is the empty span at 0 with its label."""

    def restored(self, spans: Spans) -> Marks:
        """Return the marks that `stored` turned into spans."""

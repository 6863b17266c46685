"""What every kind of task can say of itself; all that depends on a task asks this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from tiebreak.core.records import Difference, Marks, Record, Spans


class Said(Protocol):
    """What was said of one text: a prediction, an answer, an annotation of a file."""

    @property
    def spans(self) -> Spans | None: ...

    @property
    def cats(self) -> Mapping[str, float] | None: ...


class TaskRules(Protocol):
    """How what is said under one task is read, compared, scored and stored.

    `scorers` are the built-in ones that fit, the default first. `has_places` says whether what is said stands somewhere
    in the text, rather than of all of it.
    """

    scorers: tuple[str, ...]
    has_places: bool

    def in_record(self, record: Record) -> tuple[object | None, object | None]:
        """Return what a record says that this task is about, and what it says that the other kind is; None: nothing."""

    def marks_of(self, said: Said) -> Marks:
        """Return what holds by what was said: the spans, or the categories that the scores decide for."""

    def labels_of(self, said: Said) -> Iterable[str]:
        """Return the labels that were spoken of, also those that do not hold."""

    def agreed(self, readings: Mapping[str, Marks]) -> Marks:
        """Return what all `readings` (by predictor) have in common."""

    def differences(self, readings: Mapping[str, Marks]) -> tuple[Difference, ...]:
        """Return the places where `readings` differ, in order."""

    def decision(self, marks: Marks, labels: Iterable[str]) -> tuple[Spans, dict[str, float] | None]:
        """Return the spans and the cats of an answer which says that `marks` hold, of all known `labels`."""

    def stored(self, marks: Marks) -> Spans:
        """Return `marks` as a store and a JSON object keep them: a category is the empty span at 0 with its label."""

    def restored(self, spans: Spans) -> Marks:
        """Return the marks that were `stored`."""

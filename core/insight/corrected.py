"""What became of the marks of a text's only model, and the marks of texts that no model had read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tiebreak.core.records import Category, Marks, SettledDifference, Span, Task

Mark = Span | Category


@dataclass
class CorrectionCounts:
    """The numbers of the model's marks that were kept, relabelled, moved or dropped, and of marks that were added.

    A relabelled mark got another label on its bounds, a moved mark other bounds. An added mark replaces no other.
    """

    kept: int = 0
    relabelled: int = 0
    moved: int = 0
    dropped: int = 0
    added: int = 0

    @property
    def marks(self) -> int:
        """The number of marks that the model had."""
        return self.kept + self.relabelled + self.moved + self.dropped

    def add_up(self, counts: Mapping[str, int]) -> None:
        """Add the counts of another fate."""
        for name, times in counts.items():
            setattr(self, name, getattr(self, name) + times)


@dataclass
class Corrected:
    """The fates of a model's marks in `texts` that it alone had read, over all labels and by label."""

    texts: int = 0
    all: CorrectionCounts = field(default_factory=CorrectionCounts)
    by_label: dict[str, CorrectionCounts] = field(default_factory=dict)


@dataclass
class Marked:
    """The marks of answers to `texts` that no model had read, by label."""

    texts: int = 0
    labels: Counter[str] = field(default_factory=Counter)


@dataclass
class OpenAnswers:
    """The accepted answers to texts that fewer than two models had read."""

    corrected: dict[str, Corrected] = field(default_factory=dict)
    marked: Marked = field(default_factory=Marked)

    @property
    def texts(self) -> int:
        """The number of answers that were counted."""
        return self.marked.texts + sum(each.texts for each in self.corrected.values())

    def add(self, shown: Sequence[str] | None, offered: Iterable[SettledDifference], saved: Marks, task: Task) -> None:
        """Count an answer without differences that accepts `saved`, if fewer than two models had read its text.

        `shown` are the predictors that were on screen, None if not known; `offered` are the offers that were settled.
        """
        offered = list(offered)
        names = {name for each in offered for name in each.difference.readings}
        readers = sorted(names) if names else shown
        if readers is None or len(readers) > 1:
            return
        if not readers:
            self.marked.texts += 1
            self.marked.labels.update([mark.label for mark in saved])
            return
        corrected = self.corrected.setdefault(readers[0], Corrected())
        corrected.texts += 1
        proposed = {mark for each in offered for marks in each.difference.readings.values() for mark in marks}
        for name, label in _fates(proposed, {*saved}, task):
            for fate in (corrected.all, corrected.by_label.setdefault(label, CorrectionCounts())):
                setattr(fate, name, getattr(fate, name) + 1)

    def add_up(self, counted: Mapping[str, Any]) -> None:
        """Add the counts of later answers, as `as_json` returned them."""
        self.marked.texts += counted["marked"]["texts"]
        self.marked.labels.update(counted["marked"]["labels"])
        for name, theirs in counted["corrected"].items():
            ours = self.corrected.setdefault(name, Corrected())
            ours.texts += theirs["texts"]
            ours.all.add_up(theirs["all"])
            for label, fate in theirs["by_label"].items():
                ours.by_label.setdefault(label, CorrectionCounts()).add_up(fate)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object for `add_up`."""
        return {
            "marked": {"texts": self.marked.texts, "labels": dict(self.marked.labels)},
            "corrected": {name: asdict(each) for name, each in self.corrected.items()},
        }


def _fates(proposed: set[Mark], saved: set[Mark], task: Task) -> list[tuple[str, str]]:
    """Return the fate of each mark, as the name of a count, with its label; each mark of `saved` is used once."""
    found = [("kept", mark.label) for mark in sorted(proposed & saved)]
    gone, new = sorted(proposed - saved), sorted(saved - proposed)
    for fate, takes_place in (("relabelled", _has_same_bounds), ("moved", _overlaps)):
        for mark in tuple(gone):
            instead = next((other for other in new if takes_place(mark, other, task)), None)
            if instead is not None:
                gone.remove(mark)
                new.remove(instead)
                found.append((fate, mark.label))
    return [*found, *(("dropped", mark.label) for mark in gone), *(("added", mark.label) for mark in new)]


def _has_same_bounds(mark: Mark, other: Mark, task: Task) -> bool:
    """Return whether two marks have the same bounds; two categories do if only one label can hold."""
    if isinstance(mark, Span) and isinstance(other, Span):
        return mark[:2] == other[:2]
    return task is Task.TEXTCAT


def _overlaps(mark: Mark, other: Mark, task: Task) -> bool:
    return isinstance(mark, Span) and isinstance(other, Span) and mark.overlaps(other)

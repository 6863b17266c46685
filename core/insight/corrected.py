"""What became of the only model's marks, and what was marked where no model had read the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tiebreak.core.records import Category, Marks, SettledDifference, Span, Task

Mark = Span | Category


@dataclass
class Fate:
    """How many of the model's marks were `kept`, got another label (`relabelled`) or other bounds (`moved`), or were
    `dropped`; and how many marks were `added`, where it had none.
    """

    kept: int = 0
    relabelled: int = 0
    moved: int = 0
    dropped: int = 0
    added: int = 0

    @property
    def marks(self) -> int:
        """How many marks the model had."""
        return self.kept + self.relabelled + self.moved + self.dropped

    def add_up(self, counts: Mapping[str, int]) -> None:
        """Add the counts of another fate."""
        for what, times in counts.items():
            setattr(self, what, getattr(self, what) + times)


@dataclass
class Corrected:
    """What answers made of the marks of a model in `texts` that it alone had read; by the label of a mark, too."""

    texts: int = 0
    all: Fate = field(default_factory=Fate)
    by_label: dict[str, Fate] = field(default_factory=dict)


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
        """How many answers it counts."""
        return self.marked.texts + sum(each.texts for each in self.corrected.values())

    def add(self, shown: Sequence[str] | None, offered: Iterable[SettledDifference], saved: Marks, task: Task) -> None:
        """Count an answer without differences that accepts `saved`, if it is to such a text.

        `shown` are the predictors that stood on the screen, None if nobody knows; `offered` is what was chosen there.
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
        for what, label in _fates(proposed, {*saved}, task):
            for fate in (corrected.all, corrected.by_label.setdefault(label, Fate())):
                setattr(fate, what, getattr(fate, what) + 1)

    def add_up(self, counted: Mapping[str, Any]) -> None:
        """Add what `as_json` has made of the counts of later answers."""
        self.marked.texts += counted["marked"]["texts"]
        self.marked.labels.update(counted["marked"]["labels"])
        for name, theirs in counted["corrected"].items():
            ours = self.corrected.setdefault(name, Corrected())
            ours.texts += theirs["texts"]
            ours.all.add_up(theirs["all"])
            for label, fate in theirs["by_label"].items():
                ours.by_label.setdefault(label, Fate()).add_up(fate)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object for `add_up`."""
        return {
            "marked": {"texts": self.marked.texts, "labels": dict(self.marked.labels)},
            "corrected": {name: asdict(each) for name, each in self.corrected.items()},
        }


def _fates(proposed: set[Mark], saved: set[Mark], task: Task) -> list[tuple[str, str]]:
    """What became of each mark, as the name of a count, and under which label; each of `saved` is taken once."""
    found = [("kept", mark.label) for mark in sorted(proposed & saved)]
    gone, new = sorted(proposed - saved), sorted(saved - proposed)
    for what, takes_place in (("relabelled", _has_same_bounds), ("moved", _overlaps)):
        for mark in tuple(gone):
            instead = next((other for other in new if takes_place(mark, other, task)), None)
            if instead is not None:
                gone.remove(mark)
                new.remove(instead)
                found.append((what, mark.label))
    return [*found, *(("dropped", mark.label) for mark in gone), *(("added", mark.label) for mark in new)]


def _has_same_bounds(mark: Mark, other: Mark, task: Task) -> bool:
    """Whether one mark stands where the other does; of categories if one of them holds."""
    if isinstance(mark, Span) and isinstance(other, Span):
        return mark[:2] == other[:2]
    return task is Task.TEXTCAT


def _overlaps(mark: Mark, other: Mark, task: Task) -> bool:
    return isinstance(mark, Span) and isinstance(other, Span) and mark.overlaps(other)

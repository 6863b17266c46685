"""Counts of the texts that were given out beside the slice; an estimate needs only their sums.

Counts of parts of the texts can be kept as JSON and added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tiebreak.core.insight.given_out import GivenOutText, Traits

KNOWN, REJECTED, PUT_OFF = "known", "rejected", "put off"
UNUSABLE = (REJECTED, PUT_OFF)

Key = tuple[str, str, str, str]  # how the texts were answered, the name of the count, the model, the label


@dataclass
class OutsideCounts:
    """Counts over texts, and the most gold marks that a text has, by label, and over all labels (None).

    A model's marks are counted as `common` if all models have them, else as its `own`. The marks that all models have
    are also counted once, as `agreed`.
    """

    counts: Counter[Key] = field(default_factory=Counter)
    most: dict[str | None, int] = field(default_factory=dict)

    def add(self, text: GivenOutText) -> None:
        """Count one more text."""
        holds, counts = text.answered, self.counts
        how = KNOWN if holds is not None else PUT_OFF if text.is_put_off else REJECTED
        counts[how, "texts", "", ""] += 1
        counts[how, "differences", "", ""] += text.differences
        counts[how, "agreeing", "", ""] += not text.differences
        counts[how, "as agreed", "", ""] += not text.differences and holds == text.agreed
        holds = holds or frozenset()
        for mark in text.agreed:
            counts[how, "agreed right" if mark in holds else "agreed wrong", "", mark.label] += 1
        for name, marks in text.readings.items():
            for mark in marks:
                kind = "common" if mark in text.agreed else "own"
                counts[how, f"{kind} right" if mark in holds else f"{kind} wrong", name, mark.label] += 1
        gold = [mark.label for mark in holds]
        for label in gold:
            counts[how, "gold", "", label] += 1
        for each in {*gold, None} if gold else ():
            self.most[each] = max(self.most.get(each, 0), len(gold) if each is None else gold.count(each))

    def add_up(self, counted: Mapping[str, Any]) -> None:
        """Add the counts of other texts, as `as_json` returned them."""
        for *key, count in counted["counts"]:
            self.counts[tuple(key)] += count
        for label, most in counted["most"]:
            self.most[label] = max(self.most.get(label, 0), most)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object for `add_up`."""
        return {
            "counts": [[*key, count] for key, count in self.counts.items()],
            "most": [[label, most] for label, most in self.most.items()],
        }

    def sum(self, hows: Iterable[str], prefix: str, name: str = "", label: str | None = None) -> int:
        """Return the sum of the counts whose names begin with `prefix`, of one label or of all."""
        hows = {*hows}
        return sum(
            count
            for (how, counted, model, its), count in self.counts.items()
            if how in hows and counted.startswith(prefix) and model == name and label in (None, its)
        )

    def texts(self, *hows: str) -> int:
        """Return how many texts were answered in the ways `hows`, by default in any way."""
        return self.sum(hows or (KNOWN, *UNUSABLE), "texts")

    def agreeing(self, *hows: str) -> int:
        """Return on how many texts that were answered in the ways `hows`, by default any way, all models agree."""
        return self.sum(hows or (KNOWN, *UNUSABLE), "agreeing")

    def marks(self, hows: Iterable[str], name: str, right: str = "", label: str | None = None) -> int:
        """Return how many marks a model has; if `right` is " right", how many of these hold."""
        hows = [*hows]
        return self.sum(hows, f"common{right}", name, label) + self.sum(hows, f"own{right}", name, label)

    def models(self) -> list[str]:
        """Return the names of the models that have marks."""
        return sorted({name for _, _, name, _ in self.counts if name})

    def traits(self, *hows: str) -> Traits:
        """Return the sum of the traits of texts that were answered in the ways `hows`, by default in any way."""
        hows = hows or (KNOWN, *UNUSABLE)
        names = self.models()
        return Traits(
            {name: self.marks(hows, name) for name in names},
            {name: self.sum(hows, "own", name) for name in names},
            self.sum(hows, "differences"),
        )

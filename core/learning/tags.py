"""The tags of tokens: outside of all spans, at the beginning of a span, or inside it (Ramshaw and Marcus 1995)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from tiebreak.core.learning.chain import Doubles
from tiebreak.core.learning.features import hash_of
from tiebreak.core.records import Span
from tiebreak.core.text.units import Units

Integers = npt.NDArray[np.int64]
Tag = tuple[str, str]  # O, B or I, and the label

_OUTSIDE = 2.0  # log weight of O before any answer
_NEVER = -1e9


class Tags:
    """The tags for some labels: O, then a B for each label, then an I for each.

    The weight of a tag is the sum of the weights of its letter and its label, so labels share what they have in common.
    `columns` has the hashes of letters and labels, and `uses` (columns x tags) has 1 for those of each tag.
    `steps` (tags x tags x 2) has the hashes of a tag after another. `never` (tags x tags) rules out tags that may not
    follow each other.
    """

    def __init__(self, labels: Sequence[str], name: str = "") -> None:
        self.labels = tuple(labels)
        self.tags: list[Tag] = [("O", ""), *product("BI", self.labels)]
        columns = [("O", ""), ("B", ""), ("I", ""), *(("", label) for label in self.labels)]
        self.columns = np.array([hash_of("tag", f"{name} {letter} {label}") for letter, label in columns], np.uint64)
        of_tag = [((letter, ""), ("", label)) for letter, label in self.tags]
        self.uses: Doubles = np.array([[float(column in its) for its in of_tag] for column in columns])
        self.prior: Doubles = np.array([_OUTSIDE * (letter == "O") for letter, _ in self.tags])
        self.first: Doubles = np.array([float(letter != "I") for letter, _ in self.tags])
        pairs = [[(before, behind) for behind in self.tags] for before in self.tags]
        self.never: Doubles = np.array([[_NEVER * _is_never(*pair) for pair in row] for row in pairs])
        self.steps = np.array([[_step(name, *pair) for pair in row] for row in pairs], np.uint64)

    def of(self, units: Units, spans: Iterable[Span]) -> Integers:
        """Return the tag of each token; spans that do not begin and end with a token are ignored."""
        found = np.zeros(len(units), np.int64)
        for start, end, label in sorted(spans):
            first, behind = units.within(start, end)
            if label in self.labels and first < behind and units.bounded(start, end) == (True, True):
                at = self.labels.index(label)
                found[first], found[first + 1 : behind] = 1 + at, 1 + len(self.labels) + at
        return found


def _is_never(before: Tag, behind: Tag) -> bool:
    return behind[0] == "I" and (before[0] == "O" or before[1] != behind[1])


def _step(name: str, before: Tag, behind: Tag) -> tuple[int, int]:
    alike = f"{name} {before[0]} {behind[0]} {before[1] == behind[1]}"
    return hash_of("step", alike), hash_of("step", f"{name} {before} {behind}")

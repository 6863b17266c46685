"""Differences that are alike: the same kind, the same labels, the same words."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.records import Difference


class Pattern(NamedTuple):
    """The common features of differences that are alike.

    `labels` are the distinct labels of all readings, sorted. `text` is the text that the difference covers, casefolded,
    with any white space as one space. So a line break or a capital does not make another pattern.
    """

    kind: str
    labels: tuple[str, ...]
    text: str


def pattern_of(text: str, difference: Difference) -> Pattern:
    """Return the pattern of a difference in `text`."""
    labels = {span.label for reading in difference.readings.values() for span in reading}
    covered = text[difference.start : difference.end]
    return Pattern(difference.kind, tuple(sorted(labels)), " ".join(covered.casefold().split()))

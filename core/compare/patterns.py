"""Differences that are alike: the same kind, the same labels, the same words."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.records import Difference


class Pattern(NamedTuple):
    """What differences that are alike have in common.

    `labels` are all labels of all readings, sorted and distinct. `text` is what the difference covers, casefolded, with
    any white space as one space, so that a line break or a capital makes no other pattern.
    """

    kind: str
    labels: tuple[str, ...]
    text: str


def pattern_of(text: str, difference: Difference) -> Pattern:
    """The pattern of a difference in `text`."""
    labels = {span.label for reading in difference.readings.values() for span in reading}
    covered = text[difference.start : difference.end]
    return Pattern(difference.kind, tuple(sorted(labels)), " ".join(covered.casefold().split()))

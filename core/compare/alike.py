"""Differences that are alike: the same predictors say the same labels, so one outcome helps to predict the next."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tiebreak.core.records import Difference, Kind, Marks, OfferKind

# The predictors whose reading holds at a difference; `neither` if no mark holds there, `other` if other marks hold.
Outcome = tuple[str, ...] | Literal["neither", "other"]


class Alike(NamedTuple):
    """The common features of differences that are alike: `labels` has each predictor's labels, the left one first."""

    kind: Kind | OfferKind
    labels: tuple[tuple[str, tuple[str, ...]], ...]


def alike_of(difference: Difference) -> Alike:
    """Return the features that the difference shares with those like it."""
    said = [(name, tuple([mark.label for mark in marks])) for name, marks in difference.readings.items()]
    return Alike(difference.kind, tuple(said))


def outcome_of(difference: Difference, held: Marks) -> Outcome:
    """Return the predictors whose reading `held` is at the difference."""
    right = tuple([name for name, marks in difference.readings.items() if marks == held])
    return right or ("other" if held else "neither")

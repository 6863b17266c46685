"""Differences that are alike: the same predictors say the same labels there, so that one outcome speaks of the next."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tiebreak.core.records import Difference, Kind, Marks, OfferKind

# The predictors whose reading holds at a difference; or it is none of the readings, but nothing, or something else.
Outcome = tuple[str, ...] | Literal["neither", "other"]


class Alike(NamedTuple):
    """What differences that are alike have in common: `said` has the labels of each predictor, the left one first."""

    kind: Kind | OfferKind
    said: tuple[tuple[str, tuple[str, ...]], ...]


def alike_of(difference: Difference) -> Alike:
    """Return what the difference has in common with those like it."""
    said = [(name, tuple([mark.label for mark in marks])) for name, marks in difference.readings.items()]
    return Alike(difference.kind, tuple(said))


def outcome_of(difference: Difference, held: Marks) -> Outcome:
    """Return whose reading `held` is at the difference."""
    right = tuple([name for name, marks in difference.readings.items() if marks == held])
    return right or ("other" if held else "neither")

"""Who has what of a store that several annotators work on."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.store import sharing
from tiebreak.core.store.connection import Store


class Member(NamedTuple):
    """What one annotator has: answers that stand, ranges and a filter of examples, and the one on screen, by its id.

    Ranges are from the first example, counted from 0, to the one after the last.
    """

    name: str
    answers: int
    assigned: tuple[tuple[int, int], ...]
    filter: str
    on_screen: int | None


class Team(NamedTuple):
    """The share of the examples that every annotator answers, how many compared ones that is, and who has what."""

    overlap: float
    overlap_examples: int
    members: tuple[Member, ...]


def team_of(store: Store) -> Team:
    """Read who has what."""
    assigned, filters = sharing.assignments(store), sharing.filters(store)
    screens = {each.annotator: each.example_id for each in sharing.on_screen(store)}
    counts = sharing.answer_counts(store)
    members = []
    for name in sorted({*assigned, *filters, *screens, *counts}):
        ranges = tuple((first - 1, last) for first, last in assigned.get(name, ()))
        members.append(Member(name, counts.get(name, 0), ranges, filters.get(name, ""), screens.get(name)))
    return Team(sharing.overlap(store), sharing.overlap_count(store), tuple(members))

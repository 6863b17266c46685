"""The team of a store: which annotator has which examples."""

from __future__ import annotations

from typing import NamedTuple

from tiebreak.core.store import team
from tiebreak.core.store.connection import Store


class Member(NamedTuple):
    """An annotator's answers in force, assigned ranges and filter of examples, and the id of the example on screen.

    A range is from its first example, counted from 0, to the example after its last.
    """

    name: str
    answers: int
    assigned: tuple[tuple[int, int], ...]
    filter: str
    on_screen: int | None


class Team(NamedTuple):
    """The share of the examples that all annotators answer, the number of compared examples in it, and the members."""

    overlap: float
    overlap_examples: int
    members: tuple[Member, ...]


def team_of(store: Store) -> Team:
    """Return the team of a store."""
    assigned, filters = team.assignments(store), team.filters(store)
    screens = {each.annotator: each.example_id for each in team.on_screen(store)}
    counts = team.answer_counts(store)
    members = []
    for name in sorted({*assigned, *filters, *screens, *counts}):
        ranges = tuple((first - 1, last) for first, last in assigned.get(name, ()))
        members.append(Member(name, counts.get(name, 0), ranges, filters.get(name, ""), screens.get(name)))
    return Team(team.overlap(store), team.overlap_count(store), tuple(members))

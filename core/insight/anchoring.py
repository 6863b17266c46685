"""Whether candidates became the answer more often when shown first, at places with two about equally likely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tiebreak.core.estimates.shares import difference_of_shares
from tiebreak.core.records import Answer
from tiebreak.core.store.answers import answers_by_id
from tiebreak.core.store.connection import Store
from tiebreak.core.store.given_answers import answers_of

LIKELIER, OTHER = "likelier", "other"


@dataclass
class Shown:
    """The numbers of places at which a candidate was shown first or second, and at which it became the answer."""

    first: int = 0
    taken_first: int = 0
    second: int = 0
    taken_second: int = 0

    def add(self, *, is_first: bool, is_taken: bool) -> None:
        if is_first:
            self.first += 1
            self.taken_first += is_taken
        else:
            self.second += 1
            self.taken_second += is_taken

    @property
    def gap(self) -> float | None:
        """How much more often it became the answer when shown first, -1..1; None without places of both kinds."""
        if not (self.first and self.second):
            return None
        return self.taken_first / self.first - self.taken_second / self.second

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the gap (Newcombe 1998)."""
        return difference_of_shares(self.taken_first, self.first, self.taken_second, self.second)


@dataclass
class Anchoring:
    """The places of accepted answers with two about equally likely candidates, and the counts of each candidate."""

    places: int = 0
    swapped: int = 0
    by_rank: dict[str, Shown] = field(default_factory=lambda: {LIKELIER: Shown(), OTHER: Shown()})


def anchoring_of(store: Store, session: str | None = None, annotator: str | None = None) -> Anchoring:
    """Return the anchoring in the answers of one session and annotator, or in all answers."""
    found = Anchoring()
    for answer in answers_by_id(store, answers_of(store, session, annotator)):
        if answer.answer == "accept":
            for place in _places(answer):
                _add(store, found, answer, place)
    return found


def _places(answer: Answer) -> Iterator[Mapping[str, Any]]:
    kept = (answer.screen or {}).get("anchoring", ())
    yield from (each for each in kept if isinstance(each, dict) and len(each.get("candidates", ())) == 2)


def _add(store: Store, found: Anchoring, answer: Answer, place: Mapping[str, Any]) -> None:
    """Count a place: which of the two candidates became the answer there, if either did."""
    saved = _saved(store, answer, place)
    if saved is None:  # after an edit, the answer no longer has the place
        return
    found.places += 1
    found.swapped += bool(place["swapped"])
    for rank, candidate in zip((LIKELIER, OTHER), place["candidates"], strict=True):
        is_first = bool(place["swapped"]) == (rank == OTHER)
        found.by_rank[rank].add(is_first=is_first, is_taken=saved == candidate)


def _saved(store: Store, answer: Answer, place: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the marks that were chosen at the place, as JSON objects; None if the answer has no such place."""
    labels = {each["label"] for candidate in place["candidates"] for each in candidate}
    for each in answer.choices:
        at = each.difference
        read = {mark.label for marks in at.readings.values() for mark in marks}
        if (at.start, at.end) == (place["start"], place["end"]) and labels & read:
            return [span._asdict() for span in store.rules.stored(each.marks)]
    return None

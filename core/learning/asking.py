"""The questions about a text: what an answer says to them, and what their probabilities decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple, Protocol

from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.model import Question
from tiebreak.core.records import Category, Difference, Likely, Marks, Offer, Span
from tiebreak.core.tasks.protocol import TaskRules

About = Literal["difference", "agreed", "unmarked"]

DROPPED_ABOVE = 0.65  # probability that an agreed mark is wrong; above it the mark is not exported
ADDED_ABOVE = 0.5  # probability of an unmarked mark; above it the mark is exported
OFFERED_ABOVE = 0.3  # the same in a text that fewer than two predictors have read; above it the mark is offered


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text as the predictors read it.

    `readings` has the marks of the whole text by predictor, the left predictor first. `scores` has the scores by
    predictor and label, of predictors that give scores.
    """

    text: str
    readings: Mapping[str, Marks]
    scores: Mapping[str, Mapping[str, float]]
    differences: tuple[Difference, ...]
    agreed: Marks

    @property
    def is_open(self) -> bool:
        """Whether fewer than two predictors have read the text, so that nothing is compared."""
        return len(self.readings) < 2

    @classmethod
    def of(
        cls, rules: TaskRules, text: str, readings: Mapping[str, Marks], scores: Mapping[str, Mapping[str, float]]
    ) -> ReadText:
        """Compare the readings of a text."""
        agreed = rules.agreed(readings) if readings else ()
        return cls(text, readings, scores, rules.differences(readings), agreed)


class Asked(NamedTuple):
    """A question about a place, with its candidates; the question has one more, that none of them holds."""

    about: About
    place: Difference
    candidates: tuple[Candidate, ...]
    question: Question


class Asker(Protocol):
    """Asks the questions of one kind of task."""

    def read(self, text: str, readings: Mapping[str, Marks]) -> None:
        """Take in the predictions of a text. Call it for all texts before any question."""

    def count(self, text: str) -> None:
        """Count the surfaces in a text. Call it for all texts once all are read."""

    def ask(self, text: ReadText) -> tuple[Asked, ...]:
        """Return the questions about a text: its differences first, in order, then all other places."""

    def held(self, text: ReadText, asked: Sequence[Asked], truth: Marks) -> list[int]:
        """Return the number of the candidate that holds at each question if `truth` holds in the whole text."""

    def likely(
        self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate]
    ) -> list[tuple[Likely, ...]]:
        """Return the candidates of each difference of the text: the first reading, then by probability."""

    def offers(
        self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate], least: float
    ) -> tuple[Offer, ...]:
        """Return the places outside the differences at which all predictors are wrong with a probability of `least`.

        In a text that fewer than two predictors have read, return each mark of the only predictor, and marks to add.
        """

    def finder(self) -> Finder:
        """Return an untaught finder of marks in texts that fewer than two predictors have read."""


class Finder(Protocol):
    """Finds marks at places that no predictor has touched; it learns from answers to texts."""

    def find(self, text: ReadText) -> Sequence[tuple[Asked, ChosenCandidate]]:
        """Return more questions about a text, each with its choice."""

    def learn(self, text: ReadText, truth: Marks, seed: int) -> None:
        """Learn that `truth` holds in a text."""

    def state(self) -> object:
        """Return a copy of what was learned."""

    def restore(self, state: object) -> None:
        """Go back to what `state` returned."""


def most_probable(asked: Sequence[Asked], taken: Sequence[ChosenCandidate]) -> tuple[Marks, float]:
    """Return the marks of the whole text by the choices `taken`, and the probability of all together."""
    marks: set[Span | Category] = set()
    chances = []
    for each, its in zip(asked, taken, strict=True):
        at = its.at if each.about == "difference" else exported_candidate(each, its)
        marks.update(each.candidates[at].marks)
        chances.append(float(its.probabilities[at]))
    return tuple(sorted(marks)), prod(chances)


def exported_candidate(asked: Asked, taken: ChosenCandidate) -> int:
    """Return the number of the candidate that is exported at a place where all predictors agree or have no mark.

    The first candidate changes nothing. Another is exported if the first is improbable enough; it also has to be more
    probable than the first.
    """
    return _unless_changed(asked, taken, DROPPED_ABOVE if asked.about == "agreed" else ADDED_ABOVE)


def offered_of_open(asked: Asked, taken: ChosenCandidate) -> int | None:
    """Return the number of the first candidate in a row of a text that fewer than two predictors have read.

    It is the candidate that would be exported. None if there is no row: no mark stands there, and none is probable.
    """
    if asked.about == "unmarked" and 1.0 - float(taken.probabilities[0]) < OFFERED_ABOVE:
        return None
    return exported_candidate(asked, taken)


def first_of(asked: Asked, taken: ChosenCandidate, least: float) -> int:
    """Return the number of the candidate that an answer starts with: at a difference, the candidate that was taken.

    Elsewhere it is the first, which changes nothing, unless another is `least` probable and gets a row of its own.
    """
    return taken.at if asked.about == "difference" else _unless_changed(asked, taken, least)


def _unless_changed(asked: Asked, taken: ChosenCandidate, least: float) -> int:
    """Return the most probable candidate if the first is wrong with a probability above `least`, else the first."""
    stays, *others = map(float, taken.probabilities[: len(asked.candidates)])
    if not others or 1.0 - stays <= least:
        return 0
    return 1 + others.index(max(others)) if max(others) > stays else 0

"""What is asked of a text: its questions, what an answer says to them, and what comes of their probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple, Protocol

from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.chooser import Choice
from tiebreak.core.learning.model import Question
from tiebreak.core.records import Category, Difference, Likely, Marks, Offer, Span
from tiebreak.core.tasks.protocol import TaskRules

About = Literal["difference", "agreed", "unmarked"]

DROPPED_ABOVE = 0.65  # the probability from which on an agreed mark is left out of what is exported
ADDED_ABOVE = 0.5  # that from which on an unmarked one is put in
OFFERED_ABOVE = 0.3  # that from which on it is offered, in a text that fewer than two predictors have read


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the predictors read it: the `readings` of the whole by predictor, the left one first, and `scores`, by
    predictor and label, of those that give any.
    """

    text: str
    readings: Mapping[str, Marks]
    scores: Mapping[str, Mapping[str, float]]
    differences: tuple[Difference, ...]
    agreed: Marks

    @property
    def is_open(self) -> bool:
        """Whether fewer than two predictors have read it, so that nothing is compared."""
        return len(self.readings) < 2

    @classmethod
    def of(
        cls, rules: TaskRules, text: str, readings: Mapping[str, Marks], scores: Mapping[str, Mapping[str, float]]
    ) -> Text:
        """Compare the readings of a text."""
        agreed = rules.agreed(readings) if readings else ()
        return cls(text, readings, scores, rules.differences(readings), agreed)


class Asked(NamedTuple):
    """A question about a place: the candidates, of which the last (of the question) is none of them."""

    about: About
    place: Difference
    candidates: tuple[Candidate, ...]
    question: Question


class Asker(Protocol):
    """Asks the questions of one kind of task."""

    def read(self, text: str, readings: Mapping[str, Marks]) -> None:
        """Take in what is said of a text; all texts, before anything is asked."""

    def count(self, text: str) -> None:
        """Count what stands in a text; all texts, once all were read."""

    def ask(self, text: Text) -> tuple[Asked, ...]:
        """Return the questions of a text: those of its differences first, in order, then all others."""

    def held(self, text: Text, asked: Sequence[Asked], truth: Marks) -> list[int]:
        """Return which candidate of each question holds, if `truth` does in the whole text."""

    def likely(self, text: Text, asked: Sequence[Asked], taken: Sequence[Choice]) -> list[tuple[Likely, ...]]:
        """Return, of each difference of the text, what may hold there: what stands first, then by probability."""

    def offers(self, text: Text, asked: Sequence[Asked], taken: Sequence[Choice], least: float) -> tuple[Offer, ...]:
        """Return the places that are no difference, and at which something else than all say is `least` probable.

        Of a text that fewer than two predictors have read: each mark of the only one, and what may be added.
        """

    def finder(self) -> Finder:
        """Return what finds more in texts that fewer than two predictors have read; it has learned nothing."""


class Finder(Protocol):
    """Finds what may hold where no predictor says anything: it learns from answers to texts."""

    def find(self, text: Text) -> Sequence[tuple[Asked, Choice]]:
        """Return more questions about a text, each with what is thought of it."""

    def learn(self, text: Text, truth: Marks, seed: int) -> None:
        """Learn that `truth` holds in a text."""

    def state(self) -> object:
        """Return a copy of what was learned."""

    def restore(self, state: object) -> None:
        """Go back to what `state` has returned."""


def most_probable(asked: Sequence[Asked], taken: Sequence[Choice]) -> tuple[Marks, float]:
    """Return what holds in the whole text by what was taken, and how probable all of it together is."""
    marks: set[Span | Category] = set()
    chances = []
    for each, its in zip(asked, taken, strict=True):
        at = its.at if each.about == "difference" else exported(each, its)
        marks.update(each.candidates[at].marks)
        chances.append(float(its.probabilities[at]))
    return tuple(sorted(marks)), prod(chances)


def exported(asked: Asked, taken: Choice) -> int:
    """Return the candidate that is exported at a place where all predictors agree, or none says anything.

    The first candidate is that it stays as it is. An agreed mark falls, or an unmarked one enters, by the probability
    that it should; where one of several others may take its place, that one has to be more probable, too.
    """
    return _unless_changed(asked, taken, DROPPED_ABOVE if asked.about == "agreed" else ADDED_ABOVE)


def offered_of_open(asked: Asked, taken: Choice) -> int | None:
    """Return the candidate that stands first in the row of a place in a text that fewer than two predictors have read:
    what would be exported. None where there is no row, since nothing stands there and nothing is probable enough.
    """
    if asked.about == "unmarked" and 1.0 - float(taken.probabilities[0]) < OFFERED_ABOVE:
        return None
    return exported(asked, taken)


def first_of(asked: Asked, taken: Choice, least: float) -> int:
    """Return the candidate that an answer starts with: at a difference what was taken.

    Elsewhere it stays as it is, unless something else is `least` probable, and offered in a row of its own.
    """
    return taken.at if asked.about == "difference" else _unless_changed(asked, taken, least)


def _unless_changed(asked: Asked, taken: Choice, least: float) -> int:
    """The most probable candidate if it is another one than the first, which has to be wrong with more than `least`."""
    stays, *others = map(float, taken.probabilities[: len(asked.candidates)])
    if not others or 1.0 - stays <= least:
        return 0
    return 1 + others.index(max(others)) if max(others) > stays else 0

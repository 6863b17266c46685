"""The steps that made an answer, so that each can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple

from tiebreak.core.review.choices import Choice, M


class ReviewState(NamedTuple, Generic[M]):
    """The state of a review at some moment: marks outside the differences, choices at them, and the focus."""

    base: tuple[M, ...]
    decided: tuple[Choice[M], ...]
    turn: int
    focus: int
    was_given_up: bool = False  # the step gave this state up, so taking the step back restores it


class Steps(Generic[M]):
    """The part of a review that keeps its state before each step that can be taken back, the newest last."""

    _base: tuple[M, ...]
    _decided: list[Choice[M]]
    _turn: int
    focus: int

    def __init__(self) -> None:
        self.steps: list[ReviewState[M]] = []

    def _stand(self) -> tuple[tuple[M, ...], tuple[Choice[M], ...]]:
        raise NotImplementedError

    def _forget_standing(self) -> None:
        """Forget the computed marks and choices, since a decision has changed."""

    def _focus_on(self, at: int) -> None:
        """Focus the difference `at`."""
        self.focus = at

    @contextmanager
    def one_step(self) -> Iterator[None]:
        """Make all decisions of the block one step to take back; if they change nothing, there is no step."""
        before, stood = self._state(), self._stand()
        yield
        if self._stand() != stood:
            self.steps.append(before)

    def take_back(self) -> bool:
        """Take the newest step back; False if no step is left."""
        if not self.steps:
            return False
        self._return_to(self.steps.pop())
        return True

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Give up the decisions of the block; taking that back as a step of its own restores them."""
        before, count = self._state(), len(self.steps)
        with self.one_step():
            yield
        if len(self.steps) > count:
            self.steps.append(self._state()._replace(was_given_up=True))
        self._return_to(before)

    def _state(self) -> ReviewState[M]:
        return ReviewState(self._base, tuple(self._decided), self._turn, self.focus)

    def _return_to(self, state: ReviewState[M]) -> None:
        self._base, decided, self._turn, focus, _ = state
        self._decided = list(decided)
        self._focus_on(focus)
        self._forget_standing()

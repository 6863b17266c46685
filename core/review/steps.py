"""The steps in which an answer was made, so that each can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple

from tiebreak.core.review.choices import Choice, M


class State(NamedTuple, Generic[M]):
    """What was decided at some moment: outside the differences, at each of them, and where the focus was."""

    base: tuple[M, ...]
    decided: tuple[Choice[M], ...]
    turn: int
    focus: int
    was_given_up: bool = False  # rather than changed: to take that back brings it again


class Steps(Generic[M]):
    """A part of a review: what was decided before each of the steps that can be taken back, the newest last."""

    _base: tuple[M, ...]
    _decided: list[Choice[M]]
    _turn: int
    focus: int

    def __init__(self) -> None:
        self.steps: list[State[M]] = []

    def _stand(self) -> tuple[tuple[M, ...], tuple[Choice[M], ...]]:
        raise NotImplementedError

    def _forget_standing(self) -> None:
        """Work out again what stands: what was decided has changed."""

    def _focus_on(self, at: int) -> None:
        """Focus the difference `at`."""
        self.focus = at

    @contextmanager
    def one_step(self) -> Iterator[None]:
        """Take back together what is decided in the block; where nothing comes of it, it is no step."""
        before, stood = self._state(), self._stand()
        yield
        if self._stand() != stood:
            self.steps.append(before)

    def take_back(self) -> bool:
        """Take the newest step back; False where there is none."""
        if not self.steps:
            return False
        self._return_to(self.steps.pop())
        return True

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Have nothing come of what is decided in the block, unless this is taken back as a step of its own."""
        before, count = self._state(), len(self.steps)
        with self.one_step():
            yield
        if len(self.steps) > count:
            self.steps.append(self._state()._replace(was_given_up=True))
        self._return_to(before)

    def _state(self) -> State[M]:
        return State(self._base, tuple(self._decided), self._turn, self.focus)

    def _return_to(self, state: State[M]) -> None:
        self._base, decided, self._turn, focus, _ = state
        self._decided = list(decided)
        self._focus_on(focus)
        self._forget_standing()

"""A whole process of review: sittings with orders and filters, the weave of the slice, and missing answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.estimates.corpus import Array, Corpus
from benchmarks.estimates.learner import Learner, seconds
from tiebreak.core.queue.weave import Weave

_SITTING = 80  # texts; then a new sitting begins, and with it the weave of the slice
_BLOCK = 10  # texts; with the design BLOCK, a sitting begins with this many of the slice
_AT_ONCE, _EVERY = 60, 4  # the learned order ranks after each of the first 60 answers, then after every fourth

BESIDE, IN_TURN, BLOCK, FIXED = "beside", "in turn", "block", "fixed"


class Part(NamedTuple):
    """One part of a process: annotators who take turns, each with an order, until a share of the texts was given out.

    With a filter, only texts with one label are given out, and no slice texts are woven in.
    """

    orders: tuple[str, ...]
    until: float = 1.0
    is_filtered: bool = False


class Plan(NamedTuple):
    """A process: its parts in turn, the design that gives out the slice, and the share of answers that is missing.

    If it is `silent`, the second system never marks anything.
    """

    parts: tuple[Part, ...]
    design: str = BESIDE
    missing: float = 0.0
    silent: bool = False


@dataclass
class State:
    """The state of a process; each array is of bool, one for each text."""

    answered: Array
    ignored: Array
    drawn: Array
    reached: Array
    late: Array  # the order of a filtered sitting reached it, but it was not given out

    @property
    def waiting(self) -> Array:
        """Which texts were not given out."""
        found: Array = ~(self.answered | self.ignored)
        return found

    def copy(self) -> State:
        return State(*[getattr(self, name).copy() for name in self.__dataclass_fields__])


class _Order:
    """Gives out the open text with the highest value next."""

    def __init__(self, process: Process, name: str, is_filtered: bool) -> None:
        self.process, self.name = process, name
        self.passes = process.corpus.has_label if is_filtered else np.ones(process.corpus.texts, bool)
        self.weave = Weave()
        self.values = self._values()

    def next(self) -> int | None:
        if self.name == "learned" and self.process.is_due:
            self.values = self._values()
        found = self.values + self.process.open
        found[~self.passes] = -np.inf
        best = int(found.argmax())
        return None if found[best] == -np.inf else best

    def before(self, texts: Array, text: int) -> Array:
        """Return the texts that would have come before `text`."""
        found: Array = texts[self.passes[texts] & (self.values[texts] > self.values[text])]
        return found

    def _values(self) -> Array:
        corpus, ties = self.process.corpus, self.process.ties
        if self.name == "learned":
            found = self.process.learner.values() + 1e-9 * ties
        elif self.name == "true errors":
            found = corpus.errors + ties
        else:
            found = 1e6 * corpus.disagreement + corpus.differences + ties
        return np.asarray(found)


class Process:
    """One process; texts of the slice are given out in the order of `listed`."""

    def __init__(self, corpus: Corpus, plan: Plan, size: int, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.corpus, self.plan = corpus, plan
        self.ties = draw.random(corpus.texts)
        self.listed = list(map(int, draw.permutation(corpus.texts)[:size]))
        self.is_listed = np.zeros(corpus.texts, bool)
        self.is_listed[self.listed] = True
        self.open = np.zeros(corpus.texts)  # minus infinity once the text was given out
        self.state = State(*[np.zeros(corpus.texts, bool) for _ in range(5)])
        self.unreached: list[int] = []
        self.learner = Learner(corpus)
        self._learns = any("learned" in part.orders for part in plan.parts)
        self.given = 0
        self._at = 0
        self._seconds = seconds(corpus)
        self._is_ignored = draw.random(corpus.texts) < _chances(corpus, plan.missing)

    @property
    def is_due(self) -> bool:
        return self.given <= _AT_ONCE or not self.given % _EVERY

    def states(self, shares: Sequence[float]) -> Iterator[State]:
        """Yield the state whenever one of these shares of the texts was given out."""
        looks = [round(share * self.corpus.texts) for share in shares]
        for part in self.plan.parts:
            orders = [_Order(self, name, part.is_filtered) for name in part.orders]
            while self.given < min(part.until * self.corpus.texts, looks[-1]):
                order = orders[self.given % len(orders)]
                if not self._give(order, part.is_filtered):
                    break
                if self.given in looks:
                    yield self.state.copy()

    def _give(self, order: _Order, is_filtered: bool) -> bool:
        """Have one text answered; return False if no text is left."""
        if order.weave.answered == _SITTING:
            order.weave = Weave()
        woven = None if is_filtered or not self._is_woven(order.weave) else self._next_listed()
        text = order.next() if woven is None else woven
        if text is None:
            return False
        if woven is None:
            self._reach(order, text)
        if woven is None and self.is_listed[text] and self.plan.design == FIXED and is_filtered:
            self.state.late[text] = self.state.reached[text] = True
            self.open[text] = -np.inf
            return self._give(order, is_filtered)
        in_turn = self.plan.design in (IN_TURN, FIXED) and not is_filtered and self.is_listed[text]
        self._answer(text, is_drawn=woven is not None or in_turn, is_reached=woven is None or self.state.late[text])
        order.weave = order.weave.after(self._seconds[text], is_slice=woven is not None, is_woven=woven is not None)
        return True

    def _is_woven(self, weave: Weave) -> bool:
        return weave.answered < _BLOCK if self.plan.design == BLOCK else weave.is_due

    def _next_listed(self) -> int | None:
        while self._at < len(self.listed):
            text = self.listed[self._at]
            if self.state.waiting[text]:
                return text
            self._at += 1
        return None

    def _reach(self, order: _Order, text: int) -> None:
        if self.unreached:
            reached = order.before(np.array(self.unreached), text)
            self.state.reached[reached] = True
            for each in reached:
                self.unreached.remove(each)

    def _answer(self, text: int, *, is_drawn: bool, is_reached: bool) -> None:
        state = self.state
        self.given += 1
        self.open[text] = -np.inf
        if self._is_ignored[text]:
            state.ignored[text] = True
        else:
            state.answered[text] = True
        if is_drawn:
            state.drawn[text] = True
            if is_reached:
                state.reached[text] = True
            else:
                self.unreached.append(text)
        elif self._learns and not self._is_ignored[text]:
            self.learner.teach(text)


def _chances(corpus: Corpus, missing: float) -> Array:
    """Return the probability that each text gets no usable answer; it grows with the text's errors."""
    hard = 1 + corpus.errors
    return np.asarray(np.minimum(missing * hard / hard.mean(), 0.9))

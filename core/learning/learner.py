"""The learner: takes in the answers in force, and says of any example what holds there most probably."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from tiebreak.core.learning.alike_counts import AlikeCounts
from tiebreak.core.learning.askers import asker_of
from tiebreak.core.learning.asking import Asked, Asker, Text, most_probable
from tiebreak.core.learning.chooser import Choice, Chooser, Kept
from tiebreak.core.learning.model import Question
from tiebreak.core.learning.outcomes import confirmed_places, marks_at, place_of, weights_of
from tiebreak.core.records import Answer, Difference, Learned, LearnedPlace, Likely, Marks
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.learned import (
    LearnedRow,
    basis_of,
    drop_learned,
    save_learned,
)
from tiebreak.core.store.learned_patterns import save_outcomes
from tiebreak.core.store.queue import next_examples
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.teaching import (
    SaidText,
    TeachingAnswers,
    all_said_texts,
    all_texts,
    example_ids_behind,
    predictor_names,
    rewritten_now,
    said_now,
    said_texts,
    taught_examples,
    to_propose,
)

_REMEMBERED = 4096  # outcomes, of which some are learned again with each new one
_REPLAYED = 2
_STATES = 8  # of the newest answers, to which an undo goes back at once
_NEXT = 1000  # examples of the queue whose rows come before those of all others

Outcome = tuple[Question, int, float]


class Best(NamedTuple):
    """What holds most probably in a whole text: the `marks`, and how probable all of them together are, 0..1.

    `answers` is how many answers this rests on.
    """

    marks: Marks
    confidence: float
    answers: int


class _State(NamedTuple):
    """What was learned from the first `answers` answers."""

    answers: int
    kept: Kept
    memory: list[Outcome]
    counts: AlikeCounts


class Learner:
    """Learns from one store: from the answers in force, in the order of their ids, and from the predictions.

    Once caught up, it says the same as a learner that begins from nothing.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._teaching = TeachingAnswers(store)
        self._taught: list[int] = []  # the ids of the answers that have taught
        self._version: tuple[int, int] | None = None
        self._basis: object = None
        self._rewritten: object = None
        self._current: set[int] = set()  # the examples whose rows are as they would be now
        self._due: set[int] = set()  # examples behind which the sweep may be, and whose rows are to be saved again
        self._swept_to = 0
        self._are_counts_saved = False
        self._writes = ShortWrites(store)

    @property
    def answers(self) -> int:
        """How many answers have taught."""
        return len(self._taught)

    def catch_up(self) -> bool:
        """Take in what was answered, taken back and predicted since; return whether there was anything."""
        version = self.store.version()
        if version == self._version:
            return False
        with self.store.snapshot():
            basis = (said_now(self.store), tuple(label_names(self.store)))
            answer_ids, rewritten = self._teaching.ids(), rewritten_now(self.store)
            is_news = basis != self._basis or answer_ids != self._taught
            if basis != self._basis:
                self._begin(basis)
            if is_news:
                self._learn(answer_ids)
        self._version = version
        if is_news or rewritten != self._rewritten:
            self._rewritten = rewritten
            self.forget_saved()
            return True
        return self._forget_saved_of(self._teaching.changed)

    def forget_saved(self) -> None:
        """Save all rows again: what was learned is news, or somebody has dropped them."""
        self._current.clear()
        self._swept_to = 0
        self._are_counts_saved = False

    def _forget_saved_of(self, example_ids: Sequence[int]) -> bool:
        """Save the rows of these examples again, as of those that were rejected; return whether there are any."""
        self._current.difference_update(example_ids)
        self._due.update(example_ids)
        return bool(example_ids)

    def _begin(self, basis: object) -> None:
        """Begin anew, with what the predictors say now."""
        store = self.store
        self._asker: Asker = asker_of(store.task, predictor_names(store), label_names(store))
        for each in all_said_texts(store):
            self._asker.read(each.text, self._readings(each))
        for text in all_texts(store):
            self._asker.count(text)
        self._chooser = Chooser()
        self._memory: list[Outcome] = []
        self._counts = AlikeCounts()
        self._taught = []
        self._states = [self._state()]
        self._basis = basis

    def _readings(self, said: SaidText) -> dict[str, Marks]:
        return {name: self.store.rules.marks_of(each) for name, each in said.predictions.items()}

    def _text(self, said: SaidText) -> Text:
        scores = {name: each.cats or {} for name, each in said.predictions.items()}
        return Text.of(self.store.rules, said.text, self._readings(said), scores)

    def _state(self) -> _State:
        return _State(len(self._taught), self._chooser.state(), list(self._memory), self._counts.copy())

    def _learn(self, answer_ids: Sequence[int]) -> None:
        """Learn from exactly these answers: go back to what they have in common with those that have taught."""
        same = next(
            (at for at, pair in enumerate(zip(self._taught, answer_ids, strict=False)) if pair[0] != pair[1]),
            min(len(self._taught), len(answer_ids)),
        )
        if same < len(self._taught):
            self._go_back(same)
        new = answer_ids[len(self._taught) :]
        for number, (answer, said) in enumerate(taught_examples(self.store, new)):
            if said.predictions:
                self._learn_from(answer, self._text(said))
            self._taught.append(new[number])
            if len(new) - number <= _STATES:
                self._states.append(self._state())
        del self._states[1:-_STATES]

    def _go_back(self, answers: int) -> None:
        """Go back to the newest state that rests on the first `answers` answers, or on fewer."""
        while self._states[-1].answers > answers:
            self._states.pop()
        state = self._states[-1]
        self._chooser.restore(state.kept)
        self._memory, self._counts = list(state.memory), state.counts.copy()
        del self._taught[state.answers :]

    def _learn_from(self, answer: Answer, text: Text) -> None:
        truth = self.store.rules.marks_of(answer)
        asked = self._asker.ask(text)
        held = self._asker.held(text, asked, truth)
        weights = weights_of(answer, asked, held)
        for each, at in zip(asked, held, strict=True):
            if each.about == "difference":
                self._chooser.record(each.question, each.candidates, at)
        self._count(answer, text, truth)
        draw = random.Random(answer.id)
        for each, at, weight in zip(asked, held, weights, strict=True):
            self._chooser.learn(each.question, at, weight)
            for _ in range(_REPLAYED if self._memory else 0):
                self._chooser.learn(*self._memory[draw.randrange(len(self._memory))])
            if len(self._memory) < _REMEMBERED:
                self._memory.append((each.question, at, weight))
            else:
                self._memory[draw.randrange(_REMEMBERED)] = each.question, at, weight

    def _count(self, answer: Answer, text: Text, truth: Marks) -> None:
        confirmed = confirmed_places(answer)
        for place, marks in zip(text.differences, marks_at(text.differences, truth, text.agreed), strict=True):
            self._counts.add(place, marks, confirmed=place_of(place) in confirmed)

    def stale(self, first: Sequence[int] = (), count: int = 50) -> list[int]:
        """Return examples whose rows in the store are not what they would be now, `count` at most.

        Those of `first` come first, then the next of the queue, then all others. Empty once all is up to date.
        """
        found = [each for each in dict.fromkeys([*first, *sorted(self._due)]) if each not in self._current]
        if len(found) < count:
            upcoming = next_examples(self.store, DISAGREEING, count=_NEXT)
            before = set(found)
            found += [each for each in upcoming if each not in self._current and each not in before]
        while len(found) < count and (behind := example_ids_behind(self.store, self._swept_to, count)):
            others = [each for each in behind if each not in self._current]
            if others:
                found += [each for each in others if each not in found]
                break
            self._swept_to = behind[-1]
        return found[:count]

    def save(self, example_ids: Sequence[int]) -> None:
        """Save what was learned of these examples, and drop the rows of those that wait for no answer any more."""
        with self.store.snapshot():
            wanted = to_propose(self.store, example_ids) if self._taught else []
            rows = [self._row(said) for said in said_texts(self.store, wanted)]
        gone = [example_id for example_id in example_ids if example_id not in wanted]
        save_learned(self.store, rows, self._writes)
        drop_learned(self.store, gone, self._writes)
        if not self._are_counts_saved:
            save_outcomes(self.store, self._counts.held() if self._taught else (), self._writes)
            self._are_counts_saved = True
        self._current.update(example_ids)
        self._due.difference_update(example_ids)
        now = self.store.version()
        if self._version is not None and now[0] == self._version[0]:  # nobody but this connection has written
            self._version = now

    def _row(self, said: SaidText) -> LearnedRow:
        text = self._text(said)
        asked = self._asker.ask(text)
        likely = self._asker.likely(text, asked, self._choose(asked))
        places = [self._place(*pair) for pair in zip(text.differences, likely, strict=True)]
        return LearnedRow(said.id, basis_of(text.differences), Learned(self.answers, tuple(places)))

    def _choose(self, asked: Sequence[Asked]) -> list[Choice]:
        return [self._chooser.choose(each.question, each.candidates) for each in asked]

    def _place(self, difference: Difference, likely: tuple[Likely, ...]) -> LearnedPlace:
        edit = round(max(0.0, 1.0 - sum(each.probability for each in likely)), 4)
        held, seen = self._counts.rate(difference, likely[0].marks)
        return LearnedPlace(likely, edit, held, seen)

    def best(self, example_id: int) -> Best:
        """Return what holds most probably in the text: at each difference the most probable candidate, agreed spans
        unless they are probably wrong, and unmarked occurrences that are probably right.
        """
        [said] = said_texts(self.store, [example_id])
        text = self._text(said)
        asked = self._asker.ask(text)
        marks, confidence = most_probable(asked, self._choose(asked))
        return Best(marks, round(confidence, 4), self.answers)

"""The learner: takes in the answers in force, and proposes the most probable marks of any example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tiebreak.core.learning.alike_counts import AlikeCounts
from tiebreak.core.learning.asked_texts import AskedText, AskedTexts
from tiebreak.core.learning.asking import ReadText, most_probable
from tiebreak.core.learning.knowledge import Judged, Knowledge, KnowledgeState
from tiebreak.core.learning.outcomes import confirmed_places, marks_at, place_of
from tiebreak.core.records import Answer, Difference, Learned, LearnedPlace, Likely, Marks, Value
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.learned import LearnedRow, basis_of, drop_learned, save_learned
from tiebreak.core.store.learned_patterns import save_outcomes
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.core.store.slices import save_exported, texts_of_slice
from tiebreak.core.store.teaching import (
    TeachingAnswers,
    example_ids_behind,
    learned_stamp,
    most_valuable,
    predictions_stamp,
    taught_examples,
    to_propose,
    upcoming_examples,
)
from tiebreak.core.store.valued import forget_values_of, save_values

_STATES = 8  # states after the newest answers; an undo goes back to them at once
_NEXT = 1000  # examples of the queue; their rows are saved before all others


class Best(NamedTuple):
    """The most probable marks of a whole text, and the probability, 0..1, that all of them hold.

    `answers` is the number of answers that this rests on.
    """

    marks: Marks
    confidence: float
    answers: int


class _State(NamedTuple):
    """What was learned from the first `answers` answers."""

    answers: int
    of_compared: KnowledgeState
    of_open: KnowledgeState
    counts: AlikeCounts


class Learner:
    """Learns from one store: from the answers in force, in the order of their ids, and from the predictions.

    Once caught up, it says the same as a learner that has just begun.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._teaching = TeachingAnswers(store)
        self._taught: list[int] = []  # the ids of the answers that have taught
        self._version: tuple[int, int] | None = None
        self._basis: object = None
        self._rewritten: object = None
        self._current: set[int] = set()  # the examples whose rows are up to date
        self._ranked: set[int] = set()  # the examples whose values are up to date
        self._due: set[int] = set()  # examples to save again, which the sweep may have passed already
        self._swept_to = 0
        self._are_counts_saved = False
        self._writes = ShortWrites(store)

    @property
    def answers(self) -> int:
        """The number of answers that have taught."""
        return len(self._taught)

    def catch_up(self) -> bool:
        """Take in new answers, undos and predictions; return whether there were any."""
        version = self.store.version()
        if version == self._version:
            return False
        with self.store.snapshot():
            basis = (predictions_stamp(self.store), tuple(label_names(self.store)))
            answer_ids, rewritten = self._teaching.ids(), learned_stamp(self.store)
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
        """Make all rows due again, since there is news, or the rows were dropped."""
        self._current.clear()
        self._ranked.clear()
        self._swept_to = 0
        self._are_counts_saved = False

    def _forget_saved_of(self, example_ids: Sequence[int]) -> bool:
        """Make the rows of these examples due again, as after a reject; return whether there are any."""
        self._current.difference_update(example_ids)
        self._ranked.difference_update(example_ids)
        self._due.update(example_ids)
        return bool(example_ids)

    def _begin(self, basis: object) -> None:
        """Begin again, with the predictions of now."""
        self._texts = AskedTexts(self.store)
        task, asker = self.store.task, self._texts.asker
        self._of_compared = Knowledge(task, asker)
        self._of_open = Knowledge(task, asker, asker.finder())
        self._counts = AlikeCounts()
        self._taught = []
        self._states = [self._state()]
        self._basis = basis

    def _state(self) -> _State:
        return _State(len(self._taught), self._of_compared.state(), self._of_open.state(), self._counts.copy())

    def _learn(self, answer_ids: Sequence[int]) -> None:
        """Learn from exactly these answers; first go back to those of them that have taught already."""
        same = next(
            (at for at, pair in enumerate(zip(self._taught, answer_ids, strict=False)) if pair[0] != pair[1]),
            min(len(self._taught), len(answer_ids)),
        )
        if same < len(self._taught):
            self._go_back(same)
        new = answer_ids[len(self._taught) :]
        for number, (answer, predicted) in enumerate(taught_examples(self.store, new)):
            self._learn_from(answer, self._texts.ask(predicted))
            self._taught.append(new[number])
            if len(new) - number <= _STATES:
                self._states.append(self._state())
        del self._states[1:-_STATES]

    def _go_back(self, answers: int) -> None:
        """Go back to the newest state that rests on the first `answers` answers, or on fewer."""
        while self._states[-1].answers > answers:
            self._states.pop()
        state = self._states[-1]
        self._of_compared.restore(state.of_compared)
        self._of_open.restore(state.of_open)
        self._counts = state.counts.copy()
        del self._taught[state.answers :]

    def _learn_from(self, answer: Answer, asked_text: AskedText) -> None:
        truth, text = self.store.rules.marks_of(answer), asked_text.text
        self._knowledge(text).learn(answer, asked_text, truth)
        self._count(answer, text, marks_at(text.differences, truth, text.agreed))

    def _count(self, answer: Answer, text: ReadText, holding: Sequence[Marks]) -> None:
        confirmed = confirmed_places(answer)
        for place, marks in zip(text.differences, holding, strict=True):
            self._counts.add(place, marks, confirmed=place_of(place) in confirmed)

    def stale(self, first: Sequence[int] = (), count: int = 50) -> list[int]:
        """Return examples whose rows in the store are out of date, `count` at most.

        The examples `first` come first, then the next of the queue, then all others. Empty once all are up to date.
        """
        found = [each for each in dict.fromkeys([*first, *sorted(self._due)]) if each not in self._current]
        if len(found) < count:
            before = set(found)
            upcoming = upcoming_examples(self.store, _NEXT)
            found += [each for each in upcoming if each not in self._current and each not in before]
        while len(found) < count and (behind := example_ids_behind(self.store, self._swept_to, count)):
            others = [each for each in behind if each not in self._current]
            if others:
                found += [each for each in others if each not in found]
                break
            self._swept_to = behind[-1]
        return found[:count]

    def unranked(self) -> list[int]:
        """Return the next examples of the queue whose values are out of date.

        Slice texts are among them, as if they had no answer: they stand for the texts that have none.
        """
        wanted = [*most_valuable(self.store, _NEXT), *texts_of_slice(self.store)]
        return [each for each in wanted if each not in self._ranked]

    def rank(self, example_ids: Sequence[int]) -> None:
        """Save the values of these examples, by which the queue orders them."""
        with self.store.snapshot():
            wanted = self._waiting(example_ids)
            texts = list(self._texts.of(wanted, keep=True))
        judged = list(self._judged(texts))
        self._save_values(example_ids, {each.text.id: self._knowledge(each.text.text).value(each) for each in judged})
        self._save_exported(judged)
        self._is_seen()

    def save(self, example_ids: Sequence[int]) -> None:
        """Save what was learned of these examples, and their values; drop the rows of those that wait no longer."""
        with self.store.snapshot():
            texts = list(self._texts.of(self._waiting(example_ids)))
        judged = list(self._judged(texts))
        rows, values = self._rows(judged)
        kept = {row.example_id for row in rows}
        save_learned(self.store, rows, self._writes)
        drop_learned(self.store, [each for each in example_ids if each not in kept], self._writes)
        self._save_values(example_ids, values)
        self._save_exported(judged)
        if not self._are_counts_saved:
            save_outcomes(self.store, self._counts.held() if self._taught else (), self._writes)
            self._are_counts_saved = True
        self._current.update(example_ids)
        self._due.difference_update(example_ids)
        self._is_seen()

    def say(self, texts: Sequence[AskedText]) -> tuple[list[LearnedRow], dict[int, Value]]:
        """Return the rows of texts that have something to review, and the values of all texts by id."""
        return self._rows(self._judged(texts))

    def _rows(self, judged: Iterable[Judged]) -> tuple[list[LearnedRow], dict[int, Value]]:
        rows, values = [], {}
        for each in judged:
            values[each.text.id] = self._knowledge(each.text.text).value(each)
            if (row := self._row(each)) is not None:
                rows.append(row)
        return rows, values

    def texts(self, example_ids: Sequence[int]) -> list[AskedText]:
        """Return examples with their questions."""
        return list(self._texts.of(example_ids))

    def _is_seen(self) -> None:
        """Count the newest write as this learner's own, unless another process has written."""
        now = self.store.version()
        if self._version is not None and now[0] == self._version[0]:
            self._version = now

    def _waiting(self, example_ids: Sequence[int]) -> list[int]:
        """Return the examples that may show what was learned; none of them before there are answers."""
        return to_propose(self.store, example_ids) if self._taught else []

    def _save_values(self, example_ids: Sequence[int], values: Mapping[int, Value]) -> None:
        save_values(self.store, values, self._writes, answers=self.answers)
        forget_values_of(self.store, [each for each in example_ids if each not in values], self._writes)
        self._ranked.update(example_ids)

    def _save_exported(self, judged: Sequence[Judged]) -> None:
        """Save the marks that would be exported of the slice texts among the texts."""
        of_slice = {*texts_of_slice(self.store)}
        found = {
            each.text.id: most_probable(each.text.asked, each.taken)[0] for each in judged if each.text.id in of_slice
        }
        if found:
            save_exported(self.store, found)

    def _knowledge(self, text: ReadText) -> Knowledge:
        """Return the knowledge from compared texts if this text is compared, else from open texts."""
        return self._of_open if text.is_open else self._of_compared

    def _judged(self, texts: Sequence[AskedText]) -> Iterator[Judged]:
        """Yield texts with the choices at their questions, the compared texts first."""
        yield from self._of_compared.judge([each for each in texts if not each.text.is_open])
        yield from self._of_open.judge([each for each in texts if each.text.is_open])

    def _row(self, judged: Judged) -> LearnedRow | None:
        """Return the row to save for a text; None if it has no place to review."""
        (example_id, text, asked), taken = judged
        likely = self._texts.asker.likely(text, asked, taken)
        places = [self._place(*pair) for pair in zip(text.differences, likely, strict=True)]
        offers = self._knowledge(text).offers(judged)
        if not (places or offers):
            return None
        return LearnedRow(example_id, basis_of(text.differences), Learned(self.answers, tuple(places), offers))

    def _place(self, difference: Difference, likely: tuple[Likely, ...]) -> LearnedPlace:
        edit = round(max(0.0, 1.0 - sum(each.probability for each in likely)), 4)
        held, seen = self._counts.rate(difference, likely[0].marks)
        return LearnedPlace(likely, edit, held, seen)

    def best(self, example_id: int) -> Best:
        """Return the most probable marks of a text.

        These are the most probable candidate of each difference, agreed spans that are not probably wrong, and unmarked
        occurrences that are probably right.
        """
        return self.best_of([example_id])[example_id]

    def best_of(self, example_ids: Sequence[int]) -> dict[int, Best]:
        """Return `best` of some texts by their ids; the texts are read together."""
        found = {}
        for judged in self._judged(list(self._texts.of(example_ids))):
            marks, confidence = most_probable(judged.text.asked, judged.taken)
            found[judged.text.id] = Best(marks, round(confidence, 4), self.answers)
        return found

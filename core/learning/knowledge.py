"""What answers to some texts have taught: which candidates hold in a text, and what an answer is worth."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tiebreak.core.learning.asked_texts import AskedText
from tiebreak.core.learning.asking import Asked, Asker, Finder
from tiebreak.core.learning.chooser import Chooser, ChooserState, ChosenCandidate
from tiebreak.core.learning.model import Question
from tiebreak.core.learning.outcomes import marks_at, weights_of
from tiebreak.core.learning.value import Appraiser, AppraiserState, SettledText
from tiebreak.core.records import Answer, Marks, Offer, Task, Value

_REMEMBERED = 4096  # outcomes that are kept to be learned again
_REPLAYED = 2  # outcomes that are learned again with each new one

Outcome = tuple[Question, int, float]


class Judged(NamedTuple):
    """A text with its questions, including those of the finder, and the choice `taken` at each."""

    text: AskedText
    taken: Sequence[ChosenCandidate]


class KnowledgeState(NamedTuple):
    """All that answers have taught."""

    kept: ChooserState
    memory: list[Outcome]
    appraised: AppraiserState
    found: object


class Knowledge:
    """Learns from answers to texts, and judges other texts.

    With a `finder` the texts are those that fewer than two predictors have read, else those that are compared.
    """

    def __init__(self, task: Task, asker: Asker, finder: Finder | None = None) -> None:
        self._asker = asker
        self._finder = finder
        self._chooser = Chooser()
        self._memory: list[Outcome] = []
        self._appraiser = Appraiser(task)
        self._state: KnowledgeState | None = None  # None if something was learned since it was made

    def judge(self, texts: Sequence[AskedText]) -> Iterator[Judged]:
        """Yield texts with the choice at each question."""
        chosen = iter(
            self._chooser.choose_all(
                [(each.question, each.candidates, each.about == "difference") for text in texts for each in text.asked]
            )
        )
        for each in texts:
            taken = list(islice(chosen, len(each.asked)))
            found = self._finder.find(each.text) if self._finder is not None else []
            asked = (*each.asked, *(its for its, _ in found))
            yield Judged(each._replace(asked=asked), [*taken, *(its for _, its in found)])

    def value(self, judged: Judged) -> Value:
        """Return the expected corrections and seconds of an answer to the text."""
        (_, text, asked), taken = judged
        return self._appraiser.expect(text, asked, taken, self._chooser.offered_above)

    def offers(self, judged: Judged) -> tuple[Offer, ...]:
        """Return the places of the text outside its differences that are worth a row of their own."""
        (_, text, asked), taken = judged
        return self._asker.offers(text, asked, taken, self._chooser.offered_above)

    def learn(self, answer: Answer, asked_text: AskedText, truth: Marks) -> None:
        """Learn that `truth` holds in a text."""
        [((_, text, asked), taken)] = self.judge([asked_text])
        held = self._asker.held(text, asked, truth)
        own = asked[: len(asked_text.asked)]  # the questions of the chooser, without those of the finder
        for each, its, at in zip(own, taken, held, strict=False):
            if each.about == "difference":
                self._chooser.record(each.question, each.candidates, at)
            else:
                self._chooser.record_unasked(its, at)
        settled = SettledText(truth, marks_at(text.differences, truth, text.agreed), held)
        self._appraiser.learn(answer, text, asked, taken, settled)
        self._learn(answer, own, held)
        if self._finder is not None:
            self._finder.learn(text, truth, answer.id or 0)
        self._state = None

    def _learn(self, answer: Answer, asked: Sequence[Asked], held: Sequence[int]) -> None:
        draw = random.Random(answer.id)
        weights = weights_of(answer, asked, held[: len(asked)])
        for each, at, weight in zip(asked, held, weights, strict=False):
            self._chooser.learn(each.question, at, weight)
            for _ in range(_REPLAYED if self._memory else 0):
                self._chooser.learn(*self._memory[draw.randrange(len(self._memory))])
            if len(self._memory) < _REMEMBERED:
                self._memory.append((each.question, at, weight))
            else:
                self._memory[draw.randrange(_REMEMBERED)] = each.question, at, weight

    def state(self) -> KnowledgeState:
        """Return a copy of what was learned, which never changes."""
        if self._state is None:
            found = None if self._finder is None else self._finder.state()
            self._state = KnowledgeState(self._chooser.state(), list(self._memory), self._appraiser.state(), found)
        return self._state

    def restore(self, state: KnowledgeState) -> None:
        """Go back to what `state` returned."""
        if state is not self._state:
            self._chooser.restore(state.kept)
            self._memory = list(state.memory)
            self._appraiser.restore(state.appraised)
            if self._finder is not None:
                self._finder.restore(state.found)
            self._state = state

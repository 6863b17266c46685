"""The expected gain and cost of an answer to a text: corrections of the export, and seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tiebreak.core.learning.acts import Act, ActTimes, acts_of, edit_of, nothing_done
from tiebreak.core.learning.asking import Asked, ReadText, exported_candidate, first_of
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.corpus import word_offsets
from tiebreak.core.learning.ridge import Doubles, Ridge, RidgeState
from tiebreak.core.records import Answer, Marks, Span, Task, Value

# The act that takes a candidate that is not the first reading; all other kinds of candidates take an edit.
_ACTS = {"reading": Act.PICK, "neither": Act.PICK, "both": Act.PICK, "mix": Act.MIX}
_FEATURES = 5  # features of a text, to predict the marks that no question is about
_STRENGTH = 3.0  # texts; the prior weighs as if so many had no such marks
_EDIT_ERRORS, _EDITS = 2.0, 5  # marks that an edit fixes, and edits; the prior weighs as if so many had been seen


class SettledText(NamedTuple):
    """The outcome of an answer: the truth of the whole text, the `marks` of each difference, and what `held`.

    `held` has the number of the candidate that holds at each question.
    """

    truth: Marks
    marks: Sequence[Marks]
    held: Sequence[int]


class AppraiserState(NamedTuple):
    """What an appraiser has learned."""

    times: RidgeState
    missed: RidgeState
    edit_errors: float
    edits: int


class Appraiser:
    """Expects the corrections and the seconds of an answer, and learns both from answers.

    Corrections are the expected symmetric difference between the truth and the export, place by place (Culotta and
    McCallum 2005 count actions so). A regression predicts the corrections that no question is about. Its features are
    the numbers of words, unmarked capitals, agreed marks and differences of the text.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._edit = edit_of(task)
        self._times = ActTimes()
        self._missed = Ridge([0.0] * _FEATURES, _STRENGTH)
        self._edit_errors, self._edits = _EDIT_ERRORS * _EDITS, _EDITS

    def expect(self, text: ReadText, asked: Sequence[Asked], taken: Sequence[ChosenCandidate], least: float) -> Value:
        """Return the expected corrections and seconds of an answer to the text, by the choices `taken`.

        An alternative that is `least` probable is offered in a row of its own.
        """
        acts = nothing_done()
        rows = len(text.agreed if text.is_open else text.differences)
        acts[Act.READ], acts[Act.LOOK] = len(text.text.split()), rows
        errors = missed = max(self._missed.predict(_features(text)), 0.0)
        acts[self._edit] += missed
        for each, its in zip(asked, taken, strict=True):
            errors += self._errors_at(each, its)
            self._add_acts(acts, each, its, least)
        return Value(round(errors, 4), round(self._times.seconds(acts), 2))

    def _errors_at(self, asked: Asked, taken: ChosenCandidate) -> float:
        """Return the expected number of wrong and missing marks of the export at a place."""
        count = len(asked.candidates)
        chances, none = taken.probabilities[:count], float(taken.probabilities[count])
        members = asked.question.members[:count]
        exports = members[taken.at if asked.about == "difference" else exported_candidate(asked, taken)]
        holds = chances @ members  # the probability of each mark
        return float(np.where(exports > 0, 1.0 - none - holds, holds).sum()) + none * self._edit_errors / self._edits

    def _add_acts(self, acts: Doubles, asked: Asked, taken: ChosenCandidate, least: float) -> None:
        """Add the expected acts at a place."""
        first = first_of(asked, taken, least)
        is_row = asked.about == "difference" or first > 0
        acts[Act.LOOK] += first > 0 and asked.about != "difference"
        for number, candidate in enumerate(asked.candidates):
            if number != first:
                act = _ACTS.get(candidate.name, self._edit) if asked.about == "difference" else Act.PICK
                acts[act if is_row else self._edit] += float(taken.probabilities[number])
        acts[self._edit] += float(taken.probabilities[len(asked.candidates)])

    def learn(
        self,
        answer: Answer,
        text: ReadText,
        asked: Sequence[Asked],
        taken: Sequence[ChosenCandidate],
        settled: SettledText,
    ) -> None:
        """Learn from an answer; `taken` are the choices at each question before it."""
        self._times.learn(acts_of(answer, len(text.text.split()), self._task), answer.seconds)
        differences = iter(settled.marks)
        asked_for = 0  # changes outside the differences that a question was about
        for each, its, at in zip(asked, taken, settled.held, strict=True):
            if each.about != "difference":
                asked_for += at != 0
            elif (holds := next(differences, None)) is not None and at == len(each.candidates):
                self._edit_errors += len({*holds} ^ {*each.candidates[its.at].marks})
                self._edits += 1
        at_differences = {mark for marks in settled.marks for mark in marks}
        outside = {*text.agreed} ^ {*settled.truth}.difference(at_differences)
        self._missed.learn(_features(text), max(len(outside) - asked_for, 0))

    def state(self) -> AppraiserState:
        """Return a copy of what was learned."""
        return AppraiserState(self._times.state(), self._missed.state(), self._edit_errors, self._edits)

    def restore(self, state: AppraiserState) -> None:
        """Go back to what `state` returned."""
        times, missed, self._edit_errors, self._edits = state
        self._times.restore(times)
        self._missed.restore(missed)


def _features(text: ReadText) -> Doubles:
    """Return features, each near 1 in size, that predict the number of marks that no question is about."""
    marked = [mark for marks in text.readings.values() for mark in marks if isinstance(mark, Span)]
    capitals = 0
    for start, end in word_offsets(text.text):
        if text.text[start].isupper() and not any(mark.start < end and start < mark.end for mark in marked):
            capitals += 1
    words = len(text.text.split())
    return np.array([1.0, words / 20, capitals / 3, len(text.agreed) / 2, len(text.differences) / 2])

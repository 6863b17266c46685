"""If all predictors agree, or have no mark, their reading is exported unless it is probably wrong."""

from __future__ import annotations

import numpy as np
import pytest
from teaching_steps import caught_up, hold, say

from tiebreak.core.learning.asking import About, Asked, exported_candidate
from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.features import priors
from tiebreak.core.learning.model import CandidateModel, Question
from tiebreak.core.records import Difference, Span
from tiebreak.core.store.connection import Store

PLACE = Difference(0, 3, "missing", {})
NOTHING = np.zeros((1, 0), np.int32)


def exported_of(about: About, *probabilities: float) -> int:
    """Return which candidate is exported; each has a probability, and none of them holds with the rest of 1."""
    chances = np.array([*probabilities, 1 - sum(probabilities)], np.float32)
    candidates = tuple(Candidate((Span(0, 3, str(at)),), "label") for at in range(len(probabilities)))
    asked = Asked(about, PLACE, candidates, Question(NOTHING, NOTHING, NOTHING[0], NOTHING, chances))  # type: ignore[arg-type]
    return exported_candidate(asked, ChosenCandidate(0, chances))


@pytest.mark.parametrize(
    ("about", "probabilities", "at"),
    [
        ("agreed", (0.36, 0.64), 0),
        ("agreed", (0.34, 0.66), 1),
        ("unmarked", (0.51, 0.49), 0),
        ("unmarked", (0.49, 0.51), 1),
        ("agreed", (1.0,), 0),
        ("agreed", (0.3, 0.1, 0.4, 0.2), 2),
        ("agreed", (0.3, 0.2, 0.25, 0.25), 0),  # no other candidate is more probable than the agreed reading
    ],
)
def test_what_is_agreed_falls_above_65_per_cent_and_what_is_unmarked_enters_above_50(
    about: About, probabilities: tuple[float, ...], at: int
) -> None:
    assert exported_of(about, *probabilities) == at


def test_an_agreed_span_stays_until_it_was_often_wrong(store: Store) -> None:
    texts = [f"Ulm lies at {number} km" for number in range(40)]
    for name in ("a", "b"):
        ids = list(say(store, name, dict.fromkeys(texts, (Span(0, 3, "LOC"), Span(4, 8, "LOC")))).values())
    assert caught_up(store).best(ids[-1]).marks == (Span(0, 3, "LOC"), Span(4, 8, "LOC"))
    for example_id in ids[:30]:
        hold(store, example_id, [Span(0, 3, "LOC")])
    best = caught_up(store).best(ids[-1])
    assert best.marks == (Span(0, 3, "LOC"),)
    assert best.answers == 30


def test_what_all_mark_elsewhere_enters_once_answers_have_added_it(store: Store) -> None:
    marked = [f"Ulm lies at {number} km" for number in range(3)]
    bare = [f"so to Ulm go {number}" for number in range(40)]
    for name in ("a", "b"):
        say(store, name, dict.fromkeys(marked, (Span(0, 3, "LOC"),)))
        ids = list(say(store, name, dict.fromkeys(bare, ())).values())
    assert caught_up(store).best(ids[-1]).marks == ()
    for example_id in ids[:30]:
        hold(store, example_id, [Span(6, 9, "LOC")])
    assert caught_up(store).best(ids[-1]).marks == (Span(6, 9, "LOC"),)


@pytest.mark.parametrize("readings", [2, 3, 4])
def test_before_any_answer_a_majority_is_ahead_and_nobody_else(readings: int) -> None:
    names = "abcd"[:readings]
    one, rest = Candidate((), "reading", (names[0],)), Candidate((), "reading", tuple(names[1:]))
    weights = priors([one, rest], readings)
    assert (weights[1] > weights[0]) == (readings > 2)
    assert weights[0] == 0


def test_equal_features_leave_the_probabilities_to_the_prior() -> None:
    prior = np.array([0.0, 1.0, -8.0], np.float32)
    types = np.full((3, 2), 7, np.int32)
    asked = Question(types, np.zeros((0, 0), np.int32), np.zeros(0, np.float32), np.zeros((3, 0), np.float32), prior)
    chances = CandidateModel().probabilities(asked)
    assert chances == pytest.approx(np.exp(prior) / np.exp(prior).sum(), abs=1e-6)
